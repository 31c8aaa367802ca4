"""Holds the API key so that it is not shown where values are printed."""

from __future__ import annotations

from typing import NoReturn


class ApiKey:
    """An API key whose `repr` hides it.

    Error trackers record the local variables of a frame by their `repr`.

    Args:
        value: The key as it was passed; it may not be a valid one.
    """

    __slots__ = ("_value",)

    def __init__(self, value: object) -> None:
        self._value = value

    @property
    def value(self) -> object:
        """The key as it was passed."""
        return self._value

    def reveal(self) -> str:
        """Return the text of a valid key."""
        return str(self._value)

    def __repr__(self) -> str:
        return f"{type(self).__name__}('…')"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an API key cannot be pickled; pass it where you use it")
