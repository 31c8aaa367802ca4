"""The ways in which a command ends."""

from enum import IntEnum


class Status(IntEnum):
    """What the exit status says."""

    DONE = 0
    FAILED = 1
    WRONG_USE = 2
    PARTLY_FAILED = 3
    INTERRUPTED = 130


class OutputClosedError(Exception):
    """Whoever read the results reads no more. No `OSError`: Typer would end the program itself."""
