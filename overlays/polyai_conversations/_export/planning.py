"""Decides what an export must fetch for each conversation; no I/O."""

from __future__ import annotations

from pathlib import Path

import attrs

from polyai_conversations._http.raw_json import RawSummary
from polyai_conversations.views import view

from .options import ExportOptions
from .state_store import StoredState


@attrs.frozen
class FetchTask:
    """What to fetch for one conversation.

    Attributes:
        conversation_id: The conversation.
        summary: The summary from the list as JSON text, if that is what the export stores.
        fetch_detail: Whether to fetch the full conversation.
        in_progress: Whether the conversation has not ended, according to the list.
        recording: The file to save the recording to, or None.
    """

    conversation_id: str
    summary: str | None
    fetch_detail: bool
    in_progress: bool
    recording: Path | None


def is_selected(summary: RawSummary, options: ExportOptions) -> bool:
    """Return whether the options include a conversation; one without a start time always is."""
    if options.since is None:
        return True
    started = view(summary).started_at
    return started is None or started >= options.since


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
    needs_record = state.kind is None or state.in_progress
    wants_detail = options.details or state.kind == "detail"
    fetch_detail = wants_detail and (needs_record or state.kind != "detail")
    task = FetchTask(
        conversation_id=summary.conversation_id,
        summary=summary.raw_json if needs_record and not wants_detail else None,
        fetch_detail=fetch_detail,
        in_progress=in_progress,
        recording=recording if summary.audio_url and not in_progress else None,
    )
    return task if task.summary or task.fetch_detail or task.recording else None
