"""Calls an operation that the overlay has never heard of; run by test_new_operation.py.

It is a process of its own, since the package with that operation takes the place of the usual one.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
from typing import TYPE_CHECKING, Any

from polyai_conversations import (
    APITimeoutError,
    AsyncConversationsClient,
    ConversationsClient,
    ConversationsError,
    NotFoundError,
    ResponseValidationError,
)

if TYPE_CHECKING:
    from types import ModuleType


def told(outcome: Any) -> dict[str, Any]:
    match outcome:
        case NotFoundError():
            return {"is": "NotFoundError", "code": outcome.error_code}
        case APITimeoutError():
            return {"is": "APITimeoutError"}
        case ResponseValidationError():
            return {"is": "ResponseValidationError", "field": outcome.field}
        case ConversationsError():
            return {"is": type(outcome).__name__, "message": str(outcome)}
        case _:
            return {"is": type(outcome).__name__, "model": outcome.to_dict()}


def call(operation: ModuleType, **settings: Any) -> Any:
    with ConversationsClient(**settings) as client:
        return client.call(operation, "KA-123", min_score=0.5)


async def call_async(operation: ModuleType, **settings: Any) -> Any:
    async with AsyncConversationsClient(**settings) as client:
        return await client.call(operation, "KA-123", min_score=0.5)


def main(kind: str, url: str) -> None:
    operation = importlib.import_module("polyai_conversations_api.api.conversations.get_sentiment")
    settings = {
        "api_key": "test-key",
        "agent_id": "PROJECT-TEST",
        "base_url": url,
        "timeout": 0.5,
        "max_retries": 1,
    }
    try:
        outcome = (
            asyncio.run(call_async(operation, **settings))
            if kind == "async"
            else call(operation, **settings)
        )
    except ConversationsError as error:
        outcome = error
    sys.stdout.write(json.dumps(told(outcome)))


if __name__ == "__main__":
    main(*sys.argv[1:])
