"""Peak memory does not grow with the length of a recording.

Each save runs in a process of its own, against a server on a real socket.
"""

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

RECORDING_MIB = 256
MAX_GROWTH_KIB = 8 * 1024

MEASURE_SYNC = """
from polyai_conversations import ConversationsClient

with ConversationsClient() as client:
    before = peak_kib()
    saved = client.save_audio(conversation_id, target)
report(before, saved)
"""

MEASURE_ASYNC = """
import asyncio
from polyai_conversations import AsyncConversationsClient

async def save():
    async with AsyncConversationsClient() as client:
        return peak_kib(), await client.save_audio(conversation_id, target)

report(*asyncio.run(save()))
"""

PREAMBLE = """
import json, resource, sys

conversation_id, target = sys.argv[1:]

def peak_kib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

def report(before, saved):
    print(json.dumps([saved.bytes, peak_kib() - before]))
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
    target.unlink()
    size, growth = json.loads(output)
    assert size == RECORDING_MIB * 2**20
    assert growth <= MAX_GROWTH_KIB
