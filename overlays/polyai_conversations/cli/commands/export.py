"""The command `export`: write all conversations to a directory."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

from polyai_conversations._export.options import Format
from polyai_conversations.cli.console import stderr_console, write_line
from polyai_conversations.cli.exit_codes import ExitCode
from polyai_conversations.cli.formatting import sanitize
from polyai_conversations.cli.options import ConnectionOptions
from polyai_conversations.cli.progress import ProgressBar, ProgressLog
from polyai_conversations.export import ExportReport, export
from polyai_conversations.filters import ConversationFilter
from polyai_conversations.transcripts import TranscriptFormat
from polyai_conversations_api.models import GetConversationAudioDirection

_MAX_FAILURES_PRINTED: Final = 20
_FILTER_ARGUMENT: Final = re.compile(r"\b(?:channel|client_env|direction|min_score|max_score)\b")


def export_conversations(
    options: ConnectionOptions,
    directory: str,
    *,
    details: bool,
    audio: GetConversationAudioDirection | None,
    redacted: bool,
    format: Format,  # noqa: A002 - named after the option
    transcripts: TranscriptFormat | None,
    concurrency: int,
    since: datetime | None,
    until: datetime | None,
    where: ConversationFilter | None,
    refresh: bool,
) -> int:
    """Export conversations, print a summary and return the exit code."""
    progress = ProgressBar() if stderr_console().is_terminal else ProgressLog()
    with _resume_hint(directory), options.client() as client, progress:
        report = export(
            client,
            directory,
            details=details,
            audio=audio,
            redacted=redacted,
            format=format,
            transcripts=transcripts,
            concurrency=concurrency,
            since=since,
            until=until,
            where=where,
            refresh=refresh,
            on_progress=progress.update,
        )
    write_line(f"{sanitize(directory)}: {_summary(report, audio=audio)}")
    _print_failures(report)
    return ExitCode.PARTIAL_FAILURE if report.failures else ExitCode.SUCCESS


def make_filter(*, min_duration: float | None, **arguments: Any) -> ConversationFilter | None:
    """Return a filter with these arguments, or None if none is given.

    Args:
        min_duration: The shortest duration, in seconds.
        arguments: The other arguments of `ConversationFilter`.

    Raises:
        ValueError: An argument is invalid; the message names its option.
    """
    given = {name: value for name, value in arguments.items() if value not in (None, [])}
    if min_duration is not None:
        given["min_duration"] = _seconds(min_duration)
    try:
        return ConversationFilter(**given) if given else None
    except ValueError as error:
        raise ValueError(_FILTER_ARGUMENT.sub(_option_name, str(error))) from None


def _seconds(seconds: float) -> timedelta:
    try:
        return timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        raise ValueError(f"--min-duration must be a number of seconds, not {seconds}") from None


def _option_name(argument: re.Match[str]) -> str:
    return "--" + argument[0].removeprefix("client_").replace("_", "-")


@contextmanager
def _resume_hint(directory: str) -> Generator[None]:
    """Print how to continue if the user interrupts the export."""
    try:
        yield
    except KeyboardInterrupt:
        stderr_console().print(
            f"what was fetched is kept in {sanitize(directory)}; run the same command again to "
            "continue",
            soft_wrap=True,
        )
        raise


def _summary(report: ExportReport, *, audio: GetConversationAudioDirection | None) -> str:
    parts = [_count(report.conversations, "conversation"), f"{report.fetched} fetched now"]
    if report.existing:
        parts.append(f"{report.existing} already there")
    if report.excluded:
        parts.append(f"{report.excluded} left out by filters")
    if report.in_progress:
        no_recording = "" if audio is None else " (no recording yet)"
        parts.append(f"{report.in_progress} still in progress{no_recording}")
    if report.recordings:
        parts.append(f"{_count(report.recordings, 'recording')} saved now")
    if report.transcripts:
        parts.append(f"{_count(report.transcripts, 'transcript')} written now")
    if report.failures:
        parts.append(f"{len(report.failures)} failed")
    return ", ".join(parts)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _print_failures(report: ExportReport) -> None:
    if not report.failures:
        return
    for failure in report.failures[:_MAX_FAILURES_PRINTED]:
        line = f"{sanitize(failure.conversation_id)}: {sanitize(failure.reason)}"
        if failure.correlation_id:
            line += f" (correlation id {sanitize(failure.correlation_id)})"
        stderr_console().print(line, soft_wrap=True)
    if len(report.failures) > _MAX_FAILURES_PRINTED:
        stderr_console().print(f"and {len(report.failures) - _MAX_FAILURES_PRINTED} more")
    stderr_console().print("the next run retries them", soft_wrap=True)
