"""The event loop never waits for the disk; a cancelled save leaves no hole in the part."""

from __future__ import annotations

import asyncio
import itertools
import time
from typing import TYPE_CHECKING, Any

import pytest

from polyai_conversations import AsyncConversationsClient
from polyai_conversations._files import PartialFile
from polyai_conversations.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MEBIBYTES = 8
PATIENCE_SECONDS = 10


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(conversations=1, recording_mib=MEBIBYTES) as sandbox:
        yield sandbox


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
    """Cancel a save as this many blocks are being written, to a disk that lags."""
    written = itertools.count(1)
    loop, reached = asyncio.get_running_loop(), asyncio.Event()

    def wait() -> None:
        if next(written) == blocks:
            loop.call_soon_threadsafe(reached.set)
        time.sleep(0.05)

    with pytest.MonkeyPatch.context() as slow:
        let_wait(slow, "write", wait)
        saving = asyncio.create_task(client.save_audio(call, target))
        await reached.wait()
        saving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await saving


@pytest.mark.parametrize("step", ["write", "place", "blocks"])
def test_the_event_loop_goes_on_while_the_disk_waits(
    sandbox: Sandbox, call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0.001)

    def until_the_loop_went_on() -> None:
        before, deadline = ticks, time.monotonic() + PATIENCE_SECONDS
        while ticks < before + 3:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the event loop waits for the disk's {step}")
            time.sleep(0.001)

    async def run() -> None:
        target = tmp_path / "call.wav"
        async with client_of(sandbox) as client:
            await cancel_after(1, client, call, target)
            ticking = asyncio.create_task(tick())
            let_wait(monkeypatch, step, until_the_loop_went_on)
            await client.save_audio(call, target)
            ticking.cancel()
        assert target.stat().st_size == MEBIBYTES * 2**20

    asyncio.run(run())


@pytest.mark.parametrize("blocks", range(1, 6))
def test_a_save_cancelled_while_the_disk_lags_leaves_a_beginning_to_go_on_from(
    sandbox: Sandbox, call: str, tmp_path: Path, blocks: int
) -> None:
    async def run() -> None:
        target = tmp_path / "call.wav"
        async with client_of(sandbox) as client:
            whole = await client.read_audio(call)
            await cancel_after(blocks, client, call, target)
            part = (tmp_path / ".call.wav.part").read_bytes()
            assert 0 < len(part) < len(whole)
            assert whole.startswith(part), "there is a hole in it"
            await client.save_audio(call, target)
            assert target.read_bytes() == whole

    asyncio.run(run())
