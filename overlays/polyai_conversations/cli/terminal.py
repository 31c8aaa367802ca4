"""The two streams: results on one, everything else on the other."""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING, Final, NoReturn

from rich.console import Console

from .exits import OutputClosedError

if TYPE_CHECKING:
    from rich.console import RenderableType

_UNBOUNDED: Final = 100_000
_HEIGHT: Final = 25


class _Console(Console):
    """A console that takes text as it is: markup and emoji codes in it are the server's words."""

    def __init__(self, *, stderr: bool, width: int | None = None) -> None:
        # On a dumb terminal, Rich heeds a width only if there is a height too.
        height = None if width is None else _HEIGHT
        super().__init__(
            stderr=stderr, width=width, height=height, markup=False, emoji=False, highlight=False
        )

    def on_broken_pipe(self) -> NoReturn:
        """Let it end the program as any closed pipe does."""
        raise OutputClosedError


@cache
def messages() -> Console:
    """Give the console for what is no result: progress, hints."""
    return _Console(stderr=True)


def show(result: RenderableType, least_width: int = 0) -> None:
    """Print a result; where no person reads along, without colour and as wide as it wants to be.

    Args:
        result: What to print.
        least_width: Columns below which it runs over a terminal's edge rather than lose its sense.

    """
    console = _Console(stderr=False)
    # Rich is told of terminals that are none (FORCE_COLOR), and does not measure dumb ones.
    if sys.stdout.isatty() and not console.is_dumb_terminal:
        _Console(stderr=False, width=max(console.width, least_width)).print(result)
        return
    wide = _Console(stderr=False, width=_UNBOUNDED)
    with wide.capture() as capture:
        wide.print(result)
    for line in capture.get().splitlines():
        write_line(line.rstrip())


def write_line(line: str) -> None:
    """Print a line, in UTF-8 wherever it goes: what a file holds should not hang on a locale."""
    try:
        sys.stdout.buffer.write(f"{line}\n".encode("utf-8", "surrogatepass"))
    except BrokenPipeError:
        raise OutputClosedError from None
