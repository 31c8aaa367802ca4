"""The command `sandbox`: run the local server."""

from __future__ import annotations

from collections.abc import Sequence


def run_sandbox(arguments: Sequence[str], *, program: str) -> int:
    """Run the server until it is interrupted and return the exit code.

    Args:
        arguments: The options of the server, which it parses itself.
        program: The program name that its help shows.

    Raises:
        ValueError: The packages that the server needs are not installed.
    """
    try:
        from polyai_conversations.sandbox.__main__ import main
    except ImportError as error:
        raise ValueError(str(error)) from error
    return main(arguments, program)
