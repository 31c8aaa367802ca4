"""Formats the turns of a conversation as the lines of a transcript; no I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from .formatting import local_clock, sanitize

_REMARKS: Final = {
    "is_silence": "the user said nothing",
    "is_ood": "out of the agent's domain",
    "barge_in": "the user interrupted",
}


class TranscriptLine(NamedTuple):
    """What the user or the agent said, or a remark, whose `speaker` is empty."""

    turn: str
    time: str
    speaker: str
    text: str
    latency: str


def transcript_lines(turns: Sequence[Mapping[str, Any]]) -> Iterator[TranscriptLine]:
    """Yield the lines of a transcript; the first line of each turn has its number, from 0."""
    for number, turn in enumerate(turns):
        lines = [*_user_lines(turn), *_agent_lines(turn)] or [_remark("empty turn")]
        yield lines[0]._replace(turn=str(number))
        yield from lines[1:]


def _user_lines(turn: Mapping[str, Any]) -> Iterator[TranscriptLine]:
    speech = sanitize(turn.get("user_input"))
    keys = sanitize(turn.get("user_input_dtmf"))
    text = f"{speech} [keys {keys}]".strip() if keys else speech
    if text:
        yield TranscriptLine("", local_clock(turn.get("user_input_datetime")), "user", text, "")
    yield from _translation(turn.get("translated_user_input"))
    yield from (_remark(remark) for name, remark in _REMARKS.items() if turn.get(name) is True)


def _agent_lines(turn: Mapping[str, Any]) -> Iterator[TranscriptLine]:
    text = sanitize(turn.get("agent_response"))
    if text:
        time = local_clock(turn.get("agent_response_datetime"))
        yield TranscriptLine("", time, "agent", text, _latency(turn.get("latency")))
    yield from _translation(turn.get("english_agent_response"))


def _translation(value: object) -> Iterator[TranscriptLine]:
    if text := sanitize(value):
        yield _remark(text)


def _remark(text: str) -> TranscriptLine:
    return TranscriptLine("", "", "", f"({text})", "")


def _latency(value: Any) -> str:
    """Format a latency, which is a number of seconds or an object that contains it."""
    text = sanitize(value.get("perceived_latency") if isinstance(value, dict) else value)
    return f"{text} s" if text else ""
