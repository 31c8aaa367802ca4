"""Success bodies in known and unknown shapes are parsed as they are, or raise a typed error."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_conversations import ResponseValidationError
from polyai_conversations._http.response_parsing import parse_response
from polyai_conversations.models import ConversationShortSummary, FunctionEvent, TurnLatency
from polyai_conversations_api.api.conversations import get_conversation, list_conversations

if TYPE_CHECKING:
    from polyai_conversations.models import ConversationDetailResponse

IDS = {"conversationId": "id", "accountId": "account", "projectId": "project"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def respond(body: object, status: int = 200) -> httpx.Response:
    request = httpx.Request("GET", "https://api.us.poly.ai/v1/agents/a/conversations/id")
    return httpx.Response(status, content=json.dumps(body), request=request)


def parse(**fields: Any) -> ConversationDetailResponse:
    conversation: ConversationDetailResponse = parse_response(
        get_conversation, respond({**IDS, **fields})
    )
    assert conversation.to_dict() == {**IDS, **fields}
    return conversation


SUMMARY = {"heading": "Table booked", "content": "A table for four."}
LATENCY = {"label": None, "perceived_latency": 3.88, "perceived_latency_percentile_1d": None}
EVENT = {
    "id": "e",
    "name": "hand_over",
    "turn_id": 1,
    "arguments": {"party_size": "12"},
    "duration": 279,
    "start_time": "Tue, 26 May 2026 10:00:13 GMT",
    "handoff": {"type": "front desk", "reason": "large party"},
    "state_changes": {"added": {"tried": True}, "updated": {}, "removed": []},
    "logs": None,
}
METADATA = {
    "asr_corrected_user_input": "",
    "entities": [],
    "function_events": [{"name": "hand_over", "duration": 279}],
    "retrieved_topics": ["group_bookings"],
    "safety": {"filters_triggered": {"provider": "p"}},
    "top_transcripts": [{"text": "hello", "intents": []}],
}


@pytest.mark.parametrize("summary", [SUMMARY, json.dumps(SUMMARY), "Table booked.", "", None])
def test_a_summary_is_an_object_or_text(summary: object) -> None:
    parsed = parse(shortSummary=summary).short_summary
    assert isinstance(parsed, ConversationShortSummary if isinstance(summary, dict) else object)
    assert parsed == (
        ConversationShortSummary.from_dict(summary) if isinstance(summary, dict) else summary
    )


@pytest.mark.parametrize("latency", [LATENCY, 0.9, 1, None])
def test_a_latency_is_an_object_or_a_number(latency: object) -> None:
    (turn,) = parse(turns=[{"latency": latency}]).turns or []
    expected = TurnLatency.from_dict(latency) if isinstance(latency, dict) else latency
    assert turn.latency == expected


def test_function_events_are_models_by_the_number_of_the_turn() -> None:
    events = parse(functionEvents={"1": [EVENT], "6": []}).function_events
    assert events
    assert events["1"] == [FunctionEvent.from_dict(EVENT)]


def test_recorded_turns_and_metrics_are_kept() -> None:
    rows = [{"timestamp": "2026-06-03T13:19:19.757917", "value": "73"}]
    conversation = parse(
        turns=[{"turn_id": 743916318, "metadata": METADATA, "reviews": [], "entities": None}],
        metrics={"CALL_DURATION": rows, "containment": True, "flows": ["a", "b"]},
    )
    assert conversation.metrics
    assert conversation.metrics["CALL_DURATION"] == rows


UNSEEN: dict[str, dict[str, Any]] = {
    "a summary that is a list": {"shortSummary": ["Table booked"]},
    "a summary with a heading that is a number": {"shortSummary": {"heading": 3, "parts": []}},
    "a latency that is text": {"turns": [{"latency": "0.9 s"}]},
    "a latency that is a list": {"turns": [{"latency": [0.9]}]},
    "intents that are text": {"turns": [{"intents": "book_table"}]},
    "entities that are an object": {"turns": [{"entities": {"party_size": "4"}}]},
    "metadata that is text": {"turns": [{"metadata": "none"}]},
    "retrieved topics that are objects": {"turns": [{"metadata": {"retrieved_topics": [{}]}}]},
    "function events of a turn that are an object": {"functionEvents": {"1": {"name": "start"}}},
    "function events with a calls counter": {"functionEvents": {"start": {"calls": 1}, "n": 3}},
    "a handoff that is text": {"functionEvents": {"1": [{"handoff": "front desk"}]}},
    "arguments that are a list": {"functionEvents": {"1": [{"arguments": ["12"]}]}},
    "state changes that are a list": {"functionEvents": {"1": [{"state_changes": ["added"]}]}},
    "a metric that is an object": {"metrics": {"CALL_DURATION": {"value": "73"}}},
}


@pytest.mark.parametrize("fields", UNSEEN.values(), ids=UNSEEN)
def test_an_unknown_shape_within_a_conversation_is_kept(fields: dict[str, Any]) -> None:
    parse(**fields)


def test_an_unknown_shape_in_a_row_does_not_cost_the_page() -> None:
    row = {**IDS, "tags": "vip", "shortSummary": 3}
    page = {"conversations": [row], "count": 1, "limit": 50, "offset": 0}
    assert parse_response(list_conversations, respond(page)).to_dict() == page


VIOLATIONS: dict[str, tuple[dict[str, Any], str]] = {
    "entities": ({"turns": [{}, {"entities": ["party_size"]}]}, "turns[1].entities[0]"),
    "function events": ({"functionEvents": {"1": [EVENT, "start"]}}, "functionEvents['1'][1]"),
    "function events of a turn": (
        {"turns": [{"metadata": {"function_events": [3]}}]},
        "turns[0].metadata.function_events[0]",
    ),
    "transcripts": (
        {"turns": [{"metadata": {"top_transcripts": ["hello"]}}]},
        "turns[0].metadata.top_transcripts[0]",
    ),
}


@pytest.mark.parametrize(("fields", "path"), VIOLATIONS.values(), ids=VIOLATIONS)
def test_an_array_of_objects_that_holds_something_else_violates_the_contract(
    fields: dict[str, Any], path: str
) -> None:
    with pytest.raises(ResponseValidationError, match="must be an object") as caught:
        parse(**fields)
    assert caught.value.field == path


@given(
    short_summary=JSON,
    turn=st.dictionaries(
        st.sampled_from(["latency", "intents", "entities", "metadata", "reviews", "turn_id"]),
        JSON | st.dictionaries(st.sampled_from(["function_events", "top_transcripts"]), JSON),
    ),
    events=st.dictionaries(st.text(), JSON | st.lists(st.fixed_dictionaries({"handoff": JSON}))),
    metrics=st.dictionaries(st.text(), JSON),
)
def test_any_json_is_kept_or_is_a_response_validation_error(
    short_summary: Any, turn: Any, events: Any, metrics: Any
) -> None:
    fields = {"shortSummary": short_summary, "functionEvents": events, "metrics": metrics}
    with contextlib.suppress(ResponseValidationError):
        parse(**fields, turns=[turn])


@pytest.mark.parametrize("body", [IDS, {"success": True}, {}], ids=["ids", "success", "empty"])
def test_a_success_status_that_the_contract_does_not_name_is_an_error(body: object) -> None:
    with pytest.raises(ResponseValidationError, match="undocumented status 202") as caught:
        parse_response(get_conversation, respond(body, status=202))
    assert caught.value.field is None
