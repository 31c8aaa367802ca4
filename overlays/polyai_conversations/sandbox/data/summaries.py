"""The entry of a conversation in the list."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from .conversation import CALL
from .formats import choose_format
from .ids import is_local, slug

if TYPE_CHECKING:
    from .conversation import Conversation
    from .formats import Format
    from .seeded_random import SeededRandom

_to_json = json.JSONEncoder(ensure_ascii=False).encode

_NOTES: Final = ("call back on Tuesday", "checked with the manager", "regular guest — be kind")
_DEPLOYMENTS: Final = (
    "019e4b1c-2f60-7a41-8d5b-6c0e9f3a1b27",
    "019e6f83-9a14-7c2e-b3f0-42d8a7e51c90",
    "019e8a57-c3d2-7e18-a964-0b5f2c7d8e31",
)
_AGENT_NUMBERS: Final = {"en-US": "+14155550199", "en-GB": "+441632960199", "es-ES": "+34910000199"}
_TESTERS: Final = ("ana@example.com", "grace.okafor@example.com", "leo+test@example.org")


@dataclass(frozen=True, slots=True)
class Tenant:
    """The account and agent that the conversations belong to."""

    account_id: str
    agent_id: str


def summary(conversation: Conversation, tenant: Tenant, random: SeededRandom) -> dict[str, Any]:
    """Return the entry of a conversation in the list."""
    scenario = conversation.scenario
    form = choose_format(random)
    blank = form.blank
    local = is_local(conversation.conversation_id)
    from_number, to_number = _numbers(conversation, form, random)
    handed_off = conversation.handed_off
    return {
        "conversationId": conversation.conversation_id,
        "accountId": tenant.account_id,
        "projectId": slug(tenant.agent_id) if local else tenant.agent_id,
        "createdAt": form.time(conversation.started - timedelta(seconds=1)),
        "startedAt": form.time(conversation.started),
        "channel": conversation.channel,
        "fromNumber": from_number,
        "toNumber": to_number,
        "language": conversation.language,
        "variantId": random.choice(("main", "main", "friendly")),
        "clientEnv": "sandbox" if local else random.choice(("live", "live", "live", "pre-release")),
        "inProgress": conversation.in_progress,
        "handoff": handed_off,
        "handoffDestination": scenario.handoff_destination if handed_off else blank,
        "handoffReason": scenario.handoff_reason if handed_off else blank,
        "direction": scenario.direction,
        "tags": [tag for tag in scenario.tags if random.chance(0.8)],
        "deploymentId": random.choice(_DEPLOYMENTS),
        "note": random.choice(_NOTES) if random.chance(0.06) else blank,
        "audioUrl": audio_url(conversation) if conversation.recorded else blank,
        **_outcome(conversation, form, random),
        **_null_fields(form, random),
    }


def _numbers(
    conversation: Conversation, form: Format, random: SeededRandom
) -> tuple[str | None, str | None]:
    user, agent = conversation.values["phone_number"], _AGENT_NUMBERS[conversation.language]
    tester = random.choice(_TESTERS)
    if is_local(conversation.conversation_id):
        user, agent = tester, "studio"
    elif conversation.channel != CALL:
        return form.blank, form.blank
    return (user, agent) if conversation.scenario.direction == "inbound" else (agent, user)


def audio_url(conversation: Conversation) -> str:
    """Return the reference of a recording, relative to the agent's address."""
    return f"conversations/{conversation.conversation_id}/audio"


def _null_fields(form: Format, random: SeededRandom) -> dict[str, None]:
    """Return the fields that were null in the recorded rows of the list."""
    if not form.as_recorded or not random.chance(0.15):
        return {}
    return dict.fromkeys(
        ("language", "variantId", "deploymentId", "polyScore", "shortSummary", "audioUrl")
    )


def _outcome(conversation: Conversation, form: Format, random: SeededRandom) -> dict[str, Any]:
    """Return the fields that are known once a conversation has ended.

    Until then they are null in half of the conversations and absent in the others.
    """
    if conversation.finished is None:
        unknown = ("finishedAt", "totalDuration", "polyaiDuration", "duration", "polyScore")
        fields = dict.fromkeys(unknown) if random.chance(0.5) else {}
        return {**fields, "shortSummary": form.blank}
    score = random.integer(20, 60) / 10
    return {
        "finishedAt": form.time(conversation.finished),
        "totalDuration": conversation.seconds,
        "polyaiDuration": conversation.agent_seconds,
        "duration": conversation.seconds,
        "polyScore": None if random.chance(0.15) else score,
        "shortSummary": _short_summary(conversation, form, random),
    }


def _short_summary(
    conversation: Conversation, form: Format, random: SeededRandom
) -> dict[str, str] | str:
    scenario = conversation.scenario
    heading, content = scenario.heading, scenario.content.format_map(conversation.values)
    if conversation.handed_off:
        heading = f"Handed over to {scenario.handoff_destination}"
        content = f"{heading}: {scenario.handoff_reason}."
    as_object = {"heading": heading, "content": content}
    if form.as_recorded:
        return as_object
    return content if random.chance(0.5) else _to_json(as_object)
