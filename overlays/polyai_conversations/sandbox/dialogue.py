"""A scenario as it was once played: with its values filled in, and every word at its time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from .scenario import is_personal
from .voice import Span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .dice import Dice
    from .scenario import Exchange
    from .voice import Speaker

_SHORTEST: Final = 600


@dataclass(frozen=True, slots=True)
class Manner:
    """How people talk by some means; chances are from 0 to 1, times in milliseconds."""

    character: int
    keypad: float = 0
    barge_in: float = 0


SPEAKING: Final = Manner(character=70, keypad=0.5, barge_in=0.08)
TYPING: Final = Manner(character=90)


@dataclass(frozen=True, slots=True)
class Turn:
    """One exchange as it was held; times are milliseconds from the start."""

    exchange: Exchange
    user_at: int | None
    agent_at: int
    latency: int
    keyed: bool = False
    """Whether the user pressed keys instead of speaking."""
    barge_in: bool = False


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The turns of a conversation, and who spoke from when to when."""

    turns: tuple[Turn, ...]
    spans: tuple[Span, ...]

    @property
    def end(self) -> int:
        """When the last word ends, in milliseconds from the start."""
        return max(span.end for span in self.spans)


def play(
    exchanges: Sequence[Exchange], values: Mapping[str, Any], manner: Manner, dice: Dice
) -> Dialogue:
    """Hold the exchanges one after the other, beginning half a second in."""
    turns: list[Turn] = []
    spans: list[Span] = []
    clock = 500
    for exchange in exchanges:
        turn, said = _hold(exchange, values, manner, clock, dice)
        turns.append(turn)
        spans += said
        clock = said[-1].end
    return Dialogue(tuple(turns), tuple(spans))


def aftermath(dialogue: Dialogue, dice: Dice) -> tuple[Span, ...]:
    """Add to the spans a short talk with the person to whom a call was handed over."""
    start = dialogue.end + dice.whole(800, 2_000)
    answered = start + dice.whole(1_500, 2_500)
    asked = answered + dice.whole(300, 700)
    return (
        *dialogue.spans,
        Span("agent", start, answered, personal=False),
        Span("user", asked, asked + dice.whole(1_500, 3_000), personal=False),
    )


def _hold(
    exchange: Exchange, values: Mapping[str, Any], manner: Manner, clock: int, dice: Dice
) -> tuple[Turn, list[Span]]:
    latency = 10 * dice.whole(35, 160)
    if not exchange.user:
        answer = _say("agent", exchange.agent, clock + latency, values, manner)
        return Turn(exchange, None, answer.start, latency), [answer]
    keyed = bool(exchange.keypad) and dice.chance(manner.keypad)
    barge_in = not keyed and dice.chance(manner.barge_in)
    heard = clock - dice.whole(300, 500) if barge_in else clock + dice.whole(300, 1_200)
    question = _say("user", exchange.keypad if keyed else exchange.user, heard, values, manner)
    answer = _say("agent", exchange.agent, question.end + latency, values, manner)
    return Turn(exchange, heard, answer.start, latency, keyed, barge_in), [question, answer]


def _say(
    speaker: Speaker, text: str, start: int, values: Mapping[str, Any], manner: Manner
) -> Span:
    length = max(_SHORTEST, manner.character * len(text.format_map(values)))
    return Span(speaker, start, start + length, is_personal(text))
