"""A transcript as the lines of a dialogue; no I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from .plain import local_clock, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_REMARKS: Final = {
    "is_silence": "the user said nothing",
    "is_ood": "out of the agent's domain",
    "barge_in": "the user interrupted",
}


class Line(NamedTuple):
    """What one side said, or a remark on it, where no speaker is named."""

    turn: str
    time: str
    speaker: str
    words: str
    latency: str


def lines(turns: Sequence[Mapping[str, Any]]) -> Iterator[Line]:
    """Give the lines of a transcript; each turn's first line has its number, which begins at 0."""
    for number, turn in enumerate(turns):
        spoken = [*_user(turn), *_agent(turn)] or [_remark("nothing")]
        for place, line in enumerate(spoken):
            yield line._replace(turn="" if place else str(number))


def _user(turn: Mapping[str, Any]) -> Iterator[Line]:
    words = plain(turn.get("user_input"))
    keys = plain(turn.get("user_input_dtmf"))
    heard = f"{words} [keys {keys}]".strip() if keys else words
    if heard:
        yield Line("", local_clock(turn.get("user_input_datetime")), "user", heard, "")
    yield from _translation(turn.get("translated_user_input"))
    yield from (_remark(text) for name, text in _REMARKS.items() if turn.get(name) is True)


def _agent(turn: Mapping[str, Any]) -> Iterator[Line]:
    words = plain(turn.get("agent_response"))
    if words:
        time = local_clock(turn.get("agent_response_datetime"))
        yield Line("", time, "agent", words, _seconds(turn.get("latency")))
    yield from _translation(turn.get("english_agent_response"))


def _translation(value: object) -> Iterator[Line]:
    if text := plain(value):
        yield _remark(text)


def _remark(text: str) -> Line:
    return Line("", "", "", f"({text})", "")


def _seconds(value: object) -> str:
    text = plain(value)
    return f"{text} s" if text else ""
