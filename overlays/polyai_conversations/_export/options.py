"""The options of an export, checked with its client before anything is sent."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from importlib.util import find_spec
from typing import Any, Final, Literal, get_args

import attrs

from polyai_conversations.filters import Where, check_where
from polyai_conversations.transcripts import SUFFIXES, TranscriptFormat
from polyai_conversations_api.models import GetConversationAudioDirection

Format = Literal["jsonl", "parquet"]
FORMATS: Final = get_args(Format)
_DIRECTIONS: Final = get_args(GetConversationAudioDirection)


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
        until: Conversations that started at this moment or later are left out.
        where: Conversations that it does not select are left out.
        refresh: Whether to fetch everything again.
    """

    details: bool
    audio: GetConversationAudioDirection | None
    redacted: bool
    format: Format
    transcripts: TranscriptFormat | None
    since: datetime | None
    until: datetime | None
    where: Where | None
    refresh: bool


def check_client(client: object, expected: type) -> None:
    """Check that a client is of the kind that an export needs.

    Raises:
        ValueError: It is not; the message names the function for the other kind.
    """
    if not isinstance(client, expected):
        kind = "None" if client is None else type(client).__name__
        raise ValueError(
            f"client must be of the type {expected.__name__}, not {kind}; export takes a "
            "ConversationsClient, and export_async takes an AsyncConversationsClient"
        )


def check_options(
    *,
    details: object,
    audio: Any,
    redacted: object,
    format: Any,  # noqa: A002 - the option's name
    transcripts: Any,
    since: object,
    until: object,
    where: Any,
    refresh: object,
) -> ExportOptions:
    """Check the options of an export.

    Raises:
        ValueError: An option is invalid; the message names it.
    """
    if not isinstance(details, bool):
        raise ValueError(f"details must be True or False, not {details!r}")
    if audio not in (None, *_DIRECTIONS):
        raise ValueError(f"audio must be one of {', '.join(_DIRECTIONS)}, or None, not {audio!r}")
    if not isinstance(redacted, bool):
        raise ValueError(f"redacted must be True or False, not {redacted!r}")
    if redacted and audio is None:
        raise ValueError("redacted applies to recordings: choose them with audio")
    if format not in FORMATS:
        raise ValueError(f"format must be one of {', '.join(FORMATS)}, not {format!r}")
    if format == "parquet" and find_spec("pyarrow") is None:
        raise ValueError('format parquet needs pip install "polyai-conversations[parquet]"')
    if not isinstance(refresh, bool):
        raise ValueError(f"refresh must be True or False, not {refresh!r}")
    if transcripts not in (None, *SUFFIXES):
        raise ValueError(
            f"transcripts must be one of {', '.join(SUFFIXES)}, or None, not {transcripts!r}"
        )
    check_where(where)
    first, end = _moment("since", since), _moment("until", until)
    if first is not None and end is not None and first >= end:
        raise ValueError(f"since must be before until, not {since} and {until}")
    return ExportOptions(
        details=details or transcripts is not None,
        audio=audio,
        redacted=redacted,
        format=format,
        transcripts=transcripts,
        since=first,
        until=end,
        where=where,
        refresh=refresh,
    )


def _moment(name: str, value: object) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, date):
        raise ValueError(f"{name} must be a date or a datetime, not {value!r}")
    moment = value if isinstance(value, datetime) else datetime.combine(value, time())
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
