"""Run the sandbox until it is interrupted: `python -m polyai_conversations.sandbox`."""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
import threading
from collections.abc import Sequence
from typing import Final

from .sandbox import Sandbox

_POLL_SECONDS: Final = 0.5


def main(arguments: Sequence[str], program: str = "python -m polyai_conversations.sandbox") -> int:
    """Run the sandbox until it is interrupted and return the exit status.

    Args:
        arguments: The options, without the name of the program.
        program: The name of the program in the help text.

    Returns:
        1 if the sandbox could not start, 2 if it refuses the value of an option, else 0.

    Raises:
        SystemExit: An option is unknown or malformed (2), or the help was printed (0).
    """
    options = _parse_options(arguments, program)
    stop = threading.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, lambda _signal, _frame: stop.set())
    try:
        with _make_sandbox(options) as sandbox:
            _print_settings(sandbox)
            # On Windows a wait without a timeout would delay the signal handlers.
            while not stop.wait(_POLL_SECONDS):
                pass
    except OSError as error:
        _report(program, str(error.strerror))
        return 1
    except ValueError as error:
        _report(program, str(error))
        return 2
    return 0


def _parse_options(arguments: Sequence[str], program: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=program,
        description="Run a local server that implements PolyAI's Conversations API on 127.0.0.1.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--port", type=int, default=8400, help="port to listen on; 0 selects a free one")
    add("--conversations", type=int, default=200, help="number of conversations")
    add("--seed", type=int, default=7, help="determines the conversations and recordings")
    add(
        "--other-agents",
        nargs="+",
        default=(),
        metavar="ID",
        help="more agents, each with conversations of its own",
    )
    add("--latency-ms", type=float, default=0, help="milliseconds to wait before each response")
    add(
        "--rate-limit",
        type=int,
        default=argparse.SUPPRESS,
        help="requests to accept within any second (default: no limit)",
    )
    add(
        "--insertions",
        type=float,
        default=0,
        help="average number of conversations added before each list request",
    )
    add(
        "--deletions",
        type=float,
        default=0,
        help="average number of conversations deleted before each list request",
    )
    add(
        "--recording-mib",
        type=int,
        default=argparse.SUPPRESS,
        help="size of every recording in MiB (default: as long as the call)",
    )
    add(
        "--cached-recordings",
        type=int,
        default=0,
        help="number of recordings to keep in memory",
    )
    add("--chunked", action="store_true", help="send recordings without Content-Length")
    add(
        "--forward-compat",
        action="store_true",
        help="send fields and values that the contract does not name",
    )
    return parser.parse_args(arguments)


def _make_sandbox(options: argparse.Namespace) -> Sandbox:
    return Sandbox(
        conversations=options.conversations,
        seed=options.seed,
        port=options.port,
        other_agents=tuple(options.other_agents),
        latency=options.latency_ms / 1_000,
        rate_limit=getattr(options, "rate_limit", None),
        insertions=options.insertions,
        deletions=options.deletions,
        recording_mib=getattr(options, "recording_mib", None),
        cached_recordings=options.cached_recordings,
        chunked=options.chunked,
        forward_compat=options.forward_compat,
    )


def _report(program: str, problem: str) -> None:
    sys.stderr.write(f"{program}: error: {problem}\n")


def _print_settings(sandbox: Sandbox) -> None:
    settings = {
        "POLYAI_API_KEY": sandbox.api_key,
        "POLYAI_AGENT_ID": sandbox.agent_id,
        "POLYAI_BASE_URL": sandbox.url,
    }
    exports = [f"export {name}={shlex.quote(value)}" for name, value in settings.items()]
    first_line = f"Sandbox running at {sandbox.url}; press Ctrl-C to stop"
    sys.stdout.write("\n".join((first_line, *exports, "")))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
