"""A server that is newer than the contract: its answers hold what the contract does not name.

The contract asks clients to bear with three things; a client that does not shows it here.
"""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any, Final

from starlette.datastructures import Headers, MutableHeaders

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ADDED: Final[dict[str, Any]] = {"addedLater": {"since": "2.0", "parts": [1, None, {}]}}
_NEW_VALUES: Final = {"channel": "HOLOGRAM", "clientEnv": "canary", "direction": "sideways"}
_NEVER_NULL: Final = {"conversationId", "accountId", "projectId"}
_KINDS: Final = 3


def newer(value: Any) -> Any:
    """Give a JSON value as a newer server would say it.

    Every object has one more field. Of the conversations one in three, told by the id, has
    unknown values, and one in three has null wherever null may be.
    """
    if isinstance(value, list):
        return [newer(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: newer(inner) for name, inner in value.items()} | _changed(value) | _ADDED


def _changed(value: dict[str, Any]) -> dict[str, Any]:
    if "conversationId" not in value:
        return {}
    kind = zlib.crc32(value["conversationId"].encode()) % _KINDS
    nulls = dict.fromkeys(value.keys() - _NEVER_NULL)
    return ({}, _NEW_VALUES, nulls)[kind]


class Newer:
    """An app whose JSON answers are those of a newer server."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; what is no JSON passes as it is."""
        held: list[Message] = []

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_json(message):
                held.append(message)
                return
            if not held:
                await send(message)
                return
            held.append(message)
            if not message.get("more_body", False):
                await _send_newer(held, send)

        await self._app(scope, receive, answer)


def _is_json(start: Message) -> bool:
    return Headers(raw=start["headers"]).get("Content-Type") == "application/json"


async def _send_newer(held: list[Message], send: Send) -> None:
    start, *parts = held
    body = b"".join(part.get("body", b"") for part in parts)
    changed = json.dumps(newer(json.loads(body)), ensure_ascii=False).encode()
    MutableHeaders(raw=start["headers"])["Content-Length"] = str(len(changed))
    await send(start)
    await send({"type": "http.response.body", "body": changed})
