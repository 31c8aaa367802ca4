"""One conversation of the world: what happened in it, drawn from its own dice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from .dialogue import SPEAKING, TYPING, Dialogue, aftermath, play
from .dice import Dice
from .identity import conversation_id
from .script import RESTAURANT, SCENARIOS, VALUES
from .voice import Timeline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .scenario import Exchange, Scenario

NEWEST: Final = datetime(2026, 5, 26, 10, tzinfo=UTC)
"""The moment before which all conversations began."""

CALL: Final = "VOICE-SIP"
_CHANNELS: Final = (*[CALL] * 17, "WEBCHAT", "WEBCHAT", "CHAT")
_STEP: Final = 600
_FEATURED: Final = 0  # a finished call, for whoever takes the first conversation as an example
_UNFINISHED: Final = 3
_CHAT: Final = 5
_PHONES: Final = {"en-US": "+1415555010{}", "en-GB": "+44770090000{}", "es-ES": "+3460000000{}"}


@dataclass(frozen=True, slots=True)
class Story:
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
    handed_over: bool
    values: Mapping[str, Any]

    @property
    def finished(self) -> datetime | None:
        """When it ended; None while it is still going on."""
        return None if self.in_progress else self.started + timedelta(seconds=self.seconds)

    @property
    def seconds(self) -> int:
        """Its length, what follows a handoff included."""
        return self.timeline.seconds

    @property
    def agent_seconds(self) -> int:
        """Length of the agent's own part."""
        return min(self.seconds, _whole_seconds(self.dialogue.end))

    @property
    def recorded(self) -> bool:
        """Whether there is a recording: of a call, once it has ended."""
        return self.channel == CALL and not self.in_progress


def tell(seed: int, index: int) -> Story:
    """Make up the conversation at an index, 0 being the newest, whatever else was told before."""
    dice = Dice(f"{seed}:{index}")
    own_id = conversation_id(index, dice)
    scenario = RESTAURANT if index == _FEATURED else dice.pick(SCENARIOS)
    language = dice.pick(scenario.languages)
    channel = _channel(index, scenario, dice)
    in_progress = index != _FEATURED and (dice.chance(0.04) or index == _UNFINISHED)
    handed_over = index != _FEATURED and not in_progress and dice.chance(0.15)
    exchanges = _exchanges(scenario, channel, dice)
    if in_progress:
        exchanges = exchanges[: dice.whole(2, len(exchanges) - 1)]
    if handed_over:
        exchanges = (*exchanges[: dice.whole(2, len(exchanges) - 1)], scenario.handoff)
    values = {name: dice.pick(choices) for name, choices in VALUES.items()}
    values["phone_number"] = _PHONES[language].format(dice.whole(0, 9))
    dialogue = play(exchanges, values, SPEAKING if channel == CALL else TYPING, dice)
    spans = aftermath(dialogue, dice) if handed_over and channel == CALL else dialogue.spans
    return Story(
        index=index,
        conversation_id=own_id,
        scenario=scenario,
        language=language,
        channel=channel,
        started=NEWEST - timedelta(seconds=index * _STEP + dice.whole(120, _STEP - 1)),
        dialogue=dialogue,
        timeline=Timeline(spans, _whole_seconds(spans[-1].end), dice.whole(34, 52)),
        in_progress=in_progress,
        handed_over=handed_over,
        values=values,
    )


def _channel(index: int, scenario: Scenario, dice: Dice) -> str:
    drawn = dice.pick(_CHANNELS)
    if index == _CHAT:
        return "WEBCHAT"
    if index in {_FEATURED, _UNFINISHED} or scenario.direction == "outbound":
        return CALL
    return drawn


def _exchanges(scenario: Scenario, channel: str, dice: Dice) -> tuple[Exchange, ...]:
    place = dice.whole(1, len(scenario.exchanges) - 1)
    if channel != CALL or not dice.chance(0.15):
        return scenario.exchanges
    return (*scenario.exchanges[:place], scenario.silence, *scenario.exchanges[place:])


def _whole_seconds(milliseconds: int) -> int:
    """Round up, with at least a quarter of a second to spare."""
    return (milliseconds + 250 + 999) // 1_000
