"""How `view` turns every form that a server may send into values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from polyai_conversations.models import (
    ConversationDetailResponse,
    ConversationSummaryResponse,
    GetConversationsResponse,
)
from polyai_conversations.views import (
    ConversationView,
    Event,
    Metric,
    Summary,
    Turn,
    format_duration,
    view,
)

if TYPE_CHECKING:
    from polyai_conversations.sandbox import Sandbox

IDS = {"conversationId": "KA-123", "accountId": "ws", "projectId": "agent"}
TEN = datetime(2026, 5, 26, 10, tzinfo=UTC)


def view_of(**fields: Any) -> ConversationView:
    return view(ConversationDetailResponse.from_dict(IDS | fields))


SUMMARIES: dict[str, tuple[Any, Summary | None, bool]] = {
    "an object": ({"heading": "H", "content": "C"}, Summary("H", "C"), True),
    "JSON": ('{"heading": "H", "content": "C"}', Summary("H", "C"), True),
    "JSON without a heading": ('{"content": "C"}', Summary("", "C"), True),
    "plain text": ("It is 5.", Summary("", "It is 5."), True),
    "a number in quotes": ("5", Summary("", "5"), True),
    "JSON of another object": ('{"a": 1}', Summary("", '{"a": 1}'), True),
    "deeply nested": ("[" * 100_000, Summary("", "[" * 100_000), True),
    "a heading that is null": ({"heading": None, "content": "C"}, Summary("", "C"), True),
    "an empty object": ({}, None, True),
    "JSON of empty text": ('{"heading": "", "content": ""}', None, True),
    "an object of nulls": ({"heading": None, "content": ""}, None, True),
    "null": (None, None, True),
    "empty text": ("", None, True),
    "a list": (["H"], None, False),
    "a heading that is a number": ({"heading": 5, "content": "C"}, None, False),
}


@pytest.mark.parametrize(("sent", "summary", "known"), SUMMARIES.values(), ids=SUMMARIES)
def test_summary_has_a_heading_and_a_content(
    sent: object, summary: Summary | None, known: bool
) -> None:
    result = view_of(shortSummary=sent)
    assert result.summary == summary
    assert result.other == ({} if known else {"short_summary": sent})


@pytest.mark.parametrize(
    ("summary", "title", "text"),
    [
        (Summary("Booked.", "For four."), "Booked.", "Booked. For four."),
        (Summary("", "For four."), "For four.", "For four."),
        (Summary("Booked", ""), "Booked", "Booked"),
    ],
)
def test_summary_is_printed_as_one_text(summary: Summary, title: str, text: str) -> None:
    assert (summary.title, str(summary)) == (title, text)


TIMES = {
    "with Z": ("2026-05-26T10:00:00Z", TEN),
    "with an offset": ("2026-05-26T12:00:00+02:00", TEN),
    "with fractions": ("2026-05-26T10:00:00.250+00:00", TEN + timedelta(milliseconds=250)),
    "without a zone": ("2026-05-26T10:00:00", TEN),
    "an HTTP date": ("Tue, 26 May 2026 10:00:00 GMT", TEN),
    "empty": ("", None),
}


@pytest.mark.parametrize(("sent", "time"), TIMES.values(), ids=TIMES)
def test_times_are_in_utc(sent: str, time: datetime | None) -> None:
    result = view_of(startedAt=sent)
    assert (result.started_at, result.other) == (time, {})
    assert time is None or result.started_at.utcoffset() == timedelta()  # type: ignore[union-attr]


UNKNOWN_FORMS: dict[str, tuple[str, Any]] = {
    "a number for a time": ("startedAt", 5),
    "words for a time": ("startedAt", "around noon"),
    "a time before year 1": ("startedAt", "0001-01-01T00:00:00+14:00"),
    "a time after year 9999": ("finishedAt", "9999-12-31T23:59:59-01:00"),
    "text for a duration": ("duration", "long"),
    "a duration out of range": ("totalDuration", 10**400),
    "a duration beyond timedelta": ("totalDuration", 1e15),
    "infinity for a score": ("polyScore", float("inf")),
    "a boolean for a number": ("polyScore", True),
    "text for a boolean": ("handoff", "maybe"),
    "text for tags": ("tags", "a, b"),
    "a number among tags": ("tags", ["a", 1]),
    "an object for text": ("note", {"text": "x"}),
    "text for turns": ("turns", "none"),
    "a list for metrics": ("metrics", [1]),
    "a number for events": ("functionEvents", 3),
}


@pytest.mark.parametrize(("field", "sent"), UNKNOWN_FORMS.values(), ids=UNKNOWN_FORMS)
def test_value_of_an_unknown_form_is_kept_in_other(field: str, sent: object) -> None:
    result = view_of(**{field: sent})
    assert list(result.other.values()) == [sent]
    assert attrs.evolve(result, other={}) == view_of()


def test_fields_outside_the_contract_are_in_other() -> None:
    assert view_of(sentiment={"score": 1}).other == {"sentiment": {"score": 1}}


NEW_FIELDS: dict[str, dict[str, Any]] = {
    "a summary": {"shortSummary": {"heading": "H", "mood": "new"}},
    "a summary without text": {"shortSummary": {"heading": "", "mood": "new"}},
    "a summary in JSON": {"shortSummary": '{"heading": "H", "mood": "new"}'},
    "a turn": {"turns": [{"agent_response": "x", "mood": "new"}]},
    "a latency": {"turns": [{"latency": {"perceived_latency": 1.5, "mood": "new"}}]},
    "a latency whose label was always null": {
        "turns": [{"latency": {"perceived_latency": 1.5, "label": "new"}}]
    },
    "a metric": {"metrics": {"m": [{"value": "1", "mood": "new"}]}},
    "an event": {"functionEvents": {"1": [{"mood": "new"}]}},
    "a handoff": {"functionEvents": {"1": [{"handoff": {"type": "desk", "mood": "new"}}]}},
    "a change of state": {"functionEvents": {"1": [{"state_changes": {"mood": "new"}}]}},
}


@pytest.mark.parametrize("fields", NEW_FIELDS.values(), ids=NEW_FIELDS)
def test_a_new_field_is_kept_wherever_it_is(fields: dict[str, Any]) -> None:
    assert "'new'" in str(view_of(**fields))


def test_a_new_field_does_not_hide_the_values_beside_it() -> None:
    latency = {"perceived_latency": 1.5, "label": "slow"}
    summary = {"heading": "H", "content": "C", "mood": "good"}
    call = view_of(turns=[{"latency": latency}], shortSummary=summary)
    (turn,) = call.turns
    assert (turn.latency, turn.other) == (1.5, {"latency": {"label": "slow"}})
    assert (call.summary, call.other) == (Summary("H", "C"), {"short_summary": {"mood": "good"}})


def test_durations_are_timedeltas() -> None:
    result = view_of(totalDuration=91, polyaiDuration=74, duration=0)
    expected = (timedelta(seconds=91), timedelta(seconds=74), timedelta())
    assert (result.total_duration, result.polyai_duration, result.duration) == expected


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0:00"),
        (91.4, "1:31"),
        (59.6, "1:00"),
        (3599.6, "1:00:00"),
        (3723, "1:02:03"),
        (-1, "-0:01"),
    ],
)
def test_duration_is_printed_in_whole_seconds(seconds: float, text: str) -> None:
    assert format_duration(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize("model", [ConversationSummaryResponse, ConversationDetailResponse])
def test_every_field_of_the_contract_has_an_attribute(model: type) -> None:
    names = {field.name for field in attrs.fields(model)} - {"additional_properties"}
    renamed = {"short_summary": "summary", "function_events": "events"}
    attributes = {field.name for field in attrs.fields(ConversationView)}
    assert {renamed.get(name, name) for name in names} <= attributes


RELATIVE = "conversations/KA-123/audio"
RECORDINGS = {
    "relative": (RELATIVE, f"https://api.us.poly.ai/v1/agents/my%2Fagent/{RELATIVE}"),
    "absolute": ("https://files.example/a.wav", "https://files.example/a.wav"),
    "a path": ("/a.wav", "https://api.us.poly.ai/a.wav"),
    "no recording": ("", None),
    "not a URL": ("http://[", None),
}


@pytest.mark.parametrize(("sent", "url"), RECORDINGS.values(), ids=RECORDINGS)
def test_recording_url_is_absolute(sent: str, url: str | None) -> None:
    conversation = view_of(audioUrl=sent)
    assert conversation.recording_url("https://api.us.poly.ai/", "my/agent") == url


def test_recording_url_of_the_sandbox_is_the_address_of_the_recording(sandbox: Sandbox) -> None:
    row = next(row for row in sandbox.store.page(50, 0) if row["audioUrl"])
    conversation = view(ConversationSummaryResponse.from_dict(row))
    address = f"{sandbox.url}/v1/agents/{sandbox.agent_id}/conversations"
    expected = f"{address}/{row['conversationId']}/audio"
    assert conversation.recording_url(sandbox.url, sandbox.agent_id) == expected


def test_each_exchange_is_split_by_speaker() -> None:
    turns = [
        {"user_input": "", "agent_response": "Hello?", "latency": 1.5},
        {
            "user_input": "Hola",
            "user_input_datetime": "2026-05-26T10:00:00Z",
            "translated_user_input": "Hello",
            "barge_in": True,
            "agent_response": "Sí",
            "agent_response_datetime": "2026-05-26T10:00:02Z",
            "english_agent_response": "Yes",
            "latency": {"label": None, "perceived_latency": 1.61215},
        },
    ]
    assert view_of(turns=turns).turns == (
        Turn(index=0, speaker="agent", text="Hello?", latency=1.5),
        Turn(index=1, speaker="user", text="Hola", time=TEN, translation="Hello", barge_in=True),
        Turn(
            index=1,
            speaker="agent",
            text="Sí",
            time=TEN + timedelta(seconds=2),
            translation="Yes",
            latency=1.61215,
        ),
    )


def test_pressed_keys_and_silence_are_turns_of_the_user() -> None:
    turns = [{"user_input_dtmf": "42"}, {"is_silence": True}, {}]
    keys, silence, empty = view_of(turns=turns).turns
    assert (keys.speaker, keys.spoken, keys.remarks) == ("user", "[keys 42]", ())
    assert (silence.speaker, silence.spoken) == ("user", "")
    assert silence.remarks == ("the user said nothing",)
    assert empty == Turn(index=2, speaker="agent")


def test_turn_keeps_unknown_forms_and_fields() -> None:
    turn = {
        "user_input": 4,
        "user_input_datetime": "noon",
        "agent_response": "x",
        "latency": {"perceived_latency": "slow"},
        "mood": "good",
    }
    user, agent = view_of(turns=[turn]).turns
    assert user.other == {"user_input": 4, "user_input_datetime": "noon"}
    assert agent.other == {"latency": {"perceived_latency": "slow"}, "mood": "good"}


@pytest.mark.parametrize("latency", [None, {}, {"label": None, "perceived_latency": None}])
def test_latency_that_was_not_measured_is_none(latency: object) -> None:
    (turn,) = view_of(turns=[{"agent_response": "x", "latency": latency}]).turns
    assert (turn.latency, turn.other) == (None, {})


METRICS: dict[str, tuple[Any, list[Metric]]] = {
    "recorded rows": (
        [{"timestamp": "2026-05-26T10:00:00", "value": "73"}, {"value": "74"}],
        [Metric(name="m", value="73", timestamp=TEN), Metric(name="m", value="74")],
    ),
    "a plain value": (True, [Metric(name="m", value=True)]),
    "plain values": (["a", "b"], [Metric(name="m", value="a"), Metric(name="m", value="b")]),
    "null": (None, [Metric(name="m")]),
    "no rows": ([], []),
    "an unknown object": ({"a": 1}, [Metric(name="m", other={"a": 1})]),
    "a nested list": ([[1]], [Metric(name="m", other={"value": [1]})]),
    "an object as the value": (
        [{"value": {"a": 1}, "timestamp": "noon"}],
        [Metric(name="m", other={"value": {"a": 1}, "timestamp": "noon"})],
    ),
}


@pytest.mark.parametrize(("sent", "rows"), METRICS.values(), ids=METRICS)
def test_metrics_are_rows(sent: object, rows: list[Metric]) -> None:
    assert view_of(metrics={"m": sent}).metrics == tuple(rows)


def test_event_has_the_index_of_its_turn() -> None:
    event = {
        "id": "e",
        "name": "hand_over",
        "turn_id": 2,
        "arguments": {"party_size": "12"},
        "start_time": "Tue, 26 May 2026 10:00:00 GMT",
        "duration": 279,
        "handoff": {"type": "desk", "reason": "large party"},
        "state_changes": {"added": {"x": 1}, "updated": {}, "removed": []},
        "error": None,
    }
    assert view_of(functionEvents={"2": [event], "3": None}).events == (
        Event(
            turn=1,
            id="e",
            name="hand_over",
            started_at=TEN,
            duration=timedelta(milliseconds=279),
            arguments={"party_size": "12"},
            handoff={"type": "desk", "reason": "large party"},
            state_changes={"added": {"x": 1}, "updated": {}, "removed": []},
        ),
    )


EVENTS: dict[str, tuple[dict[str, Any], Event]] = {
    "a key that is not a number": ({"last": [{}]}, Event(other={"turn": "last"})),
    "a turn before the first": ({"0": [{}]}, Event(other={"turn": "0"})),
    "an event that is not an object": ({"1": [5]}, Event(turn=0, other={"event": 5})),
    "an object for the list": ({"1": {"a": 1}}, Event(turn=0, other={"event": {"a": 1}})),
    "an error": ({"1": [{"error": "late"}]}, Event(turn=0, other={"error": "late"})),
    "a new field": ({"1": [{"cost": 3}]}, Event(turn=0, other={"cost": 3})),
    "text as arguments": ({"1": [{"arguments": "x"}]}, Event(turn=0, other={"arguments": "x"})),
}


@pytest.mark.parametrize(("sent", "event"), EVENTS.values(), ids=EVENTS)
def test_event_keeps_unknown_forms_and_fields(sent: dict[str, Any], event: Event) -> None:
    assert view_of(functionEvents=sent).events == (event,)


NOT_CONVERSATIONS: dict[str, tuple[object, str]] = {
    "a page": (GetConversationsResponse([], 0, 1, 0), "pass each of page.conversations"),
    "a view": (view_of(), "pass what the view was made from"),
    "a dictionary": (IDS, "convert it with ConversationDetailResponse.from_dict"),
    "an id": ("KA-123", "get it with get_conversation or list_conversations"),
    "None": (None, "get it with get_conversation or list_conversations"),
}


@pytest.mark.parametrize(("value", "remedy"), NOT_CONVERSATIONS.values(), ids=NOT_CONVERSATIONS)
def test_what_is_not_a_conversation_is_refused_with_a_remedy(value: Any, remedy: str) -> None:
    kind = type(value).__name__
    message = f"^conversation must be a conversation as the client returns it, not {kind}: {remedy}"
    with pytest.raises(ValueError, match=message):
        view(value)


def test_a_conversation_that_was_not_awaited_is_refused_with_a_remedy() -> None:
    async def get_conversation() -> None: ...

    call: Any = get_conversation()
    with pytest.raises(ValueError, match="not coroutine: await it first"):
        view(call)
    call.close()


def test_every_conversation_of_the_sandbox_is_read_completely(sandbox: Sandbox) -> None:
    for row in sandbox.store.page(200, 0):
        listed = view(ConversationSummaryResponse.from_dict(row))
        call = view(
            ConversationDetailResponse.from_dict(sandbox.store.detail(row["conversationId"]))
        )
        listed = attrs.evolve(listed, audio_url=call.audio_url)  # the list leaves some out
        assert attrs.evolve(call, turns=(), metrics=(), events=()) == listed
        assert call.turns
        assert call.metrics
        parts: list[Any] = [call, *call.turns, *call.metrics, *call.events]
        assert [part.other for part in parts if part.other] == []
