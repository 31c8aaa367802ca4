"""Generates conversations: what happened in them, independent of how JSON represents it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from polyai_conversations.sandbox.audio.timeline import Timeline

from .dialogue import SPEAKING, TYPING, Dialogue, simulate, with_handoff
from .ids import conversation_id
from .scenarios import PLACEHOLDER_VALUES, RESTAURANT, SCENARIOS
from .seeded_random import SeededRandom

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .scenario import Exchange, Scenario

NEWEST: Final = datetime(2026, 5, 26, 10, tzinfo=UTC)
"""All initial conversations start before this moment."""

CALL: Final = "VOICE-SIP"
_CHANNELS: Final = (*[CALL] * 17, "WEBCHAT", "WEBCHAT", "CHAT")
_SECONDS_BETWEEN_STARTS: Final = 600

# The first conversation is always a finished call, because many examples use it. Two more indices
# are fixed, so that even a short list contains one in progress and one web chat.
_FINISHED_CALL: Final = 0
_IN_PROGRESS: Final = 3
_WEB_CHAT: Final = 5

_PHONES: Final = {"en-US": "+1415555010{}", "en-GB": "+44770090000{}", "es-ES": "+3460000000{}"}


@dataclass(frozen=True, slots=True)
class Conversation:
    """What happened in a conversation."""

    index: int
    conversation_id: str
    scenario: Scenario
    language: str
    channel: str
    started: datetime
    dialogue: Dialogue
    timeline: Timeline
    in_progress: bool
    handed_off: bool
    values: Mapping[str, Any]

    @property
    def finished(self) -> datetime | None:
        """When the conversation ended; None while it is in progress."""
        return None if self.in_progress else self.started + timedelta(seconds=self.seconds)

    @property
    def seconds(self) -> int:
        """Length of the conversation, including what follows a handoff."""
        return self.timeline.seconds

    @property
    def agent_seconds(self) -> int:
        """How long the agent took part in it, in seconds."""
        return min(self.seconds, _whole_seconds(self.dialogue.end))

    @property
    def recorded(self) -> bool:
        """Whether there is a recording; only calls that have ended have one."""
        return self.channel == CALL and not self.in_progress


def generate(seed: int, index: int) -> Conversation:
    """Generate the conversation at an index; initially, the newest one has index 0.

    The result depends only on the two arguments.
    """
    random = SeededRandom(f"{seed}:{index}")
    own_id = conversation_id(index, random)
    scenario = RESTAURANT if index == _FINISHED_CALL else random.choice(SCENARIOS)
    language = random.choice(scenario.languages)
    channel = _channel(index, scenario, random)
    in_progress = index != _FINISHED_CALL and (random.chance(0.04) or index == _IN_PROGRESS)
    handed_off = index != _FINISHED_CALL and not in_progress and random.chance(0.15)
    exchanges = _exchanges(scenario, channel, random)
    if in_progress:
        exchanges = exchanges[: random.integer(2, len(exchanges) - 1)]
    if handed_off:
        exchanges = (*exchanges[: random.integer(2, len(exchanges) - 1)], scenario.handoff)
    values = {name: random.choice(options) for name, options in PLACEHOLDER_VALUES.items()}
    values["phone_number"] = _PHONES[language].format(random.integer(0, 9))
    dialogue = simulate(exchanges, values, SPEAKING if channel == CALL else TYPING, random)
    spans = with_handoff(dialogue, random) if handed_off and channel == CALL else dialogue.spans
    age = index * _SECONDS_BETWEEN_STARTS + random.integer(120, _SECONDS_BETWEEN_STARTS - 1)
    return Conversation(
        index=index,
        conversation_id=own_id,
        scenario=scenario,
        language=language,
        channel=channel,
        started=NEWEST - timedelta(seconds=age),
        dialogue=dialogue,
        timeline=Timeline(spans, _whole_seconds(spans[-1].end), random.integer(34, 52)),
        in_progress=in_progress,
        handed_off=handed_off,
        values=values,
    )


def _channel(index: int, scenario: Scenario, random: SeededRandom) -> str:
    # A channel is always drawn, so that later draws do not depend on the index.
    drawn = random.choice(_CHANNELS)
    if index == _WEB_CHAT:
        return "WEBCHAT"
    if index in {_FINISHED_CALL, _IN_PROGRESS} or scenario.direction == "outbound":
        return CALL
    return drawn


def _exchanges(scenario: Scenario, channel: str, random: SeededRandom) -> tuple[Exchange, ...]:
    position = random.integer(1, len(scenario.exchanges) - 1)
    if channel != CALL or not random.chance(0.15):
        return scenario.exchanges
    return (*scenario.exchanges[:position], scenario.silence, *scenario.exchanges[position:])


def _whole_seconds(milliseconds: int) -> int:
    """Round up to whole seconds, leaving at least a quarter of a second to spare."""
    return (milliseconds + 250 + 999) // 1_000
