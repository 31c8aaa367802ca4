"""A cancelled call leaks no connection, and a cancelled thread sends no further request."""

from __future__ import annotations

import asyncio
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from clients import busy_connections
from faulty_server import FaultyServer, respond
from polyai_conversations import (
    AsyncConversationsClient,
    ConversationsClient,
    IncompleteRecordingError,
)
from polyai_conversations._async_cancel import run_shielded
from polyai_conversations._cancel import CancelToken
from wav_factory import wav

if TYPE_CHECKING:
    import socket
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


async def save(client: AsyncConversationsClient, directory: Path) -> None:
    await client.save_audio("id", directory / "call.wav")


def send_half(connection: socket.socket) -> bool:
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 200044\r\n\r\n" + FILE[:100_000])
    return False


async def stream_interrupted(client: AsyncConversationsClient, _: Path) -> None:
    with suppress(IncompleteRecordingError):
        await stream(client, _)


CALLS: dict[
    str, tuple[Callable[[socket.socket], bool], Callable[..., Coroutine[Any, Any, None]]]
] = {
    "get": (respond(200, DETAIL), get),
    "stream": (respond(200, FILE), stream),
    "save": (respond(200, FILE), save),
    "interrupted stream": (send_half, stream_interrupted),
}


@pytest.mark.parametrize("times", [1, 2, 3])
@pytest.mark.parametrize(("responder", "call"), CALLS.values(), ids=CALLS)
def test_a_call_cancelled_at_any_step_returns_its_connection_to_the_pool(
    tmp_path: Path,
    responder: Callable[[socket.socket], bool],
    call: Callable[..., Coroutine[Any, Any, None]],
    times: int,
) -> None:
    """Cancel after one iteration of the event loop, then after two, and so on.

    Nested timeouts cancel a task again while it handles the first cancellation.
    """

    async def cancel_after(steps: int, client: AsyncConversationsClient) -> bool:
        task = asyncio.create_task(call(client, tmp_path))
        for _ in range(steps):
            await asyncio.sleep(0)
            if task.done():
                await task
                return False
        for _ in range(times):
            task.cancel()
            await asyncio.sleep(0)
        with suppress(asyncio.CancelledError):
            await task
        return True

    async def run(url: str) -> int:
        steps = 0
        async with AsyncConversationsClient(
            api_key="key", agent_id="agent", base_url=url, max_retries=0
        ) as client:
            await call(client, tmp_path)
            while await cancel_after(steps, client):
                assert busy_connections(client) == [], f"cancelled after {steps} steps"
                steps += 1
        return steps

    with FaultyServer(responder) as server:
        assert asyncio.run(run(server.url)) > 10, "no cancellation hit a call under way"


def test_shielded_work_finishes_however_often_it_is_cancelled() -> None:
    finished: list[str] = []

    async def work() -> None:
        await asyncio.sleep(0.05)
        finished.append("work")

    async def run() -> None:
        task = asyncio.create_task(run_shielded(work()))
        for _ in range(5):
            await asyncio.sleep(0.001)
            task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert finished == ["work"]

    asyncio.run(run())


def test_a_thread_sends_no_request_after_its_token_was_cancelled() -> None:
    token = CancelToken()
    with (
        FaultyServer(respond(200, DETAIL)) as server,
        ConversationsClient(api_key="key", agent_id="agent", base_url=server.url) as client,
        ThreadPoolExecutor(1, initializer=token.activate) as pool,
    ):
        pool.submit(client.get_conversation, "id").result()
        token.cancel()
        with pytest.raises(CancelledError):
            pool.submit(client.get_conversation, "id").result()
        assert busy_connections(client) == []
    assert len(server.requests) == 1
