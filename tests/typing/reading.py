"""Uses of views, transcripts and tables, for the type checkers; this file is never run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, assert_type

from polyai_conversations import ConversationsClient
from polyai_conversations.export import to_arrow
from polyai_conversations.models import ConversationDetailResponse, ConversationSummaryResponse
from polyai_conversations.transcripts import SUFFIXES, TranscriptFormat, transcript
from polyai_conversations.views import (
    Conversation,
    ConversationView,
    Event,
    Metric,
    Speaker,
    Summary,
    Turn,
    format_duration,
    view,
)


def read_views(client: ConversationsClient) -> None:
    for summary in client.list_conversations():
        assert_type(view(summary), ConversationView)
    call = view(client.get_conversation("id"))
    assert_type(call.conversation_id, str)
    assert_type(call.started_at, datetime | None)
    assert_type(call.duration, timedelta | None)
    assert_type(call.handoff, bool | None)
    assert_type(call.poly_score, float | None)
    assert_type(call.tags, tuple[str, ...])
    assert_type(call.turns, tuple[Turn, ...])
    assert_type(call.metrics, tuple[Metric, ...])
    assert_type(call.events, tuple[Event, ...])
    assert_type(call.other, Mapping[str, Any])
    assert_type(call.recording_url(client.base_url, client.agent_id), str | None)
    if call.summary is not None:
        assert_type(call.summary, Summary)
        assert_type(call.summary.title, str)
    if call.duration is not None:
        assert_type(format_duration(call.duration), str)


def read_parts(turn: Turn, event: Event, metric: Metric) -> None:
    assert_type(turn.speaker, Speaker)
    assert_type(turn.time, datetime | None)
    assert_type(turn.latency, float | None)
    assert_type(turn.remarks, tuple[str, ...])
    assert_type(event.turn, int | None)
    assert_type(event.started_at, datetime | None)
    assert_type(event.duration, timedelta | None)
    assert_type(event.arguments, Mapping[str, Any])
    assert_type(event.handoff, Mapping[str, Any] | None)
    assert_type(metric.value, str | float | bool | None)
    assert_type(metric.timestamp, datetime | None)


def write_transcripts(
    summary: ConversationSummaryResponse, detail: ConversationDetailResponse
) -> None:
    either: Conversation = summary
    assert_type(transcript(either), str)
    assert_type(transcript(detail, "vtt"), str)
    output: TranscriptFormat
    for output in SUFFIXES:
        assert_type(transcript(detail, format=output), str)
    assert_type(transcript(view(detail)), str)
    transcript(detail, "pdf")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def make_tables(client: ConversationsClient) -> None:
    tables = to_arrow(client.list_conversations())
    print(tables["conversations"])
    view(client.list_page())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
