"""What every request passes on its way in and every answer on its way out."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers, MutableHeaders

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

CORRELATION_ID: Final = "X-PolyAI-Correlation-Id"
_LONGEST_ID: Final = 200


class Door:
    """An app behind its door: every answer is late by `latency` and carries a correlation id.

    Routes are matched on the path as it was sent, so an id may hold an encoded slash.

    Args:
        app: The app behind the door.
        latency: Seconds to wait before each answer.

    """

    def __init__(self, app: ASGIApp, latency: float) -> None:
        self._app = app
        self._latency = latency
        self._closing = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, and its answer out."""
        correlation_id = _correlation_id(Headers(scope=scope).get(CORRELATION_ID, ""))

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[CORRELATION_ID] = correlation_id
            await send(message)

        await self._wait()
        path = scope["raw_path"].decode("latin-1")
        within = {**scope, "path": path, "correlation_id": correlation_id}
        await self._app(within, receive, answer)

    def close(self) -> None:
        """Keep nobody waiting any more; called in the event loop, when the server stops."""
        self._closing.set()

    async def _wait(self) -> None:
        if not self._latency:
            return
        try:
            await asyncio.wait_for(self._closing.wait(), self._latency)
        except TimeoutError:
            return


def _correlation_id(sent: str) -> str:
    """Take the id that was sent if it is fit for logs, else make one."""
    is_fit = 0 < len(sent) <= _LONGEST_ID and sent.isascii() and sent.isprintable()
    return sent if is_fit else str(uuid.uuid4())
