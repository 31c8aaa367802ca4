"""What reads conversations accepts any JSON in any field of the contract."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from polyai_conversations._notebook import conversation_html
from polyai_conversations.cli.detail_fields import detail_fields
from polyai_conversations.cli.transcript import transcript_lines
from polyai_conversations.export import to_arrow
from polyai_conversations.models import ConversationDetailResponse
from polyai_conversations.transcripts import SUFFIXES, transcript
from polyai_conversations.views import view

if TYPE_CHECKING:
    Json = st.SearchStrategy[Any]

SPEC = yaml.safe_load((Path(__file__).parent.parent / "openapi.yaml").read_text())
SCHEMAS = SPEC["components"]["schemas"]
IDS = {"conversationId": "KA-123", "accountId": "ws", "projectId": "agent"}
TIMES = ("2026-05-26T10:00:00", "0001-01-01T00:00:00+14:00", "Mon, 01 Jan 0001 00:00:00 +1400")


def fields_of(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the properties of a schema, including those of its parts."""
    if "$ref" in schema:
        return fields_of(SCHEMAS[schema["$ref"].rpartition("/")[2]])
    parts = schema.get("allOf", [])
    return {
        **schema.get("properties", {}),
        **{k: v for p in parts for k, v in fields_of(p).items()},
    }


def objects(schema: dict[str, Any], **fields: Json) -> Json:
    """Generate objects with any of the schema's fields, and one that it does not have."""
    names = {**fields_of(schema), "addedLater": {}}
    return st.fixed_dictionaries({}, optional={n: fields.get(n, anything) for n in names})


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.sampled_from(TIMES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
turns = objects(
    SCHEMAS["ConversationTurn"],
    latency=objects(SCHEMAS["TurnLatency"]) | anything,
    metadata=objects(SCHEMAS["ConversationTurn"]["properties"]["metadata"]) | anything,
)
events = st.lists(objects(SCHEMAS["FunctionEvent"]) | anything, max_size=3)
conversations = objects(
    SCHEMAS["ConversationDetailResponse"],
    shortSummary=objects(SCHEMAS["ConversationShortSummary"]) | anything,
    turns=st.lists(turns | anything, max_size=3) | anything,
    metrics=st.dictionaries(st.text(max_size=3), anything) | anything,
    functionEvents=st.dictionaries(st.text("012x", max_size=2), events | anything) | anything,
)


@given(fields=conversations)
@example(fields=dict.fromkeys(fields_of(SCHEMAS["ConversationDetailResponse"])))
@example(fields={"startedAt": TIMES[1], "turns": [{"agent_response_datetime": TIMES[2]}]})
def test_any_json_can_be_shown_and_exported(fields: dict[str, Any]) -> None:
    model = ConversationDetailResponse.from_dict(IDS | fields)
    assert list(detail_fields(view(model)))
    assert all(line.text or line.turn for line in transcript_lines(view(model).turns))
    assert transcript(model, "vtt").startswith("WEBVTT")
    assert all(isinstance(transcript(model, name), str) for name in SUFFIXES)
    assert conversation_html(model).startswith("<section>")
    assert len(to_arrow([model])["conversations"]) == 1


@given(fields=conversations)
@example(fields={"shortSummary": {"heading": False}})
def test_no_field_of_a_conversation_is_lost(fields: dict[str, Any]) -> None:
    # `turns` is left out: a view has only some of the fields of a turn.
    sent = {name: value for name, value in fields.items() if name != "turns"}
    call = view(ConversationDetailResponse.from_dict(IDS | sent))
    empty = view(ConversationDetailResponse.from_dict(IDS))
    renamed = {"shortSummary": "summary", "functionEvents": "events"}
    for name, value in sent.items():
        attribute = renamed.get(name) or snake_case(name)
        is_read = getattr(call, attribute, None) != getattr(empty, attribute, None)
        assert is_read or is_empty(value) or {name, snake_case(name)} & call.other.keys(), name


def snake_case(name: str) -> str:
    return "".join(f"_{each.lower()}" if each.isupper() else each for each in name)


def is_empty(value: object) -> bool:
    """Return whether JSON contains nothing but nulls, empty text and empty containers."""
    if isinstance(value, dict | list):
        return all(map(is_empty, value.values() if isinstance(value, dict) else value))
    return value in {None, ""}
