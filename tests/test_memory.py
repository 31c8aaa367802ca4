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

RECORDING_MIB = 64
MAX_PEAK = 8 * 2**20

MEASURE_SYNC = """
from polyai_conversations import ConversationsClient

with ConversationsClient() as client:
    tracemalloc.start()
    report(client.save_audio(conversation_id, target))
"""

MEASURE_ASYNC = """
import asyncio
from polyai_conversations import AsyncConversationsClient

async def save():
    async with AsyncConversationsClient() as client:
        tracemalloc.start()
        report(await client.save_audio(conversation_id, target))

asyncio.run(save())
"""

# The first save imports filelock, whose memory does not belong to the recording.
PREAMBLE = """
import json, sys, tracemalloc
import filelock

conversation_id, target = sys.argv[1:]

def report(saved):
    _, peak = tracemalloc.get_traced_memory()
    print(json.dumps([saved.bytes, peak]))
"""


@pytest.mark.parametrize("script", [MEASURE_SYNC, MEASURE_ASYNC], ids=["sync", "async"])
def test_saving_a_large_recording_allocates_at_most_8_mib(tmp_path: Path, script: str) -> None:
    with Sandbox(conversations=1, recording_mib=RECORDING_MIB) as sandbox:
        conversation_id = sandbox.store.page(1, 0)[0]["conversationId"]
        target = tmp_path / "large.wav"
        output = subprocess.check_output(
            [sys.executable, "-c", PREAMBLE + script, conversation_id, str(target)],
            env={
                **os.environ,
                "POLYAI_API_KEY": sandbox.api_key,
                "POLYAI_AGENT_ID": sandbox.agent_id,
                "POLYAI_BASE_URL": sandbox.url,
            },
        )
    target.unlink()
    size, peak = json.loads(output)
    assert size == RECORDING_MIB * 2**20
    assert peak <= MAX_PEAK
