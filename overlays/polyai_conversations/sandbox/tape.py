"""A recording as bytes that can be read from anywhere, without holding all of a long one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from .voice import HEADER_SIZE, Span, Timeline, header, recording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .voice import Direction

MEBIBYTE: Final = 2**20
LONGEST: Final = 4_095
"""Mebibytes that the sizes of a RIFF header can still say."""

_PIECE: Final = MEBIBYTE // 4
_KEPT: Final = 64
_MONOTONY: Final = (
    Span("agent", 0, 9_000, personal=False),
    Span("user", 9_000, 18_000, personal=False),
    Span("user", 18_000, 27_000, personal=True),
)


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


def tape(timeline: Timeline, direction: Direction, *, redacted: bool) -> Tape:
    """Record a call."""
    file = recording(timeline, direction, redacted=redacted)
    return Tape(file, b"", len(file), _etag(timeline, direction, redacted))


def long_tape(timeline: Timeline, direction: Direction, *, redacted: bool, mebibytes: int) -> Tape:
    """Record a call of the same voices that fills a file of this size.

    They say the same over and over, which makes it cheap; each call begins at another place of it.
    """
    size = mebibytes * MEBIBYTE
    etag = _etag(timeline, direction, redacted, size)
    loop = _endless(timeline.user_period, direction, redacted=redacted)
    start = int(etag[1:9], 16) % (len(loop) // 2) * 2
    return Tape(header(size - HEADER_SIZE), loop[start:] + loop[:start], size, etag)


@lru_cache(maxsize=_KEPT)
def _endless(user_period: int, direction: Direction, *, redacted: bool) -> bytes:
    timeline = Timeline(_MONOTONY, _MONOTONY[-1].end // 1_000, user_period)
    speech = recording(timeline, direction, redacted=redacted)[HEADER_SIZE:]
    return speech * (MEBIBYTE // len(speech) + 1)


def _etag(*described: object) -> str:
    """Name bytes by what they are made from: the same gives the same bytes."""
    digest = hashlib.sha256(repr(described).encode()).hexdigest()
    return f'"{digest[:32]}"'
