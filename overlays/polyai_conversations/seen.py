"""Which ids have come by, in 12 to 48 bytes for each, where a set of strings takes some 150."""

from __future__ import annotations

from array import array
from typing import Final

_FIRST_SLOTS: Final = 64
_MASK: Final = 0xFFFF_FFFF_FFFF_FFFF


class SeenIds:
    """A set of ids that can only grow, held as 64-bit hashes in one flat table.

    Two ids in a list of a million share a hash with a chance of 1 in 30 million.
    """

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * _FIRST_SLOTS))
        self._count = 0

    def add(self, id_: str) -> bool:
        """Take an id in, and tell whether it is new."""
        key = _key(id_)
        slot = _find(self._slots, key)
        if self._slots[slot]:
            return False
        self._slots[slot] = key
        self._count += 1
        if 3 * self._count > 2 * len(self._slots):
            self._grow()
        return True

    def __contains__(self, id_: str) -> bool:
        return bool(self._slots[_find(self._slots, _key(id_))])

    def __len__(self) -> int:
        return self._count

    def _grow(self) -> None:
        larger = array("Q", bytes(16 * len(self._slots)))
        for key in self._slots:
            if key:
                larger[_find(larger, key)] = key
        self._slots = larger


def _key(id_: str) -> int:
    return hash(id_) & _MASK or 1  # 0 marks a free slot


def _find(slots: array[int], key: int) -> int:
    """Give the slot that holds the key, or the free one where it belongs."""
    last = len(slots) - 1
    slot = key & last
    while slots[slot] and slots[slot] != key:
        slot = (slot + 1) & last
    return slot
