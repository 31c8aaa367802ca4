"""The exit codes of the program, and the exception for an output pipe that has been closed."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the exit code of a command means."""

    SUCCESS = 0
    FAILURE = 1
    USAGE_ERROR = 2
    PARTIAL_FAILURE = 3
    INTERRUPTED = 130


class OutputClosedError(Exception):
    """The process that reads our results has closed the pipe.

    This is not an `OSError`, because Typer handles a broken pipe itself by exiting with code 1.
    """
