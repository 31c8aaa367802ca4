"""Measures an export of 2,000 conversations with details at a latency of 40 ms."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import compare, sandbox

from polyai_conversations import AsyncConversationsClient, ConversationsClient
from polyai_conversations.export import export, export_async

CONVERSATIONS = 2_000
CONCURRENCY = 16
LATENCY_MS = 40
GROWTH = (500, 5_000)


def sequential() -> None:
    """Get one conversation after another, as the simplest program would."""
    with ConversationsClient() as client, tempfile.TemporaryFile("w") as file:
        for summary in client.list_conversations():
            detail = client.get_conversation(summary.conversation_id)
            file.write(json.dumps(detail.to_dict()) + "\n")


def sync_export() -> None:
    """Export with the sync client."""
    with ConversationsClient() as client, tempfile.TemporaryDirectory() as folder:
        report = export(client, folder, details=True, concurrency=CONCURRENCY)
    assert report.conversations == CONVERSATIONS


def async_export() -> None:
    """Export with the async client."""

    async def run(folder: str) -> int:
        async with AsyncConversationsClient() as client:
            report = await export_async(client, folder, details=True, concurrency=CONCURRENCY)
            return report.conversations

    with tempfile.TemporaryDirectory() as folder:
        assert asyncio.run(run(folder)) == CONVERSATIONS


def peak_of_export(conversations: int) -> float:
    """Export this many in a separate process; return its peak memory in MiB."""
    with sandbox("--conversations", str(conversations)) as settings:
        command = [sys.executable, __file__, "measure"]
        return float(subprocess.check_output(command, env={**os.environ, **settings}))


def measure() -> None:
    """Export, and print the peak memory of this process in MiB."""
    with ConversationsClient() as client, tempfile.TemporaryDirectory() as folder:
        export(client, Path(folder), details=True, concurrency=CONCURRENCY)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main() -> None:
    """Compare all candidates."""
    options = ("--conversations", str(CONVERSATIONS), "--latency-ms", str(LATENCY_MS))
    with sandbox(*options) as settings:
        os.environ.update(settings)
        candidates = {
            "sequential": sequential,
            "export": sync_export,
            "export, async": async_export,
        }
        title = (
            f"Exporting {CONVERSATIONS:,} conversations with details at a latency of "
            f"{LATENCY_MS} ms, {CONCURRENCY} at a time"
        )
        compare(title, candidates, baseline="sequential")
    peaks = {conversations: peak_of_export(conversations) for conversations in GROWTH}
    figures = ", ".join(f"{peak:.1f} MiB for {count}" for count, peak in peaks.items())
    print(f"peak memory of an export: {figures}")


if __name__ == "__main__":
    if sys.argv[1:] == ["measure"]:
        measure()
    else:
        main()
