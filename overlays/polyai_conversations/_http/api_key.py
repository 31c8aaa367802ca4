"""Holds the API key so that it is not shown where values are printed."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Final, NoReturn

_SEPARATOR: Final = r"\x00{0,3}"
"""What is between the letters of a text in UTF-16 or UTF-32."""
_MIN_PART: Final = 4
"""How many of the key's first letters, at the end of a text, count as a part of the key."""
_ESCAPE_LENGTH: Final = len(r"\u0041")


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

    def redact_beginning(self, text: str) -> str:
        """Replace the key in the beginning of a text, even where that ends within the key."""
        redacted = self.redact(text)
        for match in re.finditer(_letter_pattern(self.reveal()[0]), redacted):
            start = match.start()
            if self._is_cut_off(redacted, start):
                return f"{redacted[:start]}[key]"
        return redacted

    def _is_cut_off(self, text: str, start: int) -> bool:
        """Return whether the key starts at a position and the text ends within it."""
        end = start
        for count, letter in enumerate(self._letters):
            match = letter.match(text, end)
            if match is None:
                # What is left may be a part of an escaped letter if it is short enough.
                return count >= _MIN_PART and len(text) - end < _ESCAPE_LENGTH
            end = match.end()
        return False

    @cached_property
    def _letters(self) -> list[re.Pattern[str]]:
        return [re.compile(_SEPARATOR + _letter_pattern(letter)) for letter in self.reveal()]

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(_SEPARATOR.join(map(_letter_pattern, self.reveal())))

    def __repr__(self) -> str:
        return f"{type(self).__name__}('…')"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an API key cannot be pickled; pass it where you use it")


def _letter_pattern(letter: str) -> str:
    # Each alternative starts with a fixed character, so that the search skips all other characters:
    # it takes a quarter of the time.
    code, escaped = f"(?i:{ord(letter):02x})", re.escape(letter)
    return rf"(?:\\u00{code}|%{code}|\\{escaped}|{escaped})"
