"""The calls of an agent's functions during a conversation."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, Final

from .ids import random_uuid
from .scenario import placeholders

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conversation import Conversation
    from .seeded_random import SeededRandom

_HANDOFF: Final = "hand_over"
_ALWAYS_NULL: Final = dict.fromkeys(
    ("function_version", "content", "error", "hangup", "logs", "transition", "variant_id_change")
)


def function_events(
    conversation: Conversation, random: SeededRandom
) -> dict[str, list[dict[str, Any]]]:
    """Return the events by the number of their turn as text; the first turn has the number 1."""
    events: dict[str, list[dict[str, Any]]] = {}
    for turn, name in _calls(conversation):
        events.setdefault(str(turn + 1), []).append(_event(conversation, turn, name, random))
    return events


def _calls(conversation: Conversation) -> Iterator[tuple[int, str]]:
    """Yield the index of the turn and the name of the function of every call."""
    last = len(conversation.dialogue.turns) - 1
    for number, name in enumerate(conversation.scenario.functions, start=1):
        if number < last:
            yield number, name
    if conversation.handed_off:
        yield last, _HANDOFF


def _event(
    conversation: Conversation, index: int, name: str, random: SeededRandom
) -> dict[str, Any]:
    turn = conversation.dialogue.turns[index]
    started = conversation.started + timedelta(milliseconds=turn.agent_at - turn.latency)
    return {
        "id": random_uuid(random),
        "conversation_id": conversation.conversation_id,
        "turn_id": index + 1,
        "name": name,
        "function_id": f"FUNCTION-{name.replace('_', '-')}",
        "llm_request_id": random_uuid(random) if random.chance(0.8) else None,
        "arguments": {
            argument: str(conversation.values[argument])
            for argument in placeholders(turn.exchange.user)
        },
        "start_time": format_datetime(started, usegmt=True),
        "duration": random.integer(20, turn.latency),
        "utterance": turn.exchange.agent.format_map(conversation.values),
        **_handoff(conversation, name),
        **_ALWAYS_NULL,
    }


def _handoff(conversation: Conversation, name: str) -> dict[str, dict[str, Any] | None]:
    if name != _HANDOFF:
        return {"handoff": None, "state_changes": None}
    reason = conversation.scenario.handoff_reason
    return {
        "handoff": {"type": conversation.scenario.handoff_destination, "reason": reason},
        "state_changes": {"added": {"handoff_reason": reason}, "updated": {}, "removed": []},
    }
