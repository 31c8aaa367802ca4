"""A recording as bytes that can be read from anywhere, without holding all of a long one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from .voice import HEADER_SIZE, header, recording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .voice import Direction, Timeline

MEBIBYTE: Final = 2**20
LONGEST: Final = 4_095
"""Mebibytes that the sizes of a RIFF header can still say."""

_PIECE: Final = MEBIBYTE // 4
_KEPT: Final = 16


@dataclass(frozen=True, slots=True)
class Tape:
    """A head, and a loop that goes round after it until the size is reached.

    Attributes:
        head: The first bytes.
        loop: What is repeated; empty where the head is all.
        size: Number of bytes in all.
        etag: A strong validator: the same for the same bytes alone.

    """

    head: bytes
    loop: bytes
    size: int
    etag: str

    def pieces(self, start: int, stop: int) -> Iterator[bytes]:
        """Give the bytes from `start` to before `stop`, in pieces fit for sending."""
        while start < stop:
            piece = self._from(start)[: min(_PIECE, stop - start)]
            yield bytes(piece)
            start += len(piece)

    def _from(self, start: int) -> memoryview:
        if start < len(self.head):
            return memoryview(self.head)[start:]
        return memoryview(self.loop)[(start - len(self.head)) % len(self.loop) :]


@lru_cache(maxsize=_KEPT)
def tape(
    timeline: Timeline, direction: Direction, *, redacted: bool, mebibytes: int | None
) -> Tape:
    """Record a call; with a size, its speech is repeated until the file has that size."""
    file = recording(timeline, direction, redacted=redacted)
    if mebibytes is None:
        return _tape(file, b"", len(file))
    size = mebibytes * MEBIBYTE
    speech = file[HEADER_SIZE:]
    loop = speech * (MEBIBYTE // len(speech) + 1)
    return _tape(header(size - HEADER_SIZE), loop, size)


def _tape(head: bytes, loop: bytes, size: int) -> Tape:
    digest = hashlib.sha256(b"%d:" % size + head + loop).hexdigest()
    return Tape(head, loop, size, f'"{digest[:32]}"')
