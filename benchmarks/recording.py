"""How long it takes to save recordings: one of 1 GiB, and 500 of 1 MiB from 40 ms away."""

from __future__ import annotations

import asyncio
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import requests
from rivals import compare, sandbox, server

from polyai_conversations import AsyncConversationsClient, ConversationsClient

if TYPE_CHECKING:
    from collections.abc import Callable

LARGE_MEBIBYTES = 1024
LARGE_ROUNDS = 7
LEAN_SERVER = str(Path(__file__).with_name("lean_server.py"))
BATCH = 500
CONCURRENCIES = (8, 16)
LATENCY_MS = 40
TOUCH_MEMORY = (sys.executable, "-S", "-c", f"b'1' * {3 * LARGE_MEBIBYTES * 2**20}")
SETTINGS = ("POLYAI_API_KEY", "POLYAI_AGENT_ID", "POLYAI_BASE_URL")


def address(settings: dict[str, str], conversation_id: str) -> str:
    """Give where a recording is."""
    host, agent = settings["POLYAI_BASE_URL"], settings["POLYAI_AGENT_ID"]
    return f"{host}/v1/agents/{agent}/conversations/{conversation_id}/audio"


def header(settings: dict[str, str]) -> dict[str, str]:
    """Give what lets a request in."""
    return {"X-API-KEY": settings["POLYAI_API_KEY"]}


def recorded(count: int) -> list[str]:
    """Give the ids of conversations that have a recording."""
    with ConversationsClient() as client:
        walk = client.list_conversations(page_size=1000)
        return [each.conversation_id for each in walk if each.audio_url][:count]


# One large recording. Each rival runs in a process of its own, so that its peak is its own.


def save_audio(call: str, _: dict[str, str], target: Path) -> None:
    """Save it with the sync client."""
    with ConversationsClient() as client:
        client.save_audio(call, target)


def save_audio_async(call: str, _: dict[str, str], target: Path) -> None:
    """Save it with the async client."""

    async def run() -> None:
        async with AsyncConversationsClient() as client:
            await client.save_audio(call, target)

    asyncio.run(run())


def httpx_stream(call: str, settings: dict[str, str], target: Path) -> None:
    """Stream it into a file, as anyone would at first; nothing is checked or synced."""
    with (
        target.open("wb") as file,
        httpx.stream("GET", address(settings, call), headers=header(settings)) as response,
    ):
        for chunk in response.iter_bytes():
            file.write(chunk)


def httpx_stream_async(call: str, settings: dict[str, str], target: Path) -> None:
    """Stream it into a file from async code, unchecked and unsynced likewise."""

    async def run() -> None:
        async with (
            httpx.AsyncClient(headers=header(settings)) as client,
            client.stream("GET", address(settings, call)) as response,
        ):
            with target.open("wb") as file:
                async for chunk in response.aiter_bytes():
                    file.write(chunk)

    asyncio.run(run())


def httpx_stream_synced(call: str, settings: dict[str, str], target: Path) -> None:
    """Stream it into a file, and wait until the disk has it."""
    httpx_stream(call, settings, target)
    _sync(target)


def httpx_stream_async_synced(call: str, settings: dict[str, str], target: Path) -> None:
    """Stream it into a file from async code, and wait until the disk has it."""
    httpx_stream_async(call, settings, target)
    _sync(target)


def _sync(target: Path) -> None:
    with target.open("rb") as file:
        os.fsync(file.fileno())


def requests_content(call: str, settings: dict[str, str], target: Path) -> None:
    """Read it whole, then write it."""
    answer = requests.get(address(settings, call), headers=header(settings), timeout=60)
    target.write_bytes(answer.content)


def curl(call: str, settings: dict[str, str], target: Path) -> None:
    """Let curl save it."""
    (key, value), *_ = header(settings).items()
    command = ("curl", "-sS", "-H", f"{key}: {value}", "-o", str(target))
    subprocess.run([*command, address(settings, call)], check=True)


LARGE: dict[str, Callable[[str, dict[str, str], Path], None]] = {
    "httpx": httpx_stream,
    "httpx, synced": httpx_stream_synced,
    "httpx, async": httpx_stream_async,
    "httpx, async, synced": httpx_stream_async_synced,
    "requests.get().content": requests_content,
    "curl -o": curl,
    "save_audio": save_audio,
    "save_audio, async": save_audio_async,
}


def run_alone(name: str, call: str, target: str) -> None:
    """Run one rival in this process, and print what it took, here or in a child."""
    settings = {key: os.environ[key] for key in SETTINGS}
    print("ready", flush=True)
    sys.stdin.readline()
    before = _usage()
    started = time.perf_counter()
    LARGE[name](call, settings, Path(target))
    seconds = time.perf_counter() - started
    after = _usage()
    print(json.dumps({"s": seconds, "cpu": after[0] - before[0], "MiB": after[1]}))


def _usage() -> tuple[float, float]:
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = sum(use.ru_utime + use.ru_stime for use in (own, children))
    return cpu, (children.ru_maxrss or own.ru_maxrss) / 1024


def large(folder: Path) -> None:
    """Compare how one large recording is saved; what save_audio gives is hashed and synced too."""
    with server(LEAN_SERVER, str(LARGE_MEBIBYTES)) as settings:
        os.environ.update(settings)
        took: dict[str, list[dict[str, float]]] = {name: [] for name in LARGE}
        turns = random.Random(0)  # noqa: S311 - the order of turns is no secret
        for _ in range(LARGE_ROUNDS):
            for name in turns.sample(sorted(took), len(took)):
                target = folder / "large.wav"
                target.unlink(missing_ok=True)
                os.sync()
                took[name].append(_alone(name, "any", target))
    print(f"One recording of {LARGE_MEBIBYTES} MiB, {LARGE_ROUNDS} rounds")
    print("Throughput of each client beside bare httpx of its kind, median (lowest to highest)")
    print(f"{'':26} median s   CPU s   peak MiB   {'httpx = 1':22}   httpx, synced = 1")
    for name, figures in took.items():
        kind = "httpx, async" if "async" in name else "httpx"
        medians = [statistics.median(f[key] for f in figures) for key in ("s", "cpu", "MiB")]
        print(
            f"{name:26} {medians[0]:8.2f} {medians[1]:7.2f} {medians[2]:10.0f}   "
            f"{_beside(took[kind], figures):22}   {_beside(took[f'{kind}, synced'], figures)}"
        )


def _alone(name: str, call: str, target: Path) -> dict[str, float]:
    """Let a rival run in a process of its own, with memory at hand for the file's pages.

    On a virtual machine, pages were seen to be filled ten times as slowly at times, probably since
    free memory had gone back to the host; that would hit some rivals more than others.
    """
    command = (sys.executable, __file__, "alone", name, call, str(target))
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as rival:
        assert rival.stdout is not None
        rival.stdout.readline()
        subprocess.run(TOUCH_MEMORY, check=True)
        output, _ = rival.communicate("go\n")
    return dict(json.loads(output))


def _beside(base: list[dict[str, float]], figures: list[dict[str, float]]) -> str:
    ratios = [one["s"] / own["s"] for one, own in zip(base, figures, strict=True)]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


# A batch of small ones.


def one_after_another(calls: list[str], folder: Path) -> None:
    """Save each when the one before it is saved."""
    with ConversationsClient() as client:
        for call in calls:
            client.save_audio(call, folder / f"{call}.wav")


def gather(concurrency: int, calls: list[str], settings: dict[str, str], folder: Path) -> None:
    """Get and write them from bare tasks; nothing is checked or synced."""

    async def run() -> None:
        turn = asyncio.Semaphore(concurrency)
        async with httpx.AsyncClient(headers=header(settings), timeout=60) as client:

            async def get(call: str) -> None:
                async with turn:
                    answer = await client.get(address(settings, call))
                    (folder / f"{call}.wav").write_bytes(answer.content)

            await asyncio.gather(*map(get, calls))

    asyncio.run(run())


def batch(concurrency: int, calls: list[str], folder: Path) -> None:
    """Save them with the sync client."""
    with ConversationsClient() as client:
        report = client.save_audio_batch(calls, folder, concurrency=concurrency)
    assert len(report.saved) == len(calls)


def batch_async(concurrency: int, calls: list[str], folder: Path) -> None:
    """Save them with the async client."""

    async def run() -> Any:
        async with AsyncConversationsClient() as client:
            return await client.save_audio_batch(calls, folder, concurrency=concurrency)

    assert len(asyncio.run(run()).saved) == len(calls)


def many(folder: Path) -> None:
    """Compare how many small recordings are saved."""
    options = ("--recording-mib", "1", "--conversations", str(2 * BATCH))
    with sandbox(*options, "--latency-ms", str(LATENCY_MS)) as settings:
        os.environ.update(settings)
        calls = recorded(BATCH)
        assert len(calls) == BATCH

        def anew(save: Callable[[Path], None]) -> None:
            with tempfile.TemporaryDirectory(dir=folder) as fresh:
                save(Path(fresh))

        rivals: dict[str, Callable[[], object]] = {
            "save_audio, one after another": partial(anew, partial(one_after_another, calls)),
        }
        for at_once in CONCURRENCIES:
            saves = {
                "httpx, gather": partial(gather, at_once, calls, settings),
                "save_audio_batch": partial(batch, at_once, calls),
                "the same, async": partial(batch_async, at_once, calls),
            }
            rivals |= {f"{name}, {at_once} at once": partial(anew, s) for name, s in saves.items()}
        print(f"{BATCH} recordings of 1 MiB, {LATENCY_MS} ms away")
        compare(rivals, baseline="save_audio, one after another")


def main() -> None:
    """Compare them all."""
    with tempfile.TemporaryDirectory() as folder:
        large(Path(folder))
        many(Path(folder))


if __name__ == "__main__":
    if sys.argv[1:2] == ["alone"]:
        run_alone(*sys.argv[2:])
    else:
        main()
