"""Output: results go to stdout, everything else goes to stderr."""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING, Final, NoReturn

from rich.console import Console

from .exit_codes import OutputClosedError

if TYPE_CHECKING:
    from rich.console import RenderableType

_UNLIMITED_WIDTH: Final = 100_000
_HEIGHT: Final = 25


class _Console(Console):
    """A console that ignores markup in text, because it would come from the server."""

    def __init__(self, *, stderr: bool, width: int | None = None) -> None:
        # On a dumb terminal, Rich ignores the width unless the height is set too.
        height = None if width is None else _HEIGHT
        super().__init__(
            stderr=stderr, width=width, height=height, markup=False, emoji=False, highlight=False
        )

    def on_broken_pipe(self) -> NoReturn:
        """Raise our own error, where Rich would exit with code 1."""
        raise OutputClosedError


@cache
def stderr_console() -> Console:
    """Return the console for everything that is not a result: progress, hints, failures."""
    return _Console(stderr=True)


def terminal_width() -> int:
    """Return the width of the terminal that results go to; unlimited if it is something else."""
    terminal = _terminal()
    return _UNLIMITED_WIDTH if terminal is None else terminal.width


def _terminal() -> _Console | None:
    """Return the console of the terminal that results go to; None if it is something else."""
    console = _Console(stderr=False)
    # Rich cannot measure a dumb terminal, and FORCE_COLOR makes it take a pipe for a terminal.
    return console if sys.stdout.isatty() and not console.is_dumb_terminal else None


def print_result(result: RenderableType, min_width: int = 0) -> None:
    """Print a result to stdout.

    Output that does not go to a terminal has no colour and is never wrapped or cut.

    Args:
        result: What to print.
        min_width: Columns that the result needs to stay legible. In a narrower terminal, the
            terminal itself wraps its lines.
    """
    terminal = _terminal()
    if terminal is not None:
        _Console(stderr=False, width=max(terminal.width, min_width)).print(result)
        return
    unlimited = _Console(stderr=False, width=_UNLIMITED_WIDTH)
    with unlimited.capture() as capture:
        unlimited.print(result)
    for line in capture.get().splitlines():
        write_line(line.rstrip())


def write_line(line: str) -> None:
    """Write a line to stdout, in UTF-8 whatever the locale, so that files are always the same."""
    try:
        sys.stdout.buffer.write(f"{line}\n".encode("utf-8", "surrogatepass"))
    except BrokenPipeError:
        raise OutputClosedError from None
