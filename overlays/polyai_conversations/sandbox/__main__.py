"""Runs the sandbox until it is interrupted: `python -m polyai_conversations.sandbox`."""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
import threading
from typing import Final

from .server import Sandbox

_PATIENCE_SECONDS: Final = 0.5


def main(program: str = "python -m polyai_conversations.sandbox") -> int:
    """Run the sandbox; give the exit status: 1 if it could not start."""
    options = _options(program)
    stop = threading.Event()
    for wish in (signal.SIGINT, signal.SIGTERM):
        signal.signal(wish, lambda _signal, _frame: stop.set())
    try:
        with _sandbox(options) as sandbox:
            _introduce(sandbox)
            # Windows tells of signals only between waits.
            while not stop.wait(_PATIENCE_SECONDS):
                pass
    except OSError as error:
        return _refuse(str(error.strerror))
    except ValueError as error:
        return _refuse(str(error))
    return 0


def _options(program: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=program,
        description="Run a stand-in for PolyAI's Conversations API on 127.0.0.1.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=8400, help="0 takes a free one")
    parser.add_argument("--conversations", type=int, default=200, help="how many there are")
    parser.add_argument("--seed", type=int, default=7, help="which conversations they are")
    parser.add_argument("--latency-ms", type=float, default=0, help="wait before each answer")
    parser.add_argument(
        "--insertions", type=float, default=0, help="how many arrive before each list, on average"
    )
    parser.add_argument(
        "--deletions", type=float, default=0, help="how many leave before each list, on average"
    )
    parser.add_argument(
        "--recording-mib", type=int, help="size of every recording; default: as it is"
    )
    parser.add_argument(
        "--chunked", action="store_true", help="send recordings without saying their size"
    )
    parser.add_argument(
        "--forward-compat",
        action="store_true",
        help="send fields and values the contract does not name",
    )
    return parser.parse_args()


def _sandbox(options: argparse.Namespace) -> Sandbox:
    return Sandbox(
        conversations=options.conversations,
        seed=options.seed,
        port=options.port,
        latency=options.latency_ms / 1_000,
        insertions=options.insertions,
        deletions=options.deletions,
        recording_mib=options.recording_mib,
        chunked=options.chunked,
        forward_compat=options.forward_compat,
    )


def _refuse(reason: str) -> int:
    sys.stderr.write(f"{reason}\n")
    return 1


def _introduce(sandbox: Sandbox) -> None:
    settings = {
        "POLYAI_API_KEY": sandbox.api_key,
        "POLYAI_AGENT_ID": sandbox.agent_id,
        "POLYAI_BASE_URL": sandbox.url,
    }
    lines = [f"export {name}={shlex.quote(value)}" for name, value in settings.items()]
    sys.stdout.write("\n".join((f"Sandbox at {sandbox.url}, until Ctrl-C", *lines, "")))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
