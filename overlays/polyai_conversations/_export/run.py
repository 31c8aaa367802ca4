"""One run of an export: what it must fetch, and what it has fetched; no network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import httpx

from polyai_conversations._audio.saved import is_complete
from polyai_conversations._http.raw_json import RawSummary, raw_json
from polyai_conversations._http.response_parsing import parse_response
from polyai_conversations_api.api.conversations import get_conversation

from .directory import ExportDirectory
from .options import ExportOptions
from .planning import FetchTask, is_selected, plan_fetch
from .report import ExportReport, Failure, OnProgress, Progress
from .state_store import FetchResult


class ExportRun:
    """One run of an export.

    Args:
        directory: The directory of the export, opened.
        options: What to export.
        on_progress: Called with the progress after each conversation.
    """

    def __init__(
        self, directory: ExportDirectory, options: ExportOptions, on_progress: OnProgress | None
    ) -> None:
        self._directory = directory
        self._options = options
        self._on_progress = on_progress
        self._progress = Progress()
        self._position = 0
        self._excluded = 0

    @property
    def audio_params(self) -> dict[str, Any]:
        """The arguments of `save_audio` for every recording."""
        return {"direction": self._options.audio, "redacted": self._options.redacted}

    def plan(self, summary: RawSummary, total: int | None) -> FetchTask | None:
        """Decide what to fetch for the next conversation of the list, or None if nothing."""
        self._position += 1
        task = self._plan(summary)
        self._update(total=total, done=self._progress.done + (task is None))
        return task

    def add_result(self, result: FetchResult) -> None:
        """Store what was fetched, and report progress."""
        self._directory.state.save_result(result)
        before = self._progress
        self._update(
            done=before.done + 1,
            fetched=before.fetched + (result.record is not None),
            recordings=before.recordings + (result.recording is not None),
            failed=before.failed + (result.failure is not None),
        )

    def finish(self) -> ExportReport:
        """Write the files, and report the result."""
        self._directory.write_records()
        writes_tables = self._options.format == "parquet" or self._directory.has_tables
        tables = self._directory.write_tables() if writes_tables else ()
        transcripts = self._directory.write_transcripts(self._options.transcripts)
        stored, in_progress = self._directory.state.counts()
        return ExportReport(
            files=(self._directory.records, *tables),
            conversations=stored,
            fetched=self._progress.fetched,
            existing=stored - self._progress.fetched,
            excluded=self._excluded,
            in_progress=in_progress,
            recordings=self._progress.recordings,
            transcripts=transcripts,
            failures=self._directory.state.failures(),
        )

    def _plan(self, summary: RawSummary) -> FetchTask | None:
        if not is_selected(summary, self._options):
            self._excluded += 1
            return None
        state = self._directory.state.upsert_seen(summary.conversation_id, self._position)
        recording = self._directory.recording_path(summary.conversation_id, self._options)
        if recording is not None and self._is_up_to_date(recording):
            recording = None
        return plan_fetch(summary, state, recording, self._options)

    def _is_up_to_date(self, recording: Path) -> bool:
        return (
            not self._options.refresh
            and is_complete(recording)
            and not self._directory.state.is_outdated(recording.name)
        )

    def _update(self, **changes: Any) -> None:
        self._progress = attrs.evolve(self._progress, **changes)
        if self._on_progress is not None:
            self._on_progress(self._progress)


def summary_result(task: FetchTask) -> FetchResult:
    """Return the result before anything is fetched; it has the summary if that will be stored.

    The recording counts as missed until it is saved.
    """
    missed_recording = None if task.recording is None else task.recording.name
    result = FetchResult(task.conversation_id, row=task.row, missed_recording=missed_recording)
    if task.summary is None:
        return result
    return attrs.evolve(
        result,
        kind="summary",
        record=_encode(task.summary),
        in_progress=task.in_progress,
    )


def with_detail(result: FetchResult, response: httpx.Response) -> FetchResult:
    """Add the full conversation to a result.

    Raises:
        ResponseValidationError: It violates the contract.
    """
    detail = parse_response(get_conversation, response)
    return attrs.evolve(
        result,
        kind="detail",
        record=_encode(raw_json(response)),
        in_progress=detail.in_progress is True,
    )


def with_recording(result: FetchResult, recording: Path) -> FetchResult:
    """Add a recording that was saved to a result."""
    return attrs.evolve(result, recording=recording.name, missed_recording=None)


def with_failure(result: FetchResult, error: Exception) -> FetchResult:
    """Add an error to a result."""
    correlation_id = getattr(error, "correlation_id", None)
    return attrs.evolve(result, failure=Failure(result.conversation_id, str(error), correlation_id))


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
