"""`export`: everything into a folder, and what is done while it runs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, Self

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from polyai_conversations.export import export

from .exits import Status
from .plain import plain
from .terminal import messages, write_line

if TYPE_CHECKING:
    from datetime import datetime

    from polyai_conversations.export import ExportReport, Progress
    from polyai_conversations.export.plan import Audio, Format

    from .connection import Connection

_SECONDS_BETWEEN_LINES: Final = 10.0
_FAILURES_SHOWN: Final = 20


def save(  # noqa: PLR0913 - the options of an export
    connection: Connection,
    directory: str,
    *,
    details: bool,
    audio: Audio | None,
    redacted: bool,
    format: Format,  # noqa: A002 - the option's name
    concurrency: int,
    since: datetime | None,
) -> int:
    """Export, and say what was done; give the exit status."""
    progress = _Shown() if messages().is_terminal else _Told()
    with connection.client() as client, progress:
        report = export(
            client,
            directory,
            details=details,
            audio=audio,
            redacted=redacted,
            format=format,
            concurrency=concurrency,
            since=since,
            on_progress=progress.show,
        )
    write_line(_summary(directory, report))
    _tell_failures(report)
    return Status.PARTLY_FAILED if report.failures else Status.DONE


class _Shown:
    """A bar, for a person."""

    def __init__(self) -> None:
        self._bars = Bars(
            TextColumn("conversations"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rest]}"),
            TimeRemainingColumn(),
            console=messages(),
            transient=True,
        )
        self._task = self._bars.add_task("", total=None, rest="")
        self._started = time.monotonic()

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def show(self, progress: Progress) -> None:
        """Move the bar."""
        rest = _rest(progress, time.monotonic() - self._started)
        self._bars.update(self._task, completed=progress.done, total=progress.total, rest=rest)


class _Told:
    """A line now and then, for a log."""

    def __init__(self) -> None:
        self._started = self._told = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is left to do."""

    def show(self, progress: Progress) -> None:
        """Tell how far it is, if the last line was long ago."""
        now = time.monotonic()
        if now - self._told < _SECONDS_BETWEEN_LINES:
            return
        self._told = now
        total = "?" if progress.total is None else progress.total
        rest = _rest(progress, now - self._started)
        left = _left(progress, now - self._started)
        messages().print(f"{progress.done} of {total} conversations; {rest}; {left}")


def _rest(progress: Progress, seconds: float) -> str:
    rate = progress.fetched / seconds if seconds else 0.0
    told = [f"{rate:.0f}/s"]
    if progress.recordings:
        told.append(f"{progress.recordings} recordings")
    told.append(f"{progress.failed} failed")
    return ", ".join(told)


def _left(progress: Progress, seconds: float) -> str:
    if not progress.total or not progress.done:
        return "time left unknown"
    left = seconds * (progress.total - progress.done) / progress.done
    return f"{max(left, 0):.0f} s left"


def _summary(directory: str, report: ExportReport) -> str:
    parts = [f"{report.conversations} conversations", f"{report.fetched} fetched now"]
    if report.in_progress:
        parts.append(f"{report.in_progress} still going on")
    if report.recordings:
        parts.append(f"{report.recordings} recordings saved now")
    if report.failures:
        parts.append(f"{len(report.failures)} failed")
    return f"{plain(directory)}: {', '.join(parts)}"


def _tell_failures(report: ExportReport) -> None:
    for failure in report.failures[:_FAILURES_SHOWN]:
        reason = plain(failure.reason)
        known = f" (correlation id {plain(failure.correlation_id)})" * bool(failure.correlation_id)
        messages().print(f"{plain(failure.conversation_id)}: {reason}{known}", soft_wrap=True)
    if len(report.failures) > _FAILURES_SHOWN:
        messages().print(f"and {len(report.failures) - _FAILURES_SHOWN} more")
    if report.failures:
        messages().print("the next run tries them again", soft_wrap=True)
