"""What an export is asked for, and what of a conversation is still missing; no I/O."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import attrs

if TYPE_CHECKING:
    from pathlib import Path

    from polyai_conversations.verbatim import SentSummary

    from .ledger import Entry

Audio = Literal["combined", "user", "agent"]
Format = Literal["jsonl", "parquet"]
FORMATS: Final = get_args(Format)
_VOICES: Final = get_args(Audio)


@attrs.frozen(kw_only=True)
class Wish:
    """What an export is asked for.

    Attributes:
        details: Whether conversations come with their turns.
        audio: Whose voices are recorded, or None for no recordings.
        redacted: Whether personal data is silenced in them.
        format: What the conversations are written as.
        since: Conversations that began before it are left out.

    """

    details: bool
    audio: Audio | None
    redacted: bool
    format: Format
    since: datetime | None


@attrs.frozen
class Task:
    """What is to be fetched of one conversation.

    Attributes:
        conversation_id: Which one.
        summary: What the list says of it, as it was sent, where that is the record; else None.
        wants_detail: Whether its full record is.
        going_on: Whether it is in progress, by the list.
        recording: The file for its recording, where one is missing.

    """

    conversation_id: str
    summary: str | None
    wants_detail: bool
    going_on: bool
    recording: Path | None


def wish(
    *,
    details: object,
    audio: Any,
    redacted: object,
    format: Any,  # noqa: A002 - the option's name
    since: object,
) -> Wish:
    """Check what is asked for.

    Raises:
        ValueError: An option makes no sense; the text names it.

    """
    if not isinstance(details, bool):
        raise ValueError(f"details must be True or False, not {details!r}")
    if audio not in {None, *_VOICES}:
        raise ValueError(f"audio must be one of {', '.join(_VOICES)}, or None, not {audio!r}")
    if not isinstance(redacted, bool):
        raise ValueError(f"redacted must be True or False, not {redacted!r}")
    if redacted and audio is None:
        raise ValueError("redacted silences recordings, and none are asked for: say whose in audio")
    if format not in FORMATS:
        raise ValueError(f"format must be one of {', '.join(FORMATS)}, not {format!r}")
    if format == "parquet" and find_spec("pyarrow") is None:
        raise ValueError('format parquet needs pip install "polyai-conversations[parquet]"')
    return Wish(
        details=details, audio=audio, redacted=redacted, format=format, since=_instant(since)
    )


def is_wanted(summary: SentSummary, wish: Wish) -> bool:
    """Tell whether a conversation is late enough; one that does not say when it began is."""
    started = summary.started_at
    if wish.since is None or not isinstance(started, str):
        return True
    try:
        began = datetime.fromisoformat(started)
    except ValueError:
        return True
    if began.tzinfo is None:
        began = began.replace(tzinfo=UTC)
    return began >= wish.since


def missing(summary: SentSummary, entry: Entry, recording: Path | None, wish: Wish) -> Task | None:
    """Tell what is to be fetched of a conversation; None where all is there.

    Args:
        summary: What the list says of it.
        entry: What earlier runs have of it.
        recording: The file for its recording, if one is wanted and not there.
        wish: What is asked for.

    """
    going_on = summary.in_progress is True
    wants_record = entry.kind is None or entry.in_progress
    in_detail = wish.details or entry.kind == "detail"
    wants_detail = in_detail and (wants_record or entry.kind != "detail")
    task = Task(
        conversation_id=summary.conversation_id,
        summary=summary.sent if wants_record and not in_detail else None,
        wants_detail=wants_detail,
        going_on=going_on,
        recording=recording if summary.audio_url and not going_on else None,
    )
    return task if task.summary or task.wants_detail or task.recording else None


def _instant(since: object) -> datetime | None:
    if since is None:
        return None
    if not isinstance(since, date):
        raise ValueError(f"since must be a date or a datetime, not {since!r}")
    instant = since if isinstance(since, datetime) else datetime.combine(since, time())
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
