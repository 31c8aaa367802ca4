"""Memory does not grow with a recording: measured in a process of its own, over a real socket."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from polyai_conversations.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

MEBIBYTES = 1024
MOST = 8 * 1024  # KiB

PREPARE = """
import asyncio, json, resource, sys
from pathlib import Path
from polyai_conversations import AsyncConversationsClient, ConversationsClient

call, target = sys.argv[1], Path(sys.argv[2])

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
"""
SYNC = """
with ConversationsClient() as client:
    before = peak()
    size = client.save_audio(call, target).bytes
"""
ASYNC = """
async def save():
    async with AsyncConversationsClient() as client:
        return peak(), (await client.save_audio(call, target)).bytes

before, size = asyncio.run(save())
"""
REPORT = """
print(json.dumps([size, peak() - before]))
"""


@pytest.mark.parametrize("way", [SYNC, ASYNC], ids=["sync", "async"])
def test_a_recording_of_one_gibibyte_adds_at_most_8_mebibytes(tmp_path: Path, way: str) -> None:
    with Sandbox(conversations=1, recording_mib=MEBIBYTES) as sandbox:
        call = sandbox.store.page(1, 0)[0]["conversationId"]
        settings = {
            "POLYAI_API_KEY": sandbox.api_key,
            "POLYAI_AGENT_ID": sandbox.agent_id,
            "POLYAI_BASE_URL": sandbox.url,
        }
        script = PREPARE + way + REPORT
        output = subprocess.check_output(
            [sys.executable, "-c", script, call, str(tmp_path / "large.wav")],
            env={**os.environ, **settings},
        )
    (tmp_path / "large.wav").unlink()
    size, growth = json.loads(output)
    assert size == MEBIBYTES * 2**20
    assert growth <= MOST, f"{growth} KiB more for {MEBIBYTES} MiB"
