"""The fields of a conversation as text: all of them for `show`, two for `list`; no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from polyai_conversations.views import ConversationView, Event, Metric, format_duration

from .formatting import local_clock, sanitize, zoned_time


def detail_fields(conversation: ConversationView) -> Iterator[tuple[str, str]]:
    """Yield the most important fields first, and fields outside the contract last.

    Empty fields are left out.
    """
    yield from ((label, text) for label, text in _labelled_fields(conversation) if text)
    for event in conversation.events:
        yield "Function", _event(event)
    for metric in conversation.metrics:
        yield "Metric", _metric(metric)
    for name, value in conversation.other.items():
        yield sanitize(name), sanitize(value)


def length(duration: timedelta | None) -> str:
    """Format a duration, such as `1:31`; None becomes ''."""
    return "" if duration is None else format_duration(duration)


def handoff(conversation: ConversationView) -> str:
    """Return where a conversation was handed off to, `yes` if that is unknown, or `no`."""
    if conversation.handoff is None:
        return ""
    return sanitize(conversation.handoff_destination or "yes") if conversation.handoff else "no"


def _labelled_fields(call: ConversationView) -> Iterator[tuple[str, str]]:
    yield "Conversation", sanitize(call.conversation_id)
    yield "Agent", sanitize(call.project_id)
    yield "Account", sanitize(call.account_id)
    yield "Created", zoned_time(call.created_at)
    yield "Started", zoned_time(call.started_at)
    yield "Finished", "in progress" if call.in_progress else zoned_time(call.finished_at)
    yield "Length", length(call.duration)
    yield "Total length", length(call.total_duration)
    yield "With the agent", length(call.polyai_duration)
    yield "Channel", _join(", ", sanitize(call.channel), sanitize(call.direction))
    yield "Numbers", _join(" → ", sanitize(call.from_number), sanitize(call.to_number))
    yield "Language", sanitize(call.language)
    yield "Handoff", _join(": ", handoff(call), sanitize(call.handoff_reason))
    yield "Summary", sanitize(str(call.summary)) if call.summary else ""
    yield "Tags", ", ".join(map(sanitize, call.tags))
    yield "Score", sanitize(call.poly_score)
    yield "Note", sanitize(call.note)
    yield "Recording", "yes" if call.audio_url else "no"
    yield "Environment", sanitize(call.client_env)
    yield "Variant", sanitize(call.variant_id)
    yield "Deployment", sanitize(call.deployment_id)


def _event(event: Event) -> str:
    turn = "" if event.turn is None else f"turn {event.turn}"
    arguments = (f"{name}={sanitize(value)}" for name, value in event.arguments.items())
    call = f"{sanitize(event.name)}({sanitize(', '.join(arguments))})"
    seconds = "" if event.duration is None else f"{event.duration.total_seconds():g} s"
    return _join(", ", call, turn, seconds, sanitize(event.other or None))


def _metric(metric: Metric) -> str:
    value = _join(", ", sanitize(metric.value), sanitize(metric.other or None))
    return _join(", ", f"{sanitize(metric.name)}: {value}", local_clock(metric.timestamp))


def _join(separator: str, *texts: str) -> str:
    return separator.join(filter(None, texts))
