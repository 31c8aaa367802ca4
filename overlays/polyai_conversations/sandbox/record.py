"""A conversation as the API says it: its summary for the list, and its full record.

Servers differ in how they say the same: empty text is `""` or null, times come with `Z` or an
offset, with or without fractions. Each conversation keeps to one habit, and all of them occur.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from .scenario import slots
from .story import CALL

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from .dialogue import Turn
    from .dice import Dice
    from .scenario import Exchange
    from .story import Story

_write = json.JSONEncoder(ensure_ascii=False).encode

_NOTES: Final = ("call back on Tuesday", "checked with the manager", "regular guest — be kind")
_DEPLOYMENTS: Final = ("dep-2026-05-04", "dep-2026-05-12", "dep-2026-05-20")
_AGENT_NUMBERS: Final = {"en-US": "+14155550199", "en-GB": "+441632960199", "es-ES": "+34910000199"}


@dataclass(frozen=True, slots=True)
class Habits:
    """How one server writes things."""

    blank: str | None
    precision: str
    zulu: bool
    fraction: timedelta

    def time(self, moment: datetime) -> str:
        """Write a time as ISO 8601."""
        text = (moment + self.fraction).isoformat(timespec=self.precision)
        return text.replace("+00:00", "Z") if self.zulu else text


@dataclass(frozen=True, slots=True)
class Home:
    """Whom the conversations belong to, and where they are served."""

    account_id: str
    agent_id: str
    base_url: str

    def audio_url(self, story: Story) -> str:
        """Give the address of a conversation's recording."""
        agent = f"{self.base_url}/v1/agents/{quote(self.agent_id, safe='')}"
        return f"{agent}/conversations/{story.conversation_id}/audio"


def summary(story: Story, home: Home, dice: Dice) -> dict[str, Any]:
    """Say what the list says of a conversation."""
    habits = _habits(dice)
    caller, called = _numbers(story, habits)
    handed_over = story.handed_over
    return {
        "conversationId": story.conversation_id,
        "accountId": home.account_id,
        "projectId": home.agent_id,
        "createdAt": habits.time(story.started - timedelta(seconds=1)),
        "startedAt": habits.time(story.started),
        "channel": story.channel,
        "fromNumber": caller,
        "toNumber": called,
        "language": story.language,
        "variantId": dice.pick(("main", "main", "friendly")),
        "clientEnv": dice.pick(("live", "live", "live", "live", "pre-release", "sandbox")),
        "inProgress": story.in_progress,
        "handoff": handed_over,
        "handoffDestination": story.scenario.handoff_destination if handed_over else habits.blank,
        "handoffReason": story.scenario.handoff_reason if handed_over else habits.blank,
        "direction": story.scenario.direction,
        "tags": [tag for tag in story.scenario.tags if dice.chance(0.8)],
        "deploymentId": dice.pick(_DEPLOYMENTS),
        "note": dice.pick(_NOTES) if dice.chance(0.06) else habits.blank,
        "audioUrl": home.audio_url(story) if story.recorded else habits.blank,
        **_outcome(story, habits, dice),
        **({"experimentId": dice.pick(("exp-a", "exp-b"))} if dice.chance(0.1) else {}),
    }


def detail(story: Story, dice: Dice) -> dict[str, Any]:
    """Say what the full record adds to the summary; with dice that fell as for the summary."""
    habits = _habits(dice)
    turns = [_turn(turn, story, habits) for turn in story.dialogue.turns]
    containment = None if story.in_progress else not story.handed_over
    return {
        "turns": turns,
        "metrics": {
            "containment": containment,
            "visited_flow": list(story.scenario.flows[: len(turns)]),
            "user_turns": sum(1 for turn in story.dialogue.turns if turn.user_at is not None),
            "transcription_confidence": dice.whole(820, 990) / 1_000,
        },
        "functionEvents": {
            name: {"calls": dice.whole(1, 2), "latency": dice.whole(8, 90) / 100, "error": None}
            for name in story.scenario.functions
        },
    }


def _habits(dice: Dice) -> Habits:
    precision = dice.pick(("seconds", "seconds", "milliseconds", "microseconds"))
    milliseconds = 0 if precision == "seconds" else 10 * dice.whole(1, 99)
    return Habits(
        blank="" if dice.chance(0.6) else None,
        precision=precision,
        zulu=dice.chance(0.4),
        fraction=timedelta(milliseconds=milliseconds),
    )


def _numbers(story: Story, habits: Habits) -> tuple[str | None, str | None]:
    if story.channel != CALL:
        return habits.blank, habits.blank
    user, agent = story.values["phone_number"], _AGENT_NUMBERS[story.language]
    return (user, agent) if story.scenario.direction == "inbound" else (agent, user)


def _outcome(story: Story, habits: Habits, dice: Dice) -> dict[str, Any]:
    """Say what is known once a conversation has ended; before, null or nothing at all."""
    if story.finished is None:
        unknown = ("finishedAt", "totalDuration", "polyaiDuration", "duration", "polyScore")
        said = dict.fromkeys(unknown) if dice.chance(0.5) else {}
        return {**said, "shortSummary": habits.blank}
    score = dice.whole(20, 50) / 10
    return {
        "finishedAt": habits.time(story.finished),
        "totalDuration": story.seconds,
        "polyaiDuration": story.agent_seconds,
        "duration": story.seconds,
        "polyScore": None if dice.chance(0.15) else score,
        "shortSummary": _short_summary(story, dice),
    }


def _short_summary(story: Story, dice: Dice) -> str:
    heading, content = story.scenario.heading, story.scenario.content.format_map(story.values)
    if story.handed_over:
        heading = f"Handed over to {story.scenario.handoff_destination}"
        content = f"{heading}: {story.scenario.handoff_reason}."
    if dice.chance(0.5):
        return content
    return _write({"heading": heading, "content": content})


def _turn(turn: Turn, story: Story, habits: Habits) -> dict[str, Any]:
    exchange, values = turn.exchange, story.values
    heard = exchange.keypad if turn.keyed else exchange.user
    words = "" if turn.keyed else exchange.user.format_map(values)
    return {
        "user_input": words or habits.blank,
        **_user_side(turn, story, habits),
        "agent_response": exchange.agent.format_map(values),
        "agent_response_datetime": _at(turn.agent_at, story, habits),
        "latency": turn.latency / 1_000,
        **_in_english(exchange, values, habits),
        "intents": list(exchange.intents),
        "entities": [{slot: str(values[slot])} for slot in slots(heard)],
        "is_ood": exchange.is_ood,
        "is_silence": exchange is story.scenario.silence,
        "barge_in": turn.barge_in,
    }


def _user_side(turn: Turn, story: Story, habits: Habits) -> dict[str, Any]:
    if turn.user_at is None:
        return {}
    at = {"user_input_datetime": _at(turn.user_at, story, habits)}
    if not turn.keyed:
        return at
    keys = turn.exchange.keypad.format_map(story.values).lstrip("+")
    return {**at, "user_input_dtmf": f"{keys}#"}


def _in_english(
    exchange: Exchange, values: Mapping[str, Any], habits: Habits
) -> dict[str, str | None]:
    if not exchange.agent_english:
        return {}
    return {
        "translated_user_input": exchange.user_english.format_map(values) or habits.blank,
        "english_agent_response": exchange.agent_english.format_map(values),
    }


def _at(milliseconds: int, story: Story, habits: Habits) -> str:
    return habits.time(story.started + timedelta(milliseconds=milliseconds))
