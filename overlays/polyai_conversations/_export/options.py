"""The options of an export, checked before anything is sent."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from importlib.util import find_spec
from typing import Any, Final, Literal, get_args

import attrs

from polyai_conversations.transcripts import SUFFIXES, TranscriptFormat

Audio = Literal["combined", "user", "agent"]
Format = Literal["jsonl", "parquet"]
FORMATS: Final = get_args(Format)
_DIRECTIONS: Final = get_args(Audio)


@attrs.frozen(kw_only=True)
class ExportOptions:
    """What to export.

    Attributes:
        details: Whether to fetch each conversation with its turns, which transcripts need.
        audio: The speakers in the recordings, or None for no recordings.
        redacted: Whether personal data is silenced in the recordings.
        format: The format of the conversations.
        transcripts: The format of the transcripts, or None for none.
        since: Conversations that started before this moment are left out.
    """

    details: bool
    audio: Audio | None
    redacted: bool
    format: Format
    transcripts: TranscriptFormat | None
    since: datetime | None


def check_options(
    *,
    details: object,
    audio: Any,
    redacted: object,
    format: Any,  # noqa: A002 - the option's name
    transcripts: Any,
    since: object,
) -> ExportOptions:
    """Check the options of an export.

    Raises:
        ValueError: An option is invalid; the message names it.
    """
    if not isinstance(details, bool):
        raise ValueError(f"details must be True or False, not {details!r}")
    if audio not in {None, *_DIRECTIONS}:
        raise ValueError(f"audio must be one of {', '.join(_DIRECTIONS)}, or None, not {audio!r}")
    if not isinstance(redacted, bool):
        raise ValueError(f"redacted must be True or False, not {redacted!r}")
    if redacted and audio is None:
        raise ValueError("redacted applies to recordings: choose them with audio")
    if format not in FORMATS:
        raise ValueError(f"format must be one of {', '.join(FORMATS)}, not {format!r}")
    if format == "parquet" and find_spec("pyarrow") is None:
        raise ValueError('format parquet needs pip install "polyai-conversations[parquet]"')
    if transcripts not in {None, *SUFFIXES}:
        raise ValueError(
            f"transcripts must be one of {', '.join(SUFFIXES)}, or None, not {transcripts!r}"
        )
    return ExportOptions(
        details=details or transcripts is not None,
        audio=audio,
        redacted=redacted,
        format=format,
        transcripts=transcripts,
        since=_moment(since),
    )


def _moment(since: object) -> datetime | None:
    if since is None:
        return None
    if not isinstance(since, date):
        raise ValueError(f"since must be a date or a datetime, not {since!r}")
    moment = since if isinstance(since, datetime) else datetime.combine(since, time())
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
