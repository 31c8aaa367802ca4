"""Formats the server's values for a terminal.

The functions are pure, and what they return contains no control characters.
"""

from __future__ import annotations

import json
import unicodedata
from datetime import datetime
from typing import Final

_JOINERS: Final = "\u200c\u200d"  # format characters that emoji and some scripts need
_UNSAFE_CATEGORIES: Final = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def sanitize(value: object) -> str:
    """Format a JSON value on one line, with control characters escaped; None becomes ''."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_escape, text))


def local_time(moment: datetime | None) -> str:
    """Format a moment in local time, to the second; None becomes ''."""
    return _format_local(moment, "%Y-%m-%d %H:%M:%S")


def local_clock(moment: datetime | None) -> str:
    """Format the time of day of a moment in local time, to the second; None becomes ''."""
    return _format_local(moment, "%H:%M:%S")


def _escape(character: str) -> str:
    if character in "\n\r\t":
        return " "
    if unicodedata.category(character) not in _UNSAFE_CATEGORIES or character in _JOINERS:
        return character
    return character.encode("unicode_escape").decode()


def _format_local(moment: datetime | None, template: str) -> str:
    if moment is None:
        return ""
    try:
        return moment.astimezone().strftime(template)
    except (ValueError, OverflowError, OSError):  # the local time is out of range
        return moment.isoformat()
