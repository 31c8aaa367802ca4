"""Test a sandbox against the contract with schemathesis: `python -m workflows.fuzz_sandbox`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from polyai_conversations.sandbox import Sandbox

_CONFIG: Final = Path(__file__).with_name("schemathesis.toml")


def main(arguments: list[str]) -> int:
    """Run schemathesis with these arguments, and return its exit status."""
    with Sandbox(conversations=40) as sandbox:
        newest = sandbox.store.page(1, 0)[0]  # a finished call with a recording
        settings = {
            "SANDBOX_API_KEY": sandbox.api_key,
            "SANDBOX_AGENT_ID": sandbox.agent_id,
            "SANDBOX_CONVERSATION_ID": newest["conversationId"],
        }
        command = ("schemathesis", "--config-file", str(_CONFIG), "run", "openapi.yaml")
        finished = subprocess.run(
            [*command, "--url", sandbox.url, *arguments],
            check=False,
            env={**os.environ, **settings},
        )
    return finished.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
