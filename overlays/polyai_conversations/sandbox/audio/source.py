"""Produces the bytes of a recording from any offset, without holding a long one in memory."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from .synthesis import HEADER_SIZE, synthesize, wav_header
from .timeline import Span, Timeline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .synthesis import Direction

MEBIBYTE: Final = 2**20
MAX_MEBIBYTES: Final = 4_095
"""The largest recording whose size fits into a RIFF header, in mebibytes."""

_CHUNK_SIZE: Final = MEBIBYTE // 4
_MAX_CACHED_LOOPS: Final = 64
_LOOPED_SPANS: Final = (
    Span("agent", 0, 9_000, personal=False),
    Span("user", 9_000, 18_000, personal=False),
    Span("user", 18_000, 27_000, personal=True),
)


@dataclass(frozen=True, slots=True)
class AudioSource:
    """A recording: leading bytes, then a loop that repeats up to the full size.

    Attributes:
        head: The first bytes.
        loop: The bytes to repeat; empty if `head` is the whole recording.
        size: Total number of bytes.
        etag: A strong validator: equal ETags mean equal bytes.

    """

    head: bytes
    loop: bytes
    size: int
    etag: str

    def chunks(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield the bytes from `start` up to but excluding `stop`, in chunks of up to 256 KiB."""
        while start < stop:
            chunk = self._from(start)[: min(_CHUNK_SIZE, stop - start)]
            yield bytes(chunk)
            start += len(chunk)

    def _from(self, start: int) -> memoryview:
        if start < len(self.head):
            return memoryview(self.head)[start:]
        return memoryview(self.loop)[(start - len(self.head)) % len(self.loop) :]


def call_audio(timeline: Timeline, direction: Direction, *, redacted: bool) -> AudioSource:
    """Return the recording of a call, as long as the call."""
    file = synthesize(timeline, direction, redacted=redacted)
    return AudioSource(file, b"", len(file), _etag(timeline, direction, redacted))


def sized_audio(
    timeline: Timeline, direction: Direction, *, redacted: bool, mebibytes: int
) -> AudioSource:
    """Return a recording of exactly this size, in the voices of a call.

    Its speech is a short loop, which is cheap to produce. Each recording starts at a different
    point of the loop, so that no two recordings are equal.
    """
    size = mebibytes * MEBIBYTE
    etag = _etag(timeline, direction, redacted, size)
    loop = _speech_loop(timeline.user_period, direction, redacted=redacted)
    start = int(etag[1:9], 16) % (len(loop) // 2) * 2
    return AudioSource(wav_header(size - HEADER_SIZE), loop[start:] + loop[:start], size, etag)


@lru_cache(maxsize=_MAX_CACHED_LOOPS)
def _speech_loop(user_period: int, direction: Direction, *, redacted: bool) -> bytes:
    timeline = Timeline(_LOOPED_SPANS, _LOOPED_SPANS[-1].end // 1_000, user_period)
    speech = synthesize(timeline, direction, redacted=redacted)[HEADER_SIZE:]
    return speech * (MEBIBYTE // len(speech) + 1)


def _etag(*inputs: object) -> str:
    """Hash the inputs rather than the bytes: equal inputs produce equal recordings."""
    digest = hashlib.sha256(repr(inputs).encode()).hexdigest()
    return f'"{digest[:32]}"'
