"""Measures downloads of recordings: one of 1 GiB, and 500 of 1 MiB at a latency of 40 ms."""

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
from harness import compare, sandbox, server
from results import Comparison, Result

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


def audio_url(settings: dict[str, str], conversation_id: str) -> str:
    """Return the URL of a recording."""
    host, agent = settings["POLYAI_BASE_URL"], settings["POLYAI_AGENT_ID"]
    return f"{host}/v1/agents/{agent}/conversations/{conversation_id}/audio"


def auth_headers(settings: dict[str, str]) -> dict[str, str]:
    """Return the headers that authenticate a request."""
    return {"X-API-KEY": settings["POLYAI_API_KEY"]}


def recorded_ids(count: int) -> list[str]:
    """Return the ids of conversations that have a recording."""
    with ConversationsClient() as client:
        pager = client.list_conversations(page_size=1000)
        return [each.conversation_id for each in pager if each.audio_url][:count]


# One large recording. Each candidate runs in its own process, so that its peak memory is its own.


def save_audio(call: str, _: dict[str, str], target: Path) -> None:
    """Save the recording with the sync client."""
    with ConversationsClient() as client:
        client.save_audio(call, target)


def save_audio_async(call: str, _: dict[str, str], target: Path) -> None:
    """Save the recording with the async client."""

    async def run() -> None:
        async with AsyncConversationsClient() as client:
            await client.save_audio(call, target)

    asyncio.run(run())


def httpx_stream(call: str, settings: dict[str, str], target: Path) -> None:
    """Stream the recording to a file in the simplest way, without validation or fsync."""
    with (
        target.open("wb") as file,
        httpx.stream("GET", audio_url(settings, call), headers=auth_headers(settings)) as response,
    ):
        for chunk in response.iter_bytes():
            file.write(chunk)


def httpx_stream_async(call: str, settings: dict[str, str], target: Path) -> None:
    """Stream the recording to a file in async code, without validation or fsync."""

    async def run() -> None:
        async with (
            httpx.AsyncClient(headers=auth_headers(settings)) as client,
            client.stream("GET", audio_url(settings, call)) as response,
        ):
            with target.open("wb") as file:
                async for chunk in response.aiter_bytes():
                    file.write(chunk)

    asyncio.run(run())


def httpx_stream_synced(call: str, settings: dict[str, str], target: Path) -> None:
    """Stream the recording to a file, then fsync."""
    httpx_stream(call, settings, target)
    _sync(target)


def httpx_stream_async_synced(call: str, settings: dict[str, str], target: Path) -> None:
    """Stream the recording to a file in async code, then fsync."""
    httpx_stream_async(call, settings, target)
    _sync(target)


def _sync(target: Path) -> None:
    with target.open("rb") as file:
        os.fsync(file.fileno())


def requests_content(call: str, settings: dict[str, str], target: Path) -> None:
    """Read the recording into memory, then write it."""
    response = requests.get(audio_url(settings, call), headers=auth_headers(settings), timeout=60)
    target.write_bytes(response.content)


def curl(call: str, settings: dict[str, str], target: Path) -> None:
    """Save the recording with curl."""
    (key, value), *_ = auth_headers(settings).items()
    command = ("curl", "-sS", "-H", f"{key}: {value}", "-o", str(target))
    subprocess.run([*command, audio_url(settings, call)], check=True)


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


def measure(name: str, call: str, target: str) -> None:
    """Run one candidate and print its time, its CPU time and its peak memory.

    The CPU time and the memory include those of a child process.
    """
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
    """Compare downloads of one large file; save_audio also validates, hashes and syncs it."""
    with server(LEAN_SERVER, str(LARGE_MEBIBYTES)) as settings:
        os.environ.update(settings)
        measured: dict[str, list[dict[str, float]]] = {name: [] for name in LARGE}
        order = random.Random(0)  # noqa: S311 - not for cryptography
        for _ in range(LARGE_ROUNDS):
            for name in order.sample(sorted(measured), len(measured)):
                target = folder / "large.wav"
                target.unlink(missing_ok=True)
                os.sync()
                measured[name].append(_measure_in_process(name, "any", target))
    print(f"One recording of {LARGE_MEBIBYTES} MiB, {LARGE_ROUNDS} rounds")
    print("Throughput relative to bare httpx, sync or async: median (lowest to highest)")
    print(f"{'':26} median s   CPU s   peak MiB   {'httpx = 1':22}   httpx, synced = 1")
    for name, figures in measured.items():
        kind = "httpx, async" if "async" in name else "httpx"
        medians = [statistics.median(f[key] for f in figures) for key in ("s", "cpu", "MiB")]
        speed = _relative_speed(measured[kind], figures)
        speed_synced = _relative_speed(measured[f"{kind}, synced"], figures)
        print(
            f"{name:26} {medians[0]:8.2f} {medians[1]:7.2f} {medians[2]:10.0f}   "
            f"{speed:22}   {speed_synced}"
        )
    results = []
    for name, figures in measured.items():
        kind = "httpx, async" if "async" in name else "httpx"
        ratios = _ratios(measured[f"{kind}, synced"], figures)
        results.append(Result.of(name, [f["s"] for f in figures], ratios))
    title = f"Saving one recording of {LARGE_MEBIBYTES} MiB"
    Comparison(title, "speed relative to httpx with a synced file", results).publish()


def _measure_in_process(name: str, call: str, target: Path) -> dict[str, float]:
    """Run a candidate in its own process, after making memory available for the page cache.

    On a virtual machine, writing pages was at times ten times slower, probably because the host had
    reclaimed free memory. Without this, some candidates would be affected more than others.
    """
    command = (sys.executable, __file__, "measure", name, call, str(target))
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        subprocess.run(TOUCH_MEMORY, check=True)
        output, _ = process.communicate("go\n")
    return dict(json.loads(output))


def _ratios(base: list[dict[str, float]], figures: list[dict[str, float]]) -> list[float]:
    return [one["s"] / own["s"] for one, own in zip(base, figures, strict=True)]


def _relative_speed(base: list[dict[str, float]], figures: list[dict[str, float]]) -> str:
    ratios = _ratios(base, figures)
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


# Many small recordings.


def sequential(calls: list[str], folder: Path) -> None:
    """Save one recording after another."""
    with ConversationsClient() as client:
        for call in calls:
            client.save_audio(call, folder / f"{call}.wav")


def gather(concurrency: int, calls: list[str], settings: dict[str, str], folder: Path) -> None:
    """Download the recordings in tasks with bare httpx, without validation or fsync."""

    async def run() -> None:
        semaphore = asyncio.Semaphore(concurrency)
        async with httpx.AsyncClient(headers=auth_headers(settings), timeout=60) as client:

            async def get(call: str) -> None:
                async with semaphore:
                    response = await client.get(audio_url(settings, call))
                    (folder / f"{call}.wav").write_bytes(response.content)

            await asyncio.gather(*map(get, calls))

    asyncio.run(run())


def batch(concurrency: int, calls: list[str], folder: Path) -> None:
    """Save the recordings with the sync client."""
    with ConversationsClient() as client:
        report = client.save_audio_batch(calls, folder, concurrency=concurrency)
    assert len(report.saved) == len(calls)


def batch_async(concurrency: int, calls: list[str], folder: Path) -> None:
    """Save the recordings with the async client."""

    async def run() -> Any:
        async with AsyncConversationsClient() as client:
            return await client.save_audio_batch(calls, folder, concurrency=concurrency)

    assert len(asyncio.run(run()).saved) == len(calls)


def many(folder: Path) -> None:
    """Compare downloads of many small recordings."""
    options = ("--recording-mib", "1", "--conversations", str(2 * BATCH))
    with sandbox(*options, "--latency-ms", str(LATENCY_MS)) as settings:
        os.environ.update(settings)
        calls = recorded_ids(BATCH)
        assert len(calls) == BATCH

        def in_new_folder(save: Callable[[Path], None]) -> None:
            with tempfile.TemporaryDirectory(dir=folder) as fresh:
                save(Path(fresh))

        candidates: dict[str, Callable[[], object]] = {
            "save_audio, sequential": partial(in_new_folder, partial(sequential, calls)),
        }
        for concurrency in CONCURRENCIES:
            saves = {
                "httpx, gather": partial(gather, concurrency, calls, settings),
                "save_audio_batch": partial(batch, concurrency, calls),
                "save_audio_batch, async": partial(batch_async, concurrency, calls),
            }
            candidates |= {
                f"{name}, concurrency {concurrency}": partial(in_new_folder, s)
                for name, s in saves.items()
            }
        title = f"Saving {BATCH} recordings of 1 MiB at a latency of {LATENCY_MS} ms"
        compare(title, candidates, baseline="save_audio, sequential")


def main() -> None:
    """Compare all candidates."""
    with tempfile.TemporaryDirectory() as folder:
        large(Path(folder))
        many(Path(folder))


if __name__ == "__main__":
    if sys.argv[1:2] == ["measure"]:
        measure(*sys.argv[2:])
    else:
        main()
