"""Holds the API key so that it is not shown where values are printed."""

from __future__ import annotations

import re
from functools import cached_property
from typing import NoReturn


class ApiKey:
    """An API key whose `repr` hides it.

    Error trackers record the local variables of a frame by their `repr`.

    Args:
        value: The key as it was passed; it may not be a valid one.
    """

    def __init__(self, value: object) -> None:
        self._value = value

    @property
    def value(self) -> object:
        """The key as it was passed."""
        return self._value

    def reveal(self) -> str:
        """Return the text of a valid key."""
        return str(self._value)

    def redact(self, text: str) -> str:
        """Replace the key by `[key]`, even in UTF-16, or escaped as in JSON or in URLs."""
        return self._pattern.sub("[key]", text)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(r"\x00{0,3}".join(map(_letter_pattern, self.reveal())))

    def __repr__(self) -> str:
        return f"{type(self).__name__}('…')"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an API key cannot be pickled; pass it where you use it")


def _letter_pattern(letter: str) -> str:
    # Each alternative starts with a fixed character, so that the search skips all other characters:
    # it takes a quarter of the time.
    code, escaped = f"(?i:{ord(letter):02x})", re.escape(letter)
    return rf"(?:\\u00{code}|%{code}|\\{escaped}|{escaped})"
