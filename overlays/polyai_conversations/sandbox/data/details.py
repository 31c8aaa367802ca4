"""What the full record of a conversation adds to its entry in the list."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from .formats import choose_format
from .function_events import function_events
from .summaries import audio_url
from .turns import documented_turns, recorded_turns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .conversation import Conversation
    from .seeded_random import SeededRandom


def detail(conversation: Conversation, random: SeededRandom) -> dict[str, Any]:
    """Return the turns, metrics and function events of a conversation, and its recording's URL.

    In the recorded responses, the URL was in the full record, but not in the list.

    Args:
        conversation: The conversation.
        random: A new source of draws with the seed that `summary` had, so that both use the same
            format.

    """
    form = choose_format(random)
    events = function_events(conversation, random)
    if form.as_recorded:
        turns = recorded_turns(conversation, form, events, random)
        metrics = _recorded_metrics(conversation, random)
    else:
        turns = documented_turns(conversation, form)
        metrics = _documented_metrics(conversation, random)
    recording = {"audioUrl": audio_url(conversation)} if conversation.recorded else {}
    return {"turns": turns, "metrics": metrics, "functionEvents": events, **recording}


def _recorded_metrics(conversation: Conversation, random: SeededRandom) -> dict[str, Any]:
    """Return rows with values as text; a metric that was written twice has two rows."""
    turns = conversation.dialogue.turns
    values = {
        "CALL_DURATION": [] if conversation.in_progress else [str(conversation.seconds)],
        "HANDOFF_REASON": [conversation.scenario.handoff_reason] * conversation.handed_off,
        "TOTAL_AGENT_TURNS": [str(len(turns))],
        "VISITED_FLOW": conversation.scenario.flows[: len(turns)],
    }
    return {
        name: _metric_rows(texts, conversation, random) for name, texts in values.items() if texts
    }


def _metric_rows(
    values: Sequence[str], conversation: Conversation, random: SeededRandom
) -> list[dict[str, str]]:
    """Return values with times during the conversation, without a time zone."""
    start = conversation.started.replace(tzinfo=None)
    ages = sorted(random.integer(1, 1_000_000 * conversation.seconds) for _ in values)
    times = (start + timedelta(microseconds=age) for age in ages)
    return [
        {"timestamp": time.isoformat(timespec="microseconds"), "value": value}
        for time, value in zip(times, values, strict=True)
    ]


def _documented_metrics(conversation: Conversation, random: SeededRandom) -> dict[str, Any]:
    """Return plain values, or a list of them for a metric that was written more than once."""
    turns = conversation.dialogue.turns
    return {
        "containment": None if conversation.in_progress else not conversation.handed_off,
        "visited_flow": list(conversation.scenario.flows[: len(turns)]),
        "user_turns": sum(turn.user_at is not None for turn in turns),
        "transcription_confidence": random.integer(820, 990) / 1_000,
    }
