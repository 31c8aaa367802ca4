"""What an export reports: its progress, its result, and its failures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import attrs


@attrs.frozen
class Failure:
    """A conversation that could not be exported completely; the next run tries again.

    Attributes:
        conversation_id: The conversation.
        reason: The error message.
        correlation_id: Identifies the request in PolyAI's logs, if one failed.
    """

    conversation_id: str
    reason: str
    correlation_id: str | None


@attrs.frozen
class Progress:
    """The progress of an export.

    Attributes:
        done: Conversations that need nothing more from this run, because it fetched them, failed
            to, or left them out, or because an earlier run completed them.
        total: Conversations in the list, or None before it is known.
        fetched: Conversations fetched so far.
        recordings: Recordings saved so far.
        failed: Conversations that failed so far.
    """

    done: int = 0
    total: int | None = None
    fetched: int = 0
    recordings: int = 0
    failed: int = 0


@attrs.frozen
class ExportReport:
    """The result of an export.

    Attributes:
        files: The files with the conversations.
        conversations: Number of conversations in them.
        fetched: How many of these this run fetched, for the first time or again.
        existing: How many of these were there already and were not fetched.
        in_progress: How many of these had not ended, so that they have no recording yet; the next
            run fetches them again.
        excluded: Number of conversations in the list that `since`, `until` and `where` left out.
        recordings: Number of recordings that this run saved.
        transcripts: Number of transcripts that this run wrote.
        failures: The conversations that could not be exported completely.
    """

    files: tuple[Path, ...]
    conversations: int
    fetched: int
    existing: int
    in_progress: int
    excluded: int
    recordings: int
    transcripts: int
    failures: tuple[Failure, ...]


OnProgress = Callable[[Progress], object]
"""Called with the progress after each conversation."""
