"""Calls an operation for which there is no hand-written code; run by test_new_operation.py.

It runs in its own process, where the package with that operation replaces the usual one.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
from typing import TYPE_CHECKING, Any

import httpx

from polyai_conversations import (
    APITimeoutError,
    AsyncConversationsClient,
    ConversationsClient,
    ConversationsError,
    NotFoundError,
    ResponseValidationError,
    RetryPolicy,
)

if TYPE_CHECKING:
    from types import ModuleType


def describe(result: Any) -> dict[str, Any]:
    match result:
        case NotFoundError():
            return {"type": "NotFoundError", "code": result.error_code}
        case APITimeoutError():
            return {"type": "APITimeoutError"}
        case ResponseValidationError():
            return {"type": "ResponseValidationError", "field": result.field}
        case ConversationsError():
            return {"type": type(result).__name__, "message": str(result)}
        case _:
            return {"type": type(result).__name__, "model": result.to_dict()}


def call(operation: ModuleType, **settings: Any) -> Any:
    with ConversationsClient(**settings) as client:
        return client.call(operation, "KA-123", min_score=0.5)


async def call_async(operation: ModuleType, **settings: Any) -> Any:
    async with AsyncConversationsClient(**settings) as client:
        return await client.call(operation, "KA-123", min_score=0.5)


def result_from(kind: str, url: str) -> Any:
    operation = importlib.import_module("polyai_conversations_api.api.conversations.get_sentiment")
    settings = {
        "api_key": "test-key",
        "agent_id": "PROJECT-TEST",
        "base_url": url,
        "timeout": httpx.Timeout(5, read=0.5),
        "retry_policy": RetryPolicy(max_retries=1, initial_backoff=0),
    }
    try:
        if kind == "async":
            return asyncio.run(call_async(operation, **settings))
        return call(operation, **settings)
    except ConversationsError as error:
        return error


def main(kind: str, *urls: str) -> None:
    sys.stdout.write(json.dumps([describe(result_from(kind, url)) for url in urls]))


if __name__ == "__main__":
    main(*sys.argv[1:])
