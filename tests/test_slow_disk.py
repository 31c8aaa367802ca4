"""The async client does not block the event loop while it waits for the disk."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import httpx
import pytest

from clients import no_delays
from line_tracer import before_each_call
from polyai_conversations import AsyncConversationsClient, IncompleteRecordingError
from polyai_conversations._files import PartialFile
from recording_server import RecordingServer
from wav_factory import wav

if TYPE_CHECKING:
    from pathlib import Path
    from types import FunctionType

FILE = wav(bytes(3 * 2**20))
PATIENCE_SECONDS = 10

SLOW_STEPS = {
    "writing": PartialFile.append,
    "reading the partial file": PartialFile.read_blocks,
    "flushing": PartialFile.commit,
}


@pytest.mark.parametrize("slow_step", SLOW_STEPS.values(), ids=SLOW_STEPS)
def test_the_event_loop_keeps_running_while_the_disk_is_slow(
    tmp_path: Path, slow_step: FunctionType
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
