"""WAV files with speech-like tones, synthesised from a timeline.

All arithmetic uses integers, so a recording has the same bytes on every machine.
"""

from __future__ import annotations

import operator
import struct
import sys
from array import array
from functools import cache
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .timeline import Span, Speaker, Timeline

Direction = Literal["combined", "user", "agent"]

SAMPLE_RATE: Final = 8_000
HEADER_SIZE: Final = 44
_SAMPLES_PER_MILLISECOND: Final = SAMPLE_RATE // 1_000
_SAMPLE_BYTES: Final = 2
_PEAK: Final = 12_000  # The sum of two voices must stay below 32,767, the 16-bit maximum.
_AGENT_PERIOD: Final = 66
_SYLLABLE_LENGTHS: Final = (1_440, 1_040, 1_840, 1_200, 1_600)
_PAUSE: Final = 320


def synthesize(timeline: Timeline, direction: Direction, *, redacted: bool) -> bytes:
    """Return a recording as a WAV file: 8 kHz, mono, 16-bit PCM.

    The combined recording is the sum of both voices, sample by sample. In a redacted recording,
    spans with personal data are silent in every direction; the rest is unchanged.
    """
    samples = _mix(timeline, direction)
    if redacted:
        _silence(samples, (span for span in timeline.spans if span.personal))
    if sys.byteorder == "big":
        samples.byteswap()
    return wav_header(len(samples) * _SAMPLE_BYTES) + samples.tobytes()


def wav_header(data_size: int) -> bytes:
    """Return the header of a WAV file with `data_size` bytes of samples."""
    byte_rate = SAMPLE_RATE * _SAMPLE_BYTES
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", HEADER_SIZE - 8 + data_size, b"WAVE"),
        *(b"fmt ", 16, 1, 1, SAMPLE_RATE, byte_rate, _SAMPLE_BYTES, 8 * _SAMPLE_BYTES),
        *(b"data", data_size),
    )


def _mix(timeline: Timeline, direction: Direction) -> array[int]:
    if direction != "combined":
        return _render_speaker(timeline, direction)
    user, agent = _render_speaker(timeline, "user"), _render_speaker(timeline, "agent")
    return array("h", map(operator.add, user, agent))


def _render_speaker(timeline: Timeline, speaker: Speaker) -> array[int]:
    period = timeline.user_period if speaker == "user" else _AGENT_PERIOD
    samples = array("h", bytes(timeline.seconds * SAMPLE_RATE * _SAMPLE_BYTES))
    for span in timeline.spans:
        if span.speaker == speaker:
            _render_span(samples, span, period)
    return samples


def _render_span(samples: array[int], span: Span, period: int) -> None:
    """Fill a span with as many whole syllables as fit; a truncated syllable would click."""
    position, end = span.start * _SAMPLES_PER_MILLISECOND, span.end * _SAMPLES_PER_MILLISECOND
    count = 0
    while position + (length := _SYLLABLE_LENGTHS[count % len(_SYLLABLE_LENGTHS)]) <= end:
        varied_period = period + (count * 5 + span.start) % 7 - 3
        samples[position : position + length] = _syllable(varied_period, length)
        position += length + _PAUSE
        count += 1


def _silence(samples: array[int], spans: Iterable[Span]) -> None:
    for span in spans:
        start, end = span.start * _SAMPLES_PER_MILLISECOND, span.end * _SAMPLES_PER_MILLISECOND
        samples[start:end] = array("h", bytes((end - start) * _SAMPLE_BYTES))


@cache
def _syllable(period: int, length: int) -> array[int]:
    """Return a vowel-like tone with one overtone that fades in and out."""
    tone = [2 * _oscillate(n, period) + _oscillate(n, period // 3) for n in range(length)]
    envelope = (_parabola(n, length, _PEAK) for n in range(length))
    return array("h", (gain * level // 3_000 for gain, level in zip(envelope, tone, strict=True)))


def _oscillate(n: int, period: int) -> int:
    """Return sample `n` of an approximate sine wave between -1,000 and 1,000."""
    half = period // 2
    phase = n % (2 * half)
    return _parabola(phase, half, 1_000) if phase < half else -_parabola(phase - half, half, 1_000)


def _parabola(n: int, length: int, peak: int) -> int:
    return 4 * peak * n * (length - n) // (length * length)
