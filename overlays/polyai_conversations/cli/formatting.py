"""Formats the server's values for a terminal.

The functions are pure, and what they return contains no control characters.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

_JOINERS: Final = "\u200c\u200d"  # format characters that emoji and some scripts need
_UNSAFE_CATEGORIES: Final = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_MINUTE: Final = 60
_HOUR: Final = 3600
_MAX_DURATION: Final = 10**9


def sanitize(value: object) -> str:
    """Format a JSON value on one line, with control characters escaped; None becomes ''."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_escape, text))


def local_time(value: object) -> str:
    """Format a timestamp in local time, to the second; any other value is only sanitized."""
    moment = _parse_timestamp(value)
    return sanitize(value) if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}"


def local_clock(value: object) -> str:
    """Format the time of day of a timestamp in local time."""
    moment = _parse_timestamp(value)
    return sanitize(value) if moment is None else f"{moment:%H:%M:%S}"


def duration(value: object) -> str:
    """Format a number of seconds as `1:31` or `1:02:03`; any other value is only sanitized."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return sanitize(value)
    if not 0 <= value < _MAX_DURATION:
        return sanitize(value)
    minutes, seconds = divmod(round(value), _MINUTE)
    if value < _HOUR:
        return f"{minutes}:{seconds:02}"
    return f"{minutes // _MINUTE}:{minutes % _MINUTE:02}:{seconds:02}"


def handoff(conversation: Mapping[str, Any]) -> str:
    """Return where a conversation was handed off to, `yes` if that is unknown, or `no`."""
    value = conversation.get("handoff")
    if value is True:
        return sanitize(conversation.get("handoffDestination")) or "yes"
    return "no" if value is False else sanitize(value)


def summary(conversation: Mapping[str, Any]) -> tuple[str, str]:
    """Return the heading and the content of a conversation's summary.

    The API sends the summary as an object, as JSON of that object in a string, or as plain text.
    Plain text, or a summary without a heading, is returned as the heading, with an empty content.
    """
    value = conversation.get("shortSummary")
    try:
        parts = json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        parts = None
    if not isinstance(parts, dict):
        return sanitize(value), ""
    heading, content = sanitize(parts.get("heading")), sanitize(parts.get("content"))
    return (heading, content) if heading else (content, "")


def _escape(character: str) -> str:
    if character in "\n\r\t":
        return " "
    if unicodedata.category(character) not in _UNSAFE_CATEGORIES or character in _JOINERS:
        return character
    return character.encode("unicode_escape").decode()


def _parse_timestamp(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        return moment.astimezone() if moment and moment.tzinfo else None
    except (ValueError, OverflowError, OSError):
        return None
