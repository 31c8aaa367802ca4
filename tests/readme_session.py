"""Runs blocks of the README as one reader would: one shell and one Python, from top to bottom.

It reads the blocks as JSON from stdin, and imports nothing that is not in Python itself, because a
fresh environment holds nothing else.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

SERVER = "python -m polyai_conversations.sandbox"
SERVES = b"POLYAI_BASE_URL"


def main() -> None:
    """Run every block; the first one that fails raises."""
    names: dict[str, Any] = {"conversation_id": os.environ["ID"]}
    for block in json.load(sys.stdin):
        sys.stdout.write(f"--- {block['heading']}\n{block['text']}\n\n")
        sys.stdout.flush()
        if block["language"] == "python":
            importlib.invalidate_caches()
            exec(compile(block["text"], block["heading"], "exec"), names)
        elif SERVER in block["text"]:
            serve(block["text"])
        else:
            run(block["text"])


def run(text: str) -> None:
    """Run a block in a shell, and keep the variables that it exports."""
    with tempfile.TemporaryDirectory() as folder:
        exported = Path(folder, "exported")
        subprocess.run(["bash", "-ec", f"{text}\nenv -0 > {exported}"], check=True)
        pairs = exported.read_bytes().rstrip(b"\0").split(b"\0")
    os.environb.update(tuple(pair.split(b"=", 1)) for pair in pairs)  # type: ignore[misc]


def serve(text: str) -> None:
    """Run a block that ends with a server, until the server is ready."""
    with subprocess.Popen(
        ["bash", "-ec", text],
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        ready = any(SERVES in line for line in process.stdout)
        os.killpg(process.pid, signal.SIGINT)
    if not ready:
        raise ChildProcessError(f"the server did not start: {text}")


if __name__ == "__main__":
    main()
