"""Makes text from outside safe to print on one line of a terminal or a log."""

from __future__ import annotations

import unicodedata
from typing import Final

_MAX_EXCERPT: Final = 200
_BYTES_PER_CHARACTER: Final = 4  # at most, in UTF-8
_JOINERS: Final = "\u200c\u200d"  # format characters that emoji and some scripts need
_UNSAFE_CATEGORIES: Final = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def printable(text: str) -> str:
    """Escape control characters, bidirectional marks and surrogates; line breaks become spaces."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_escape, text))


def excerpt(body: bytes) -> str:
    """Return the beginning of a body of text on one line, with control characters escaped."""
    beginning = body[: _BYTES_PER_CHARACTER * (_MAX_EXCERPT + 1)].decode(errors="replace")
    text = printable(" ".join(beginning.split()))
    return text if len(text) <= _MAX_EXCERPT else f"{text[:_MAX_EXCERPT]}…"


def _escape(character: str) -> str:
    if character in "\n\r\t":
        return " "
    if unicodedata.category(character) not in _UNSAFE_CATEGORIES or character in _JOINERS:
        return character
    return character.encode("unicode_escape").decode()
