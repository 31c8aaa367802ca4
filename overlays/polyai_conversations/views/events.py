"""Calls of functions, with the turn that each belongs to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import attrs

from polyai_conversations_api.models import ConversationFunctionEvents, FunctionEvent

from .fields import Fields, nothing, parse_object
from .values import parse_milliseconds, parse_text, parse_time

_TURN_NUMBER: Final = re.compile(r"[1-9][0-9]{0,8}")
_UNTYPED: Final = (
    *("function_version", "content", "error", "hangup", "logs", "transition", "variant_id_change"),
)
"""Fields of which only null was recorded, so that values go to `other`."""


@attrs.frozen(kw_only=True)
class Event:
    """A call of one of the agent's functions.

    Attributes:
        turn: Index of the turn, from 0, like `Turn.index`: the server's number of the turn, less 1.
        id: The id of the event.
        name: The name of the function.
        function_id: The id of the function.
        llm_request_id: The id of the request to a language model that led to the call.
        started_at: When the call started.
        duration: How long it took; the server sends milliseconds.
        arguments: Its arguments by name.
        utterance: What the function made the agent say.
        handoff: The handoff that it started, with its `type` and `reason`.
        state_changes: Variables that it `added`, `updated` and `removed`.
        other: Values of unknown forms, and fields outside the contract.
    """

    turn: int | None = None
    id: str | None = None
    name: str | None = None
    function_id: str | None = None
    llm_request_id: str | None = None
    started_at: datetime | None = None
    duration: timedelta | None = None
    arguments: Mapping[str, Any] = attrs.field(factory=dict)
    utterance: str | None = None
    handoff: Mapping[str, Any] | None = None
    state_changes: Mapping[str, Any] | None = None
    other: Mapping[str, Any] = attrs.field(factory=dict)


def parse_events(model: object) -> tuple[Event, ...] | None:
    """Return events in the order sent, or None if the value is not an object."""
    if not isinstance(model, ConversationFunctionEvents):
        return None
    return tuple(
        _event(number, event)
        for number, events in model.additional_properties.items()
        for event in (events if isinstance(events, list) else [events])
        if event is not None
    )


def _event(number: str, model: object) -> Event:
    turn = int(number) - 1 if _TURN_NUMBER.fullmatch(number) else None
    other = {} if turn is not None else {"turn": number}
    if not isinstance(model, FunctionEvent):
        return Event(turn=turn, other=other | {"event": model})
    fields = Fields(model, other | model.additional_properties)
    for name in _UNTYPED:
        fields.read(name, nothing)
    return Event(
        turn=turn,
        id=fields.read("id", parse_text),
        name=fields.read("name", parse_text),
        function_id=fields.read("function_id", parse_text),
        llm_request_id=fields.read("llm_request_id", parse_text),
        started_at=fields.read("start_time", parse_time),
        duration=fields.read("duration", parse_milliseconds),
        arguments=fields.read("arguments", parse_object) or {},
        utterance=fields.read("utterance", parse_text),
        handoff=fields.read("handoff", parse_object),
        state_changes=fields.read("state_changes", parse_object),
        other=fields.other,
    )
