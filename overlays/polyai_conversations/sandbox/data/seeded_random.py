"""Random draws that are the same on every Python version and every machine."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")


class SeededRandom:
    """Random draws that depend only on a seed.

    Every draw uses `random()`, the only method of `random.Random` whose sequence Python keeps
    stable across versions.

    Args:
        seed: Text that determines all draws.

    """

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed).random  # noqa: S311 - not for cryptography

    def chance(self, probability: float) -> bool:
        """Return True with this probability, from 0 to 1."""
        return self._random() < probability

    def integer(self, low: int, high: int) -> int:
        """Return an integer from `low` to `high`, both included."""
        return low + int(self._random() * (high - low + 1))

    def choice(self, options: Sequence[T]) -> T:
        """Return one of the options, each equally likely."""
        return options[int(self._random() * len(options))]
