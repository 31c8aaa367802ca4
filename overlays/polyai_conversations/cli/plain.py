"""How the server's values read on a screen: pure, and nothing that a terminal would obey."""

from __future__ import annotations

import json
import unicodedata
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_JOINERS: Final = "\u200c\u200d"  # emoji and some scripts are written with them
_UNSAFE: Final = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_MINUTE: Final = 60
_HOUR: Final = 3600


def plain(value: object) -> str:
    """Write a value of JSON on one line, with nothing in it that steers a terminal."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_harmless, text))


def local_time(value: object) -> str:
    """Write a time in the machine's own zone, to the second; what is no time, as it came."""
    moment = _moment(value)
    return plain(value) if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}"


def local_clock(value: object) -> str:
    """Write the time of day alone."""
    moment = _moment(value)
    return plain(value) if moment is None else f"{moment:%H:%M:%S}"


def duration(value: object) -> str:
    """Write a number of seconds as `1:31` or `1:02:03`."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < 10**9:
        return plain(value)
    minutes, seconds = divmod(round(value), _MINUTE)
    if value < _HOUR:
        return f"{minutes}:{seconds:02}"
    return f"{minutes // _MINUTE}:{minutes % _MINUTE:02}:{seconds:02}"


def handoff(conversation: Mapping[str, Any]) -> str:
    """Say whether a conversation was handed over, and where to, if it is known."""
    value = conversation.get("handoff")
    if value is True:
        return plain(conversation.get("handoffDestination")) or "yes"
    return "no" if value is False else plain(value)


def summary(conversation: Mapping[str, Any]) -> tuple[str, str]:
    """Give a summary's heading and its text; a text without heading is its own."""
    value = conversation.get("shortSummary")
    try:
        parts = json.loads(value) if isinstance(value, str) else None
    except (ValueError, RecursionError):
        parts = None
    if not isinstance(parts, dict):
        return plain(value), ""
    heading, content = plain(parts.get("heading")), plain(parts.get("content"))
    return (heading, content) if heading else (content, "")


def _harmless(character: str) -> str:
    if character in "\n\r\t":
        return " "
    if unicodedata.category(character) not in _UNSAFE or character in _JOINERS:
        return character
    return character.encode("unicode_escape").decode()


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        return moment.astimezone() if moment and moment.tzinfo else None
    except (ValueError, OverflowError, OSError):
        return None
