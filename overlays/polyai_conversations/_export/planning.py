"""Decides what an export must fetch for each conversation; no I/O."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

import attrs

from polyai_conversations._http.raw_json import RawSummary
from polyai_conversations.views import view

from .options import ExportOptions
from .row_fingerprint import RowFingerprint, has_changed, row_fingerprint
from .state_store import StoredState

_CHANNELS_WITHOUT_RECORDINGS: Final = {"CHAT", "RCS", "SMS", "WEBCHAT"}


@attrs.frozen
class FetchTask:
    """What to fetch for one conversation.

    Attributes:
        conversation_id: The conversation.
        summary: The summary from the list as JSON text, if that is what the export stores.
        fetch_detail: Whether to fetch the full conversation.
        in_progress: Whether the conversation has not ended, according to the list.
        row: The fingerprint of its row in the list; None if its record is up to date.
        recording: The file to save the recording to, or None.
        is_recording_listed: Whether the list says that there is a recording.
    """

    conversation_id: str
    summary: str | None
    fetch_detail: bool
    in_progress: bool
    row: RowFingerprint | None
    recording: Path | None
    is_recording_listed: bool


def is_selected(summary: RawSummary, options: ExportOptions) -> bool:
    """Return whether the options include a conversation.

    `since` and `until` leave out no conversation without a start time.
    """
    if options.since is None and options.until is None and options.where is None:
        return True
    call = view(summary)
    if call.started_at is not None and not _is_in_period(call.started_at, options):
        return False
    return options.where is None or bool(options.where(call))


def _is_in_period(moment: datetime, options: ExportOptions) -> bool:
    return (options.since is None or moment >= options.since) and (
        options.until is None or moment < options.until
    )


def plan_fetch(
    summary: RawSummary, state: StoredState, recording: Path | None, options: ExportOptions
) -> FetchTask | None:
    """Decide what to fetch for a conversation.

    Args:
        summary: The conversation in the list.
        state: What earlier runs have stored for it.
        recording: The file for its recording, if one is requested and missing.
        options: The options of the export.

    Returns:
        What to fetch, or None if the export has everything.
    """
    in_progress = summary.in_progress is True
    wants_detail = options.details or state.kind == "detail"
    is_outdated = options.refresh or state.in_progress or has_changed(summary, state.row)
    needs_record = is_outdated or (wants_detail and state.kind != "detail")
    task = FetchTask(
        conversation_id=summary.conversation_id,
        summary=summary.raw_json if needs_record and not wants_detail else None,
        fetch_detail=needs_record and wants_detail,
        in_progress=in_progress,
        row=row_fingerprint(summary) if needs_record else None,
        recording=recording if may_have_recording(summary) else None,
        is_recording_listed=bool(summary.audio_url),
    )
    return task if task.summary or task.fetch_detail or task.recording else None


def may_have_recording(summary: RawSummary) -> bool:
    """Return whether to ask for the recording of a conversation.

    A call may have one although its row in the list has no `audioUrl`: in the recorded responses,
    the row of no call had one.
    """
    if summary.in_progress is True:
        return False
    return bool(summary.audio_url) or summary.channel not in _CHANNELS_WITHOUT_RECORDINGS
