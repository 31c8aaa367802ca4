"""Slow responses, truncated bodies, and connections that the server closes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import h11
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

    It puts the function that closes the connection into the state of every request. It also closes
    a connection whose request does not arrive in time; uvicorn limits only the time in between.

    Args:
        request_timeout: Seconds in which the head and the body of a request must arrive.
        **settings: The arguments of uvicorn's protocol.

    """

    def __init__(self, *, request_timeout: float, **settings: Any) -> None:
        super().__init__(**settings)
        self._request_timeout = request_timeout
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Add the function for this connection, and wait for the first request."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, CLOSE_CONNECTION: transport.close}
        self._start_timer()

    def data_received(self, data: bytes) -> None:
        """Handle data, and wait for the rest of an incomplete request."""
        super().data_received(data)
        self._limit_time()

    def on_response_complete(self) -> None:
        """Continue with the next request, whose beginning may have arrived."""
        super().on_response_complete()
        self._limit_time()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_timer()
        super().connection_lost(exc)

    def _limit_time(self) -> None:
        beginning, _ = self.conn.trailing_data
        is_in_head = self.conn.their_state is h11.IDLE and beginning
        if is_in_head or self.conn.their_state is h11.SEND_BODY:
            self._start_timer()
        else:
            self._stop_timer()

    def _start_timer(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(self._request_timeout, self.transport.close)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


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
