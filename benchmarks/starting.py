"""Measures the CPU time that it takes to import the client and to print the help."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from functools import partial

from harness import compare_seconds

ROUNDS = 15
PROGRAM = "from polyai_conversations.cli import main; main()"
COMMANDS = {
    "import httpx": ("-c", "import httpx"),
    "import pydantic": ("-c", "from pydantic import BaseModel"),
    "import the client": ("-c", "from polyai_conversations import ConversationsClient"),
    "--help": ("-c", PROGRAM, "--help"),
    "list --help": ("-c", PROGRAM, "list", "--help"),
    "import openai": ("-c", "from openai import OpenAI"),
}


def seconds(arguments: tuple[str, ...], environment: dict[str, str]) -> float:
    """Run Python in its own process and return its CPU time."""
    command = [sys.executable, *arguments]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Compare all commands, with the bytecode that an earlier start of each one has cached."""
    environment = {
        name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
    }
    with tempfile.TemporaryDirectory() as folder:
        environment["PYTHONPYCACHEPREFIX"] = folder
        runs = {name: partial(seconds, command, environment) for name, command in COMMANDS.items()}
        for run in runs.values():
            run()
        compare_seconds("Starting a program", runs, baseline="import httpx", rounds=ROUNDS)


if __name__ == "__main__":
    main()
