"""The async client does not block the event loop while it waits for the disk."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import httpx
import pytest

from polyai_conversations import AsyncConversationsClient
from polyai_conversations._files import PartialFile
from polyai_conversations.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

FILE = wav(bytes(3 * 2**20))
PATIENCE_SECONDS = 10

SLOW_STEPS = {
    "writing": PartialFile.append,
    "reading the partial file": PartialFile.read_blocks,
    "flushing": PartialFile.commit,
}


@pytest.fixture
def call(sandbox: Sandbox) -> str:
    return str(sandbox.store.page(1, 0)[0]["conversationId"])


def client_of(sandbox: Sandbox) -> AsyncConversationsClient:
    return AsyncConversationsClient(
        api_key=sandbox.api_key, agent_id=sandbox.agent_id, base_url=sandbox.url
    )


def let_wait(monkeypatch: pytest.MonkeyPatch, step: str, wait: Callable[[], None]) -> None:
    """Let the disk wait before each such step."""
    at_once = getattr(PartialFile, step)

    def slow(part: PartialFile, *arguments: Any) -> Any:
        wait()
        return at_once(part, *arguments)

    monkeypatch.setattr(PartialFile, step, slow)


async def cancel_after(
    blocks: int, client: AsyncConversationsClient, call: str, target: Path
) -> None:
    server = RecordingServer(FILE)
    waits: list[bool] = []

    def connect(max_retries: int) -> AsyncConversationsClient:
        return AsyncConversationsClient(
            api_key="key",
            agent_id="agent",
            region="us",
            transport=httpx.MockTransport(server),
            retry_policy=no_delays(max_retries),
        )

    async def leave_a_partial_file() -> None:
        server.breaks_at = [2**20]
        async with connect(max_retries=0) as client:
            with pytest.raises(IncompleteRecordingError):
                await client.save_audio("id", tmp_path / "call.wav")

    async def save() -> None:
        loop = asyncio.get_running_loop()

        def wait_for_the_loop() -> None:
            running = threading.Event()
            loop.call_soon_threadsafe(running.set)
            waits.append(running.wait(PATIENCE_SECONDS))

        async with connect(max_retries=4) as client:
            with before_each_call(slow_step, wait_for_the_loop):
                await client.save_audio("id", tmp_path / "call.wav")

    asyncio.run(leave_a_partial_file())
    asyncio.run(save())
    assert waits, "the slow step did not run"
    assert all(waits), "the event loop was blocked"
    assert (tmp_path / "call.wav").read_bytes() == FILE
