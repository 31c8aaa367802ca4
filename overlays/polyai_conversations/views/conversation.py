"""A conversation in values that are ready to use."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urljoin

import attrs

from polyai_conversations_api.models import (
    ConversationDetailResponse,
    ConversationSummaryResponse,
    GetConversationsResponse,
)

from .events import Event, parse_events
from .fields import Fields
from .metrics import Metric, parse_metrics
from .summary import Summary, parse_summary, rest_of_summary
from .turns import Turn, parse_turns
from .values import parse_flag, parse_number, parse_seconds, parse_text, parse_texts, parse_time

Conversation = ConversationSummaryResponse | ConversationDetailResponse
"""A conversation as the client returns it: from the list, or with its turns."""


@attrs.frozen(kw_only=True)
class ConversationView:
    """A conversation in values that are ready to use; `view` creates it.

    The attributes are those of the model, which the contract describes, with these types and
    exceptions.

    Attributes:
        total_duration: Length of the whole call.
        polyai_duration: Length of the part that the agent handled.
        duration: Length of the conversation. The server sends all three in whole seconds.
        summary: What it was about, from `short_summary`.
        audio_url: The recording as the server sent it, mostly a relative URL; see `recording_url`.
        turns: What the user and the agent said, in order; empty for a conversation of the list.
        metrics: A row for each value; empty for a conversation of the list.
        events: Calls of the agent's functions; empty for a conversation of the list.
        other: Values of unknown forms, and fields outside the contract.
    """

    conversation_id: str
    account_id: str
    project_id: str
    created_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    channel: str | None
    direction: str | None
    from_number: str | None
    to_number: str | None
    language: str | None
    variant_id: str | None
    deployment_id: str | None
    client_env: str | None
    total_duration: timedelta | None
    polyai_duration: timedelta | None
    duration: timedelta | None
    in_progress: bool | None
    handoff: bool | None
    handoff_destination: str | None
    handoff_reason: str | None
    summary: Summary | None
    tags: tuple[str, ...]
    poly_score: float | None
    note: str | None
    audio_url: str | None
    turns: tuple[Turn, ...]
    metrics: tuple[Metric, ...]
    events: tuple[Event, ...]
    other: Mapping[str, Any]

    def recording_url(self, base_url: str, agent_id: str) -> str | None:
        """Return the absolute URL of the recording, or None if there is none.

        A server may send any URL here. Send the API key only to the API's own host, or download the
        recording with the client.

        Args:
            base_url: The URL of the API, such as `client.base_url`.
            agent_id: The agent, such as `client.agent_id`; `audio_url` is relative to its address.
        """
        if self.audio_url is None:
            return None
        agent = quote(agent_id, safe="", errors="surrogatepass")
        try:
            return urljoin(f"{base_url.rstrip('/')}/v1/agents/{agent}/", self.audio_url)
        except ValueError:  # such as an invalid IPv6 address
            return None


def check_conversation(name: str, value: object) -> None:
    """Check that an argument is a conversation as the client returns it.

    Raises:
        ValueError: It is not; the message says what to pass instead.
    """
    if isinstance(value, Conversation):
        return
    problem = f"{name} must be a conversation as the client returns it, not {type(value).__name__}"
    if isinstance(value, ConversationView):
        raise ValueError(f"{problem}: pass what the view was made from")
    if isinstance(value, GetConversationsResponse):
        raise ValueError(f"{problem}: pass each of page.conversations")
    if isinstance(value, Mapping):
        raise ValueError(f"{problem}: convert it with ConversationDetailResponse.from_dict")
    if isinstance(value, Awaitable):
        raise ValueError(f"{problem}: await it first")
    raise ValueError(f"{problem}: get it with get_conversation or list_conversations")


def view(conversation: Conversation) -> ConversationView:
    """Turn a conversation of the list, or one with its turns, into values that are ready to use.

    Raises:
        ValueError: `conversation` is something else.
    """
    check_conversation("conversation", conversation)
    fields = Fields(conversation, conversation.additional_properties)
    summary = fields.read("short_summary", parse_summary, rest_of_summary)
    text, moment, length, flag = parse_text, parse_time, parse_seconds, parse_flag
    return ConversationView(
        conversation_id=fields.read("conversation_id", text) or "",
        account_id=fields.read("account_id", text) or "",
        project_id=fields.read("project_id", text) or "",
        created_at=fields.read("created_at", moment),
        started_at=fields.read("started_at", moment),
        finished_at=fields.read("finished_at", moment),
        channel=fields.read("channel", text),
        direction=fields.read("direction", text),
        from_number=fields.read("from_number", text),
        to_number=fields.read("to_number", text),
        language=fields.read("language", text),
        variant_id=fields.read("variant_id", text),
        deployment_id=fields.read("deployment_id", text),
        client_env=fields.read("client_env", text),
        total_duration=fields.read("total_duration", length),
        polyai_duration=fields.read("polyai_duration", length),
        duration=fields.read("duration", length),
        in_progress=fields.read("in_progress", flag),
        handoff=fields.read("handoff", flag),
        handoff_destination=fields.read("handoff_destination", text),
        handoff_reason=fields.read("handoff_reason", text),
        summary=summary if summary and summary.title else None,
        tags=fields.read("tags", parse_texts) or (),
        poly_score=fields.read("poly_score", parse_number),
        note=fields.read("note", text),
        audio_url=fields.read("audio_url", text),
        turns=fields.read("turns", parse_turns) or (),
        metrics=fields.read("metrics", parse_metrics) or (),
        events=fields.read("function_events", parse_events) or (),
        other=fields.other,
    )
