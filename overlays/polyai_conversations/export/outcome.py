"""What an export tells: how far it is, what it fetched, what failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from pathlib import Path


@attrs.frozen
class Failure:
    """A conversation of which something could not be had; the next run tries again.

    Attributes:
        conversation_id: Which one.
        reason: What went wrong.
        correlation_id: Identifies the exchange in the vendor's logs, where there was one.

    """

    conversation_id: str
    reason: str
    correlation_id: str | None


@attrs.frozen
class Progress:
    """How far an export is.

    Attributes:
        done: Conversations that are done so far, by this run or by an earlier one.
        total: Conversations in the list, or None before it is known.
        fetched: Conversations that were fetched so far.
        recordings: Recordings that were saved so far.
        failed: Conversations that failed so far.

    """

    done: int = 0
    total: int | None = None
    fetched: int = 0
    recordings: int = 0
    failed: int = 0


@attrs.frozen
class ExportReport:
    """What an export did, and what its folder holds now.

    Attributes:
        files: The files with the conversations.
        conversations: Conversations in them.
        fetched: Of these, how many were fetched by this run.
        in_progress: Of these, how many were still going on; the next run fetches them again.
        recordings: Recordings that this run saved.
        failures: What could not be had.

    """

    files: tuple[Path, ...]
    conversations: int
    fetched: int
    in_progress: int
    recordings: int
    failures: tuple[Failure, ...]
