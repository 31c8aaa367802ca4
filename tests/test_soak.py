"""Many threads and tasks against a faulty server: afterwards everything is at rest.

`nox -s faults -- --long=60` runs it for a minute.
"""

from __future__ import annotations

import asyncio
import gc
import os
import random
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from clients import busy_connections, no_delays
from fault_expectations import MAX_BODY_BYTES
from fault_kinds import FAULTS
from fault_operations import ANNOTATION, OPERATIONS, RECORDING
from faulty_server import FaultyServer, respond
from polyai_conversations import AsyncConversationsClient, ConversationsClient, ConversationsError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from faulty_server import ReceivedRequest, Responder

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(sys.platform != "linux", reason="it counts open files in /proc"),
]

THREADS, TASKS = 32, 200
MEBIBYTE = 2**20
MAX_GROWTH = 32 * MEBIBYTE
"""Bytes; a megabyte of each thousandth call would be more."""
# Kinds that last long or need TLS are not for a load test.
KINDS = [
    fault
    for fault in FAULTS
    if not (fault.tls or fault.is_slow or fault.on_connect)
    and fault.name not in {"endless spaces", "a gzip bomb of 8 MiB", "500 with 2 MiB"}
]
ANSWERS = {
    "/audio": RECORDING,
    "/annotation": OPERATIONS["add_annotations"].answer,
    "/note": OPERATIONS["upsert_note"].answer,
    "/conversations/id": OPERATIONS["get_conversation"].answer,
    "/conversations": OPERATIONS["list_page"].answer,
}


class RandomlyFaultyServer(FaultyServer):
    """Responds correctly to half of the requests, and spoils the other half at random."""

    def __init__(self, seed: int) -> None:
        super().__init__(respond(200))
        self._random = random.Random(seed)
        self.served = 0

    def responder_for(self, request: ReceivedRequest) -> Responder:
        self.requests.clear()
        self.connections[:] = [each for each in self.connections if each.fileno() != -1]
        self.served += 1
        answer = next(each for path, each in ANSWERS.items() if path in request.path)
        if self._random.random() < 0.5:
            return respond(200, answer.body, content_type=answer.content_type)
        return self._random.choice(KINDS).respond(answer)


@pytest.fixture
def seconds(request: pytest.FixtureRequest) -> float:
    return float(request.config.getoption("--long"))


@pytest.fixture
def server() -> Iterator[RandomlyFaultyServer]:
    with RandomlyFaultyServer(seed=1) as server:
        yield server


def settings(server: FaultyServer) -> dict[str, Any]:
    return {
        "api_key": "key",
        "agent_id": "agent",
        "base_url": server.url,
        "timeout": 5,
        "max_body_bytes": MAX_BODY_BYTES,
        "retry_policy": no_delays(2),
    }


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - only their number matters


def resident_bytes() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def until_at_rest(count: Any, limit: int) -> int:
    end = time.monotonic() + 5
    while count() > limit and time.monotonic() < end:
        time.sleep(0.05)
    return int(count())


async def stream(client: AsyncConversationsClient) -> None:
    async with client.open_audio("id") as recording:
        async for _chunk in recording.iter_bytes():
            pass


async def iterate(client: AsyncConversationsClient) -> None:
    async for _conversation in client.list_conversations():
        pass


ASYNC_CALLS: list[Callable[[AsyncConversationsClient, Path], Awaitable[object]]] = [
    lambda client, _: client.list_page(),
    lambda client, _: iterate(client),
    lambda client, _: client.get_conversation("id"),
    lambda client, _: client.add_annotations("id", [ANNOTATION]),
    lambda client, _: client.upsert_note("id", "note"),
    lambda client, _: client.read_audio("id"),
    lambda client, _: stream(client),
    lambda client, directory: client.save_audio("id", directory / "call.wav"),
    lambda client, directory: client.save_audio_batch(["id"], directory),
]


def call_until(end: float, client: Any, directory: Path, seed: int) -> Counter[str]:
    """Call random operations; any error but the documented ones ends the test."""
    chooser, outcomes = random.Random(seed), Counter[str]()
    directory.mkdir(exist_ok=True)
    while time.monotonic() < end:
        operation = chooser.choice(list(OPERATIONS.values()))
        try:
            operation.call(client, directory)
        except ConversationsError as error:
            outcomes[type(error).__name__] += 1
        else:
            outcomes["success"] += 1
    return outcomes


async def async_call_until(
    end: float, client: AsyncConversationsClient, directory: Path, seed: int
) -> Counter[str]:
    """Call random operations, and cancel some of the calls."""
    chooser, outcomes = random.Random(seed), Counter[str]()
    while time.monotonic() < end:
        limit = chooser.choice([None, None, 0.05])
        try:
            async with asyncio.timeout(limit):
                await chooser.choice(ASYNC_CALLS)(client, directory)
        except (ConversationsError, TimeoutError) as error:
            outcomes[type(error).__name__] += 1
        else:
            outcomes["success"] += 1
    return outcomes


async def run_tasks(
    client: AsyncConversationsClient, directories: list[Path], seconds: float
) -> Counter[str]:
    end = time.monotonic() + seconds
    calls = [async_call_until(end, client, each, n) for n, each in enumerate(directories)]
    return sum(await asyncio.gather(*calls), Counter[str]())


def run_threads(client: ConversationsClient, directory: Path, seconds: float) -> Counter[str]:
    end = time.monotonic() + seconds
    with ThreadPoolExecutor(THREADS) as pool:
        jobs = [pool.submit(call_until, end, client, directory / str(n), n) for n in range(THREADS)]
        return sum((job.result() for job in jobs), Counter[str]())


def check_outcomes(server: RandomlyFaultyServer, outcomes: Counter[str], grown: int) -> None:
    print(f"{server.served} requests, {grown / MEBIBYTE:.1f} MiB more memory, {dict(outcomes)}")
    assert outcomes["success"] > 0
    assert len(outcomes) > 5, "the server was not faulty"
    assert grown < MAX_GROWTH


def test_after_a_soak_with_threads_everything_is_at_rest(
    server: RandomlyFaultyServer, seconds: float, tmp_path: Path
) -> None:
    files, threads = open_files(), threading.active_count()
    with ConversationsClient(**settings(server)) as client:
        run_threads(client, tmp_path, seconds / 4)  # fills caches, and memory that stays allocated
        memory = resident_bytes()
        outcomes = run_threads(client, tmp_path, seconds)
        assert busy_connections(client) == []
        grown = resident_bytes() - memory
    check_outcomes(server, outcomes, grown)
    assert until_at_rest(open_files, files) <= files
    assert until_at_rest(threading.active_count, threads) <= threads


def test_after_a_soak_with_tasks_everything_is_at_rest(
    server: RandomlyFaultyServer, seconds: float, tmp_path: Path
) -> None:
    files, threads = open_files(), threading.active_count()

    directories = [tmp_path / str(n) for n in range(TASKS)]
    for directory in directories:
        directory.mkdir()

    async def soak() -> tuple[Counter[str], int]:
        async with AsyncConversationsClient(**settings(server)) as client:
            await run_tasks(client, directories, seconds / 4)
            memory = resident_bytes()
            outcomes = await run_tasks(client, directories, seconds)
            await asyncio.sleep(0.1)
            assert busy_connections(client) == []
            assert len(asyncio.all_tasks()) == 1
            return outcomes, resident_bytes() - memory

    outcomes, grown = asyncio.run(soak())
    check_outcomes(server, outcomes, grown)
    assert until_at_rest(open_files, files) <= files
    assert until_at_rest(threading.active_count, threads) <= threads
