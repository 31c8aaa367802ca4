"""Shows the progress of a download or of an export on stderr."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Self

from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from .console import stderr_console
from .formatting import sanitize
from .options import is_debug

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from polyai_conversations._files import OnProgress
    from polyai_conversations.export import Progress as ExportProgress

_LOG_INTERVAL: Final = 10.0  # seconds


@contextmanager
def download_bar(filename: str) -> Generator[OnProgress]:
    """Show the progress bar of a download, unless stderr is not a terminal or shows a debug log.

    Yields:
        The function that moves the bar.
    """
    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=stderr_console(),
        transient=True,
        disable=not stderr_console().is_terminal or is_debug(),
    ) as progress:
        task = progress.add_task(sanitize(filename), start=False, total=None)

        def update(received: int, expected: int | None) -> None:
            if not progress.tasks[0].started:
                # Bytes from an earlier, interrupted download must not count towards the speed.
                progress.reset(task, completed=received, total=expected)
            progress.update(task, completed=received, total=expected)

        yield update


class ProgressBar:
    """The progress bar of an export, for a terminal."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("conversations"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[counts]}"),
            TimeRemainingColumn(),
            console=stderr_console(),
            transient=True,
        )
        self._task = self._progress.add_task("", total=None, counts="")
        self._started = time.monotonic()

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def update(self, progress: ExportProgress) -> None:
        """Move the bar."""
        counts = _counts(progress, time.monotonic() - self._started)
        self._progress.update(
            self._task, completed=progress.done, total=progress.total, counts=counts
        )


class ProgressLog:
    """A line about an export every few seconds, for a log file.

    Args:
        interval: Seconds between two lines.
        clock: Returns the time in seconds.
    """

    def __init__(
        self, interval: float = _LOG_INTERVAL, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._interval = interval
        self._clock = clock
        self._started = self._last_line = clock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing; `ProgressBar` needs the `with` block."""

    def update(self, progress: ExportProgress) -> None:
        """Print a line, unless the last one is too recent."""
        now = self._clock()
        if now - self._last_line < self._interval:
            return
        self._last_line = now
        total = "?" if progress.total is None else progress.total
        counts = _counts(progress, now - self._started)
        remaining = _time_remaining(progress, now - self._started)
        stderr_console().print(
            f"{progress.done} of {total} conversations; {counts}; {remaining}", soft_wrap=True
        )


def _counts(progress: ExportProgress, elapsed: float) -> str:
    rate = progress.fetched / elapsed if elapsed else 0.0
    recordings = f"{progress.recordings} recordings, " if progress.recordings else ""
    return f"{rate:.0f}/s, {recordings}{progress.failed} failed"


def _time_remaining(progress: ExportProgress, elapsed: float) -> str:
    if not progress.total or not progress.done:
        return "time remaining unknown"
    remaining = elapsed * (progress.total - progress.done) / progress.done
    return f"{max(remaining, 0):.0f} s remaining"
