"""ASGI middleware that applies to every request."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers, MutableHeaders

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_CORRELATION_ID: Final = "X-PolyAI-Correlation-Id"
_MAX_ID_LENGTH: Final = 200


class CorrelationIdMiddleware:
    """Adds a correlation id to every response, and to the scope as `correlation_id`.

    The id of the request is used if it is safe to log; otherwise a new one is generated.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        correlation_id = _correlation_id(Headers(scope=scope).get(_CORRELATION_ID, ""))

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[_CORRELATION_ID] = correlation_id
            await send(message)

        await self._app({**scope, "correlation_id": correlation_id}, receive, send_with_id)


class RawPathMiddleware:
    """Matches routes against the path before decoding, so that an id may contain `%2F`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        path = scope["raw_path"].decode("latin-1")
        await self._app({**scope, "path": path}, receive, send)


def _correlation_id(requested: str) -> str:
    is_safe = (
        0 < len(requested) <= _MAX_ID_LENGTH and requested.isascii() and requested.isprintable()
    )
    return requested if is_safe else str(uuid.uuid4())
