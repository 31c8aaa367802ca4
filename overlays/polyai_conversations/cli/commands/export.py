"""The command `export`: write all conversations to a directory."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from polyai_conversations._export.options import Audio, Format
from polyai_conversations.cli.console import stderr_console, write_line
from polyai_conversations.cli.exit_codes import ExitCode
from polyai_conversations.cli.formatting import sanitize
from polyai_conversations.cli.options import ConnectionOptions
from polyai_conversations.cli.progress import ProgressBar, ProgressLog
from polyai_conversations.export import ExportReport, export
from polyai_conversations.transcripts import TranscriptFormat

_MAX_FAILURES_PRINTED: Final = 20


def export_conversations(
    options: ConnectionOptions,
    directory: str,
    *,
    details: bool,
    audio: Audio | None,
    redacted: bool,
    format: Format,  # noqa: A002 - named after the option
    transcripts: TranscriptFormat | None,
    concurrency: int,
    since: datetime | None,
) -> int:
    """Export conversations, print a summary and return the exit code."""
    progress = ProgressBar() if stderr_console().is_terminal else ProgressLog()
    with options.client() as client, progress:
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
            on_progress=progress.update,
        )
    write_line(f"{sanitize(directory)}: {_summary(report)}")
    _print_failures(report)
    return ExitCode.PARTIAL_FAILURE if report.failures else ExitCode.SUCCESS


def _summary(report: ExportReport) -> str:
    parts = [f"{report.conversations} conversations", f"{report.fetched} fetched now"]
    if report.in_progress:
        parts.append(f"{report.in_progress} still in progress")
    if report.recordings:
        parts.append(f"{report.recordings} recordings saved now")
    if report.transcripts:
        parts.append(f"{report.transcripts} transcripts written now")
    if report.failures:
        parts.append(f"{len(report.failures)} failed")
    return ", ".join(parts)


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
