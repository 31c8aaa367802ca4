"""Formats the server's values for a terminal.

The functions are pure, and what they return contains no control characters.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final

from polyai_conversations._printable import printable
from polyai_conversations.views.values import format_local

_FORMULA_STARTS: Final = ("=", "+", "-", "@")


def sanitize(value: object) -> str:
    """Format a JSON value on one line, with control characters escaped; None becomes ''."""
    if value is None:
        return ""
    return printable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def without_formula(cell: str) -> str:
    """Put an apostrophe before a cell that a spreadsheet would take for a formula."""
    return f"'{cell}" if cell.lstrip().startswith(_FORMULA_STARTS) else cell


def local_time(moment: datetime | None) -> str:
    """Format a moment in local time, to the second; None becomes ''."""
    return format_local(moment, "%Y-%m-%d %H:%M:%S")


def local_minute(moment: datetime | None) -> str:
    """Format a moment in local time, to the minute; None becomes ''."""
    return format_local(moment, "%Y-%m-%d %H:%M")


def zoned_time(moment: datetime | None) -> str:
    """Format a moment in local time, with the name of the time zone; None becomes ''."""
    return format_local(moment, "%Y-%m-%d %H:%M:%S %Z")


def shorten_middle(text: str, width: int) -> str:
    """Shorten a text to a width by leaving out its middle."""
    if len(text) <= width:
        return text
    tail = (width - 1) // 2
    return f"{text[: width - 1 - tail]}…{text[len(text) - tail :]}"


def local_clock(moment: datetime | None) -> str:
    """Format the time of day of a moment in local time, to the second; None becomes ''."""
    return format_local(moment, "%H:%M:%S")
