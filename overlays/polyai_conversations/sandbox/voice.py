"""Recordings: WAV files with tones that sound like talking, made from who speaks when.

Everything is reckoned in whole numbers, so a recording has the same bytes on every machine.
"""

from __future__ import annotations

import operator
import struct
import sys
from array import array
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

Speaker = Literal["user", "agent"]
Direction = Literal["combined", "user", "agent"]

SAMPLE_RATE: Final = 8_000
HEADER_SIZE: Final = 44
_PER_MILLISECOND: Final = SAMPLE_RATE // 1_000
_SAMPLE_BYTES: Final = 2
_PEAK: Final = 12_000  # two voices at once stay below the 32,767 of a 16 bit sample
_AGENT_PERIOD: Final = 66
_SYLLABLES: Final = (1_440, 1_040, 1_840, 1_200, 1_600)
_PAUSE: Final = 320


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of speech, in milliseconds from the start of the recording."""

    speaker: Speaker
    start: int
    end: int
    personal: bool
    """Whether personal data is said in it."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """What a recording holds."""

    spans: tuple[Span, ...]
    seconds: int
    user_period: int = 42
    """Samples in one swing of the user's voice; more make it deeper."""


def recording(timeline: Timeline, direction: Direction, *, redacted: bool) -> bytes:
    """Make a recording as a WAV file: 8 kHz, mono, 16 bit PCM.

    The combined recording is the sum of both voices, sample by sample. In a redacted one the
    spans with personal data are silent in every direction, and all else stays as it is.
    """
    samples = _heard(timeline, direction)
    if redacted:
        _silence(samples, (span for span in timeline.spans if span.personal))
    if sys.byteorder == "big":
        samples.byteswap()
    return header(len(samples) * _SAMPLE_BYTES) + samples.tobytes()


def header(size: int) -> bytes:
    """Make what comes before `size` bytes of samples."""
    byte_rate = SAMPLE_RATE * _SAMPLE_BYTES
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", HEADER_SIZE - 8 + size, b"WAVE"),
        *(b"fmt ", 16, 1, 1, SAMPLE_RATE, byte_rate, _SAMPLE_BYTES, 8 * _SAMPLE_BYTES),
        *(b"data", size),
    )


def _heard(timeline: Timeline, direction: Direction) -> array[int]:
    if direction != "combined":
        return _voice(timeline, direction)
    return array("h", map(operator.add, _voice(timeline, "user"), _voice(timeline, "agent")))


def _voice(timeline: Timeline, speaker: Speaker) -> array[int]:
    period = timeline.user_period if speaker == "user" else _AGENT_PERIOD
    samples = array("h", bytes(timeline.seconds * SAMPLE_RATE * _SAMPLE_BYTES))
    for span in timeline.spans:
        if span.speaker == speaker:
            _speak(samples, span, period)
    return samples


def _speak(samples: array[int], span: Span, period: int) -> None:
    """Fill a span with as many whole syllables as it holds; a cut one would click."""
    position, end = span.start * _PER_MILLISECOND, span.end * _PER_MILLISECOND
    count = 0
    while position + (length := _SYLLABLES[count % len(_SYLLABLES)]) <= end:
        pitch = period + (count * 5 + span.start) % 7 - 3
        samples[position : position + length] = _syllable(pitch, length)
        position += length + _PAUSE
        count += 1


def _silence(samples: array[int], spans: Iterable[Span]) -> None:
    for span in spans:
        start, end = span.start * _PER_MILLISECOND, span.end * _PER_MILLISECOND
        samples[start:end] = array("h", bytes((end - start) * _SAMPLE_BYTES))


@cache
def _syllable(period: int, length: int) -> array[int]:
    """Make a vowel that swells and fades: a tone with an overtone, under a parabola."""
    tone = [2 * _wave(n, period) + _wave(n, period // 3) for n in range(length)]
    swell = (_hump(n, length, _PEAK) for n in range(length))
    return array("h", (loud * high // 3_000 for loud, high in zip(swell, tone, strict=True)))


def _wave(n: int, period: int) -> int:
    """Give a swing from -1,000 to 1,000, much like a sine."""
    half = period // 2
    place = n % (2 * half)
    return _hump(place, half, 1_000) if place < half else -_hump(place - half, half, 1_000)


def _hump(n: int, length: int, peak: int) -> int:
    return 4 * peak * n * (length - n) // (length * length)
