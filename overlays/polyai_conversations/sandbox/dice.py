"""Chance that falls the same way on every Python and every machine."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")


class Dice:
    """Draws that depend on a label alone.

    Everything comes from `random()`: Python promises to keep that sequence for a seed, but not
    what its other methods make of it.
    """

    def __init__(self, label: str) -> None:
        self._draw = random.Random(label).random  # noqa: S311  # stories, not secrets

    def chance(self, probability: float) -> bool:
        """Say yes with this probability, from 0 to 1."""
        return self._draw() < probability

    def whole(self, low: int, high: int) -> int:
        """Draw a whole number from `low` to `high`, both included."""
        return low + int(self._draw() * (high - low + 1))

    def pick(self, choices: Sequence[T]) -> T:
        """Draw one of the choices, all of them equally likely."""
        return choices[int(self._draw() * len(choices))]
