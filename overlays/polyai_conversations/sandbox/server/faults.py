"""Faults on demand: slow responses and truncated bodies."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from starlette.responses import StreamingResponse
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

DisconnectSchedule = Mapping[int, int]
"""After how many bytes of the body to disconnect, by the number of the response, from 1."""

CLOSE_CONNECTION: Final = "close_connection"
"""Key in the state of an ASGI scope; its value is a function that closes the connection."""


class ClosableConnection(H11Protocol):
    """A connection that the application can close, for which ASGI has no message.

    It puts the function that closes the connection into the state of every request.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Add the function for this connection."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, CLOSE_CONNECTION: transport.close}


class TruncatedResponse(StreamingResponse):
    """Announces more bytes than it sends, then closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response."""
        await send(
            {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        )
        async for chunk in self.body_iterator:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        scope["state"][CLOSE_CONNECTION]()
        while (await receive())["type"] != "http.disconnect":
            continue


class LatencyMiddleware:
    """Delays every response.

    Args:
        app: The application.
        latency: Seconds to wait before each response.

    """

    def __init__(self, app: ASGIApp, latency: float) -> None:
        self._app = app
        self._latency = latency
        self._stopped = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request after the delay."""
        if self._latency:
            await self._wait()
        await self._app(scope, receive, send)

    def stop(self) -> None:
        """End all delays at once; must be called in the event loop."""
        self._stopped.set()

    async def _wait(self) -> None:
        try:
            await asyncio.wait_for(self._stopped.wait(), self._latency)
        except TimeoutError:
            return
