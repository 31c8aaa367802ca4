"""Turns a scenario into a dialogue: fills in placeholders and gives every line a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from polyai_conversations.sandbox.audio.timeline import Span

from .scenario import is_personal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from polyai_conversations.sandbox.audio.timeline import Speaker

    from .scenario import Exchange
    from .seeded_random import SeededRandom

_MIN_SPAN: Final = 600


@dataclass(frozen=True, slots=True)
class Pacing:
    """How fast people talk or type; times in milliseconds, probabilities from 0 to 1."""

    per_character: int
    keypad: float = 0
    barge_in: float = 0


SPEAKING: Final = Pacing(per_character=70, keypad=0.5, barge_in=0.08)
TYPING: Final = Pacing(per_character=90)


@dataclass(frozen=True, slots=True)
class Turn:
    """One exchange as it happened; times are in milliseconds from the start."""

    exchange: Exchange
    user_at: int | None
    agent_at: int
    latency: int
    keyed: bool = False
    """Whether the user pressed keys instead of speaking."""
    barge_in: bool = False


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The turns of a conversation, and who spoke when."""

    turns: tuple[Turn, ...]
    spans: tuple[Span, ...]

    @property
    def end(self) -> int:
        """When the last line ends, in milliseconds from the start."""
        return max(span.end for span in self.spans)


def simulate(
    exchanges: Sequence[Exchange],
    values: Mapping[str, Any],
    pacing: Pacing,
    random: SeededRandom,
) -> Dialogue:
    """Give every exchange a time, one after another, starting after half a second."""
    turns: list[Turn] = []
    spans: list[Span] = []
    clock = 500
    for exchange in exchanges:
        turn, turn_spans = _simulate_turn(exchange, values, pacing, clock, random)
        turns.append(turn)
        spans += turn_spans
        clock = turn_spans[-1].end
    return Dialogue(tuple(turns), tuple(spans))


def with_handoff(dialogue: Dialogue, random: SeededRandom) -> tuple[Span, ...]:
    """Return the spans of a dialogue and of a short talk with the person who takes over."""
    agent_start = dialogue.end + random.integer(800, 2_000)
    agent_end = agent_start + random.integer(1_500, 2_500)
    user_start = agent_end + random.integer(300, 700)
    return (
        *dialogue.spans,
        Span("agent", agent_start, agent_end, personal=False),
        Span("user", user_start, user_start + random.integer(1_500, 3_000), personal=False),
    )


def _simulate_turn(
    exchange: Exchange,
    values: Mapping[str, Any],
    pacing: Pacing,
    clock: int,
    random: SeededRandom,
) -> tuple[Turn, list[Span]]:
    latency = 10 * random.integer(35, 160)
    if not exchange.user:
        agent = _span("agent", exchange.agent, clock + latency, values, pacing)
        return Turn(exchange, None, agent.start, latency), [agent]
    keyed = bool(exchange.keypad) and random.chance(pacing.keypad)
    barge_in = not keyed and random.chance(pacing.barge_in)
    user_at = clock - random.integer(300, 500) if barge_in else clock + random.integer(300, 1_200)
    user = _span("user", exchange.keypad if keyed else exchange.user, user_at, values, pacing)
    agent = _span("agent", exchange.agent, user.end + latency, values, pacing)
    return Turn(exchange, user_at, agent.start, latency, keyed, barge_in), [user, agent]


def _span(
    speaker: Speaker, text: str, start: int, values: Mapping[str, Any], pacing: Pacing
) -> Span:
    length = max(_MIN_SPAN, pacing.per_character * len(text.format_map(values)))
    return Span(speaker, start, start + length, is_personal(text))
