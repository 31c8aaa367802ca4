"""Inserts and deletes conversations while a client reads the list."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from .seeded_random import SeededRandom

if TYPE_CHECKING:
    from .store import ConversationStore

ChangeRate = float | Mapping[int, int]
"""Changes per list request on average, or the number of changes by request number, from 1."""


class ListMutator:
    """Changes a store before each list request, in the same way for the same seed.

    Args:
        store: The conversations.
        insertions: How many conversations to insert per request. They are newer than all others,
            so they come first.
        deletions: How many conversations to delete per request, at random positions.
        seed: Determines those positions.

    """

    def __init__(
        self, store: ConversationStore, insertions: ChangeRate, deletions: ChangeRate, seed: int
    ) -> None:
        self._store = store
        self._insertions = insertions
        self._deletions = deletions
        self._random = SeededRandom(f"{seed}:deletions")
        self._requests = 0

    def before_request(self) -> None:
        """Make the changes that are due before the next list request."""
        self._requests += 1
        for _ in range(_due(self._insertions, self._requests)):
            self._store.insert()
        for _ in range(min(_due(self._deletions, self._requests), self._store.count)):
            self._store.delete(self._random.integer(0, self._store.count - 1))


def _due(rate: ChangeRate, request: int) -> int:
    if isinstance(rate, Mapping):
        return rate.get(request, 0)
    return math.floor(request * rate) - math.floor((request - 1) * rate)
