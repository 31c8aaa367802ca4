"""Serializes a conversation as its summary in the list, and as its full record.

Servers differ in how they write the same value: empty text is `""` or null, and times end in `Z`
or an offset, with or without fractions of a second. Each conversation uses one such variant, and
all of them occur.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from .conversation import CALL
from .scenario import placeholders

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from .conversation import Conversation
    from .dialogue import Turn
    from .scenario import Exchange
    from .seeded_random import SeededRandom

_to_json = json.JSONEncoder(ensure_ascii=False).encode

_NOTES: Final = ("call back on Tuesday", "checked with the manager", "regular guest — be kind")
_DEPLOYMENTS: Final = ("dep-2026-05-04", "dep-2026-05-12", "dep-2026-05-20")
_AGENT_NUMBERS: Final = {"en-US": "+14155550199", "en-GB": "+441632960199", "es-ES": "+34910000199"}


@dataclass(frozen=True, slots=True)
class FormatVariant:
    """How empty text and times are written."""

    blank: str | None
    timespec: str
    zulu: bool
    fraction: timedelta

    def format_time(self, moment: datetime) -> str:
        """Return a time in ISO 8601."""
        text = (moment + self.fraction).isoformat(timespec=self.timespec)
        return text.replace("+00:00", "Z") if self.zulu else text


@dataclass(frozen=True, slots=True)
class Tenant:
    """The account and agent that the conversations belong to, and where they are served."""

    account_id: str
    agent_id: str
    base_url: str

    def audio_url(self, conversation: Conversation) -> str:
        """Return the URL of a conversation's recording."""
        agent = f"{self.base_url}/v1/agents/{quote(self.agent_id, safe='')}"
        return f"{agent}/conversations/{conversation.conversation_id}/audio"


def summary(conversation: Conversation, tenant: Tenant, random: SeededRandom) -> dict[str, Any]:
    """Return the entry of a conversation in the list."""
    scenario = conversation.scenario
    variant = _format_variant(random)
    blank = variant.blank
    from_number, to_number = _numbers(conversation, variant)
    handed_off = conversation.handed_off
    return {
        "conversationId": conversation.conversation_id,
        "accountId": tenant.account_id,
        "projectId": tenant.agent_id,
        "createdAt": variant.format_time(conversation.started - timedelta(seconds=1)),
        "startedAt": variant.format_time(conversation.started),
        "channel": conversation.channel,
        "fromNumber": from_number,
        "toNumber": to_number,
        "language": conversation.language,
        "variantId": random.choice(("main", "main", "friendly")),
        "clientEnv": random.choice(("live", "live", "live", "live", "pre-release", "sandbox")),
        "inProgress": conversation.in_progress,
        "handoff": handed_off,
        "handoffDestination": scenario.handoff_destination if handed_off else blank,
        "handoffReason": scenario.handoff_reason if handed_off else blank,
        "direction": scenario.direction,
        "tags": [tag for tag in scenario.tags if random.chance(0.8)],
        "deploymentId": random.choice(_DEPLOYMENTS),
        "note": random.choice(_NOTES) if random.chance(0.06) else blank,
        "audioUrl": tenant.audio_url(conversation) if conversation.recorded else blank,
        **_outcome(conversation, variant, random),
        **({"experimentId": random.choice(("exp-a", "exp-b"))} if random.chance(0.1) else {}),
    }


def detail(conversation: Conversation, random: SeededRandom) -> dict[str, Any]:
    """Return what the full record adds to the summary.

    Args:
        conversation: The conversation.
        random: A new `SeededRandom` with the same seed that `summary` was given, so that both use
            the same format variant.

    """
    variant = _format_variant(random)
    turns = [_turn(turn, conversation, variant) for turn in conversation.dialogue.turns]
    user_turns = [turn for turn in conversation.dialogue.turns if turn.user_at is not None]
    return {
        "turns": turns,
        "metrics": {
            "containment": None if conversation.in_progress else not conversation.handed_off,
            "visited_flow": list(conversation.scenario.flows[: len(turns)]),
            "user_turns": len(user_turns),
            "transcription_confidence": random.integer(820, 990) / 1_000,
        },
        "functionEvents": {
            name: {
                "calls": random.integer(1, 2),
                "latency": random.integer(8, 90) / 100,
                "error": None,
            }
            for name in conversation.scenario.functions
        },
    }


def _format_variant(random: SeededRandom) -> FormatVariant:
    timespec = random.choice(("seconds", "seconds", "milliseconds", "microseconds"))
    milliseconds = 0 if timespec == "seconds" else 10 * random.integer(1, 99)
    return FormatVariant(
        blank="" if random.chance(0.6) else None,
        timespec=timespec,
        zulu=random.chance(0.4),
        fraction=timedelta(milliseconds=milliseconds),
    )


def _numbers(conversation: Conversation, variant: FormatVariant) -> tuple[str | None, str | None]:
    if conversation.channel != CALL:
        return variant.blank, variant.blank
    user = conversation.values["phone_number"]
    agent = _AGENT_NUMBERS[conversation.language]
    return (user, agent) if conversation.scenario.direction == "inbound" else (agent, user)


def _outcome(
    conversation: Conversation, variant: FormatVariant, random: SeededRandom
) -> dict[str, Any]:
    """Return the fields that are known once a conversation has ended.

    Until then they are null in half of the conversations and absent in the others.
    """
    if conversation.finished is None:
        unknown = ("finishedAt", "totalDuration", "polyaiDuration", "duration", "polyScore")
        fields = dict.fromkeys(unknown) if random.chance(0.5) else {}
        return {**fields, "shortSummary": variant.blank}
    score = random.integer(20, 50) / 10
    return {
        "finishedAt": variant.format_time(conversation.finished),
        "totalDuration": conversation.seconds,
        "polyaiDuration": conversation.agent_seconds,
        "duration": conversation.seconds,
        "polyScore": None if random.chance(0.15) else score,
        "shortSummary": _short_summary(conversation, random),
    }


def _short_summary(conversation: Conversation, random: SeededRandom) -> str:
    scenario = conversation.scenario
    heading, content = scenario.heading, scenario.content.format_map(conversation.values)
    if conversation.handed_off:
        heading = f"Handed over to {scenario.handoff_destination}"
        content = f"{heading}: {scenario.handoff_reason}."
    if random.chance(0.5):
        return content
    return _to_json({"heading": heading, "content": content})


def _turn(turn: Turn, conversation: Conversation, variant: FormatVariant) -> dict[str, Any]:
    exchange, values = turn.exchange, conversation.values
    user_text = exchange.keypad if turn.keyed else exchange.user
    spoken = "" if turn.keyed else exchange.user.format_map(values)
    return {
        "user_input": spoken or variant.blank,
        **_user_side(turn, conversation, variant),
        "agent_response": exchange.agent.format_map(values),
        "agent_response_datetime": _time_of(turn.agent_at, conversation, variant),
        "latency": turn.latency / 1_000,
        **_translations(exchange, values, variant),
        "intents": list(exchange.intents),
        "entities": [{name: str(values[name])} for name in placeholders(user_text)],
        "is_ood": exchange.is_ood,
        "is_silence": exchange is conversation.scenario.silence,
        "barge_in": turn.barge_in,
    }


def _user_side(turn: Turn, conversation: Conversation, variant: FormatVariant) -> dict[str, Any]:
    if turn.user_at is None:
        return {}
    spoken_at = {"user_input_datetime": _time_of(turn.user_at, conversation, variant)}
    if not turn.keyed:
        return spoken_at
    keys = turn.exchange.keypad.format_map(conversation.values).lstrip("+")
    return {**spoken_at, "user_input_dtmf": f"{keys}#"}


def _translations(
    exchange: Exchange, values: Mapping[str, Any], variant: FormatVariant
) -> dict[str, str | None]:
    if not exchange.agent_english:
        return {}
    return {
        "translated_user_input": exchange.user_english.format_map(values) or variant.blank,
        "english_agent_response": exchange.agent_english.format_map(values),
    }


def _time_of(milliseconds: int, conversation: Conversation, variant: FormatVariant) -> str:
    return variant.format_time(conversation.started + timedelta(milliseconds=milliseconds))
