"""Imitates a future API version, which sends data that the contract does not name.

The contract requires clients to accept unknown fields, unknown values and nulls. This middleware
sends all three, so that a client that does not accept them fails in a test.
"""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any, Final

from starlette.datastructures import Headers, MutableHeaders

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ADDED_FIELDS: Final[dict[str, Any]] = {"addedLater": {"since": "2.0", "parts": [1, None, {}]}}
_UNKNOWN_VALUES: Final = {"channel": "HOLOGRAM", "clientEnv": "canary", "direction": "sideways"}
_NEVER_NULL: Final = {"conversationId", "accountId", "projectId"}
_KEYED_BY_TURN: Final = "functionEvents"
"""The only object whose keys are not the names of fields, and whose values have a fixed type."""


class ForwardCompatMiddleware:
    """Rewrites JSON responses as a future API version might send them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request; responses other than JSON are sent unchanged."""
        buffered: list[Message] = []

        async def send_rewritten(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_json(message):
                buffered.append(message)
                return
            if not buffered:
                await send(message)
                return
            buffered.append(message)
            if not message.get("more_body", False):
                await _send_rewritten(buffered, send)

        await self._app(scope, receive, send_rewritten)


def _is_json(start: Message) -> bool:
    return Headers(raw=start["headers"]).get("Content-Type") == "application/json"


async def _send_rewritten(buffered: list[Message], send: Send) -> None:
    start, *parts = buffered
    body = json.loads(b"".join(part.get("body", b"") for part in parts))
    rewritten = json.dumps(_rewrite(body), ensure_ascii=False).encode()
    MutableHeaders(raw=start["headers"])["Content-Length"] = str(len(rewritten))
    await send(start)
    await send({"type": "http.response.body", "body": rewritten})


def _rewrite(value: Any) -> Any:
    """Add a field to every object, and change the values of some conversations."""
    if isinstance(value, list):
        return [_rewrite(item) for item in value]
    if not isinstance(value, dict):
        return value
    fields = {name: _rewrite_field(name, inner) for name, inner in value.items()}
    return fields | _changed_fields(value) | _ADDED_FIELDS


def _rewrite_field(name: str, value: Any) -> Any:
    if name == _KEYED_BY_TURN and isinstance(value, dict):
        return {turn: _rewrite(events) for turn, events in value.items()}
    return _rewrite(value)


def _changed_fields(value: dict[str, Any]) -> dict[str, Any]:
    """Return the new values for a conversation: none, some unknown ones, or null where allowed.

    The id selects one of the three, so that the list and the full record agree.
    """
    if "conversationId" not in value:
        return {}
    nulls = dict.fromkeys(value.keys() - _NEVER_NULL)
    variants: tuple[dict[str, Any], ...] = ({}, _UNKNOWN_VALUES, nulls)
    return variants[zlib.crc32(value["conversationId"].encode()) % len(variants)]
