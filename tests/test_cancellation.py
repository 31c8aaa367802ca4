"""Cancelled at any step, an async call gives its connection back."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from clients import busy_connections
from misbehaving import Misbehaving, answer
from polyai_conversations import AsyncConversationsClient
from waves import wav

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path
    from typing import Any

DETAIL = b'{"conversationId": "id", "accountId": "a", "projectId": "p"}'
FILE = wav(bytes(200_000))


async def get(client: AsyncConversationsClient, _: Path) -> None:
    await client.get_conversation("id")


async def stream(client: AsyncConversationsClient, _: Path) -> None:
    async with client.open_audio("id") as recording:
        async for _chunk in recording.iter_bytes():
            pass


async def save(client: AsyncConversationsClient, folder: Path) -> None:
    await client.save_audio("id", folder / "call.wav")


CALLS: dict[str, tuple[bytes, Callable[..., Coroutine[Any, Any, None]]]] = {
    "get": (DETAIL, get),
    "stream": (FILE, stream),
    "save": (FILE, save),
}


@pytest.mark.parametrize(("body", "call"), CALLS.values(), ids=CALLS)
def test_a_call_cancelled_at_any_step_gives_its_connection_back(
    tmp_path: Path, body: bytes, call: Callable[..., Coroutine[Any, Any, None]]
) -> None:
    """Cancel after one step of the event loop, then after two, and so on, until it is done."""

    async def cancelled_after(steps: int, client: AsyncConversationsClient) -> bool:
        task = asyncio.create_task(call(client, tmp_path))
        for _ in range(steps):
            await asyncio.sleep(0)
            if task.done():
                await task
                return False
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        return True

    async def run(url: str) -> int:
        steps = 0
        async with AsyncConversationsClient(
            api_key="key", agent_id="agent", base_url=url, max_retries=0
        ) as client:
            await call(client, tmp_path)
            while await cancelled_after(steps, client):
                assert busy_connections(client) == [], f"cancelled after {steps} steps"
                steps += 1
        return steps

    with Misbehaving(answer(200, body)) as server:
        assert asyncio.run(run(server.url)) > 10, "it was never really cancelled"
