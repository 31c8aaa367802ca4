"""Formats the turns of a conversation as the lines of a transcript; no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from polyai_conversations.views import Turn

from .formatting import local_clock, sanitize


class TranscriptLine(NamedTuple):
    """What the user or the agent said, or a remark, whose `speaker` is empty."""

    turn: str
    time: str
    speaker: str
    text: str
    latency: str


def transcript_lines(turns: Iterable[Turn]) -> Iterator[TranscriptLine]:
    """Yield the lines of a transcript; the first line of each turn has its number, from 0."""
    for number, sides in groupby(turns, key=lambda turn: turn.index):
        lines = [line for turn in sides for line in _lines(turn)] or [_remark("empty turn")]
        yield lines[0]._replace(turn=str(number))
        yield from lines[1:]


def _lines(turn: Turn) -> Iterator[TranscriptLine]:
    if turn.spoken:
        latency = "" if turn.latency is None else f"{turn.latency:g} s"
        text = sanitize(turn.spoken)
        yield TranscriptLine("", local_clock(turn.time), turn.speaker, text, latency)
    yield from map(_remark, turn.remarks)
    for name, value in turn.other.items():
        yield _remark(f"{name}: {sanitize(value)}")


def _remark(text: str) -> TranscriptLine:
    return TranscriptLine("", "", "", f"({sanitize(text)})", "")
