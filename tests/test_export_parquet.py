"""The Parquet tables of an export."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import attrs
import pyarrow
import pytest
from pyarrow import parquet

from exporter import AUDIO_URL, Exporter
from polyai_conversations import ExportError
from polyai_conversations._export.tables import SCHEMAS
from polyai_conversations.export import to_arrow
from polyai_conversations.models import (
    ConversationDetailResponse,
    ConversationSummaryResponse,
    GetConversationsResponse,
)
from polyai_conversations.sandbox import Sandbox
from polyai_conversations.views import view

if TYPE_CHECKING:
    from pathlib import Path

IDS = {"conversationId": "c", "accountId": "a", "projectId": "p"}


TABLES = ("conversations", "turns", "metrics", "function_events")


def tables_of(*records: dict[str, Any]) -> dict[str, Any]:
    return to_arrow([ConversationDetailResponse.from_dict(IDS | record) for record in records])


def row_of(table: str, **record: Any) -> dict[str, Any]:
    rows: list[dict[str, Any]] = tables_of(record)[table].to_pylist()
    assert len(rows) == 1
    return rows[0]


def test_columns_have_types() -> None:
    conversations, turns, metrics, events = tables_of().values()
    types = {field.name: field.type for field in conversations.schema}
    assert types["note"] == types["recording"] == types["extra"] == pyarrow.string()
    assert types["total_duration"] == types["poly_score"] == pyarrow.float64()
    assert types["in_progress"] == pyarrow.bool_()
    assert types["started_at"] == pyarrow.timestamp("us", tz="UTC")
    assert types["tags"] == pyarrow.list_(pyarrow.string())
    assert turns.schema.field("turn").type == events.schema.field("turn").type == pyarrow.int64()
    assert turns.schema.field("latency").type == pyarrow.float64()
    assert turns.schema.field("intents").type == pyarrow.list_(pyarrow.string())
    assert metrics.schema.field("timestamp").type == types["started_at"]
    assert events.schema.field("duration").type == pyarrow.float64()


@pytest.mark.parametrize("model", [ConversationSummaryResponse, ConversationDetailResponse])
def test_every_field_of_the_contract_has_a_column_or_a_table(model: type) -> None:
    tables = tables_of()
    columns = {*tables["conversations"].column_names, *tables, "short_summary"}
    fields = {field.name for field in attrs.fields(model)} - {"additional_properties"}
    assert fields <= columns


TIME = datetime(2026, 5, 26, 10, tzinfo=UTC)
VALUES: dict[str, tuple[str, Any, str, object]] = {
    "text": ("note", "ü", "note", "ü"),
    "a lone surrogate": ("note", "\ud800", "note", "?"),
    "a list": ("tags", ["x", "y"], "tags", ["x", "y"]),
    "a number": ("totalDuration", 2, "total_duration", 2.0),
    "a boolean": ("inProgress", True, "in_progress", True),
    "a time with an offset": ("startedAt", "2026-05-26T12:00:00+02:00", "started_at", TIME),
    "a time without a zone": ("startedAt", "2026-05-26T10:00:00", "started_at", TIME),
    "an object as the summary": (
        *("shortSummary", {"heading": "H", "content": "C"}),
        *("summary_heading", "H"),
    ),
    "JSON as the summary": (
        *("shortSummary", '{"heading": "H", "content": "C"}'),
        *("summary_content", "C"),
    ),
    "text as the summary": ("shortSummary", "Text", "summary_content", "Text"),
}


@pytest.mark.parametrize(("field", "sent", "column", "stored"), VALUES.values(), ids=VALUES)
def test_value_is_stored_in_its_column(
    field: str, sent: object, column: str, stored: object
) -> None:
    row = row_of("conversations", **{field: sent})
    assert (row[column], row["extra"]) == (stored, None)


OTHER_VALUES: dict[str, tuple[str, Any, str]] = {
    "a number out of range": ("totalDuration", 10**400, "total_duration"),
    "a boolean for a number": ("totalDuration", True, "total_duration"),
    "text for a boolean": ("inProgress", "yes", "in_progress"),
    "text for a list": ("tags", "x", "tags"),
    "a time before year 1": ("startedAt", "0001-01-01T00:00:00+01:00", "started_at"),
    "a time after year 9999": ("startedAt", "9999-12-31T23:59:59-01:00", "started_at"),
    "a number for a time": ("startedAt", 5, "started_at"),
    "turns that are not objects": ("turns", [1, 2], "turns"),
    "a field outside the contract": ("sentiment", {"score": 1}, "sentiment"),
}


@pytest.mark.parametrize(("field", "sent", "name"), OTHER_VALUES.values(), ids=OTHER_VALUES)
def test_value_without_a_column_is_stored_in_extra(field: str, sent: object, name: str) -> None:
    row = row_of("conversations", **{field: sent})
    assert json.loads(row["extra"]) == {name: sent}
    assert not row.get(name)


def test_missing_values_are_null() -> None:
    row = row_of("conversations")
    named = {name for name, value in row.items() if value not in (None, [])}
    assert named == {"conversation_id", "account_id", "project_id"}


def test_turns_have_the_id_of_their_conversation_and_their_index() -> None:
    turns = [{"user_input": "hi", "latency": 1}, {"agent_response": "hello", "mood": "good"}]
    table = tables_of({"turns": turns}, {"conversationId": "other", "turns": []})["turns"]
    columns = ["conversation_id", "turn", "user_input", "agent_response", "latency", "extra"]
    assert table.select(columns).to_pylist() == [
        dict(zip(columns, ("c", 0, "hi", None, 1.0, None), strict=True)),
        dict(zip(columns, ("c", 1, None, "hello", None, '{"mood": "good"}'), strict=True)),
    ]


def test_turn_of_recorded_form_is_typed() -> None:
    turn = {
        "turn_id": 743917872,
        "user_input_datetime": "2026-05-26T10:00:00+00:00",
        "latency": {"label": None, "perceived_latency": 1.61215},
        "metadata": {"current_node": "", "retrieved_topics": ["a"]},
        "entities": [{"party_size": "4"}],
        "barge_in": True,
    }
    row = row_of("turns", turns=[turn])
    assert (row["turn_id"], row["user_input_datetime"]) == (743917872, TIME)
    assert (row["latency"], row["barge_in"], row["extra"]) == (1.61215, True, None)
    assert json.loads(row["metadata"]) == turn["metadata"]
    assert json.loads(row["entities"]) == turn["entities"]


def test_what_a_latency_contains_besides_seconds_is_stored_in_extra() -> None:
    latency = {"perceived_latency": 1.5, "label": "slow"}
    row = row_of("turns", turns=[{"latency": latency}])
    assert (row["latency"], json.loads(row["extra"])) == (1.5, {"latency": {"label": "slow"}})


def test_turn_of_unknown_form_is_stored_in_extra() -> None:
    turn = {"turn_id": 2**64, "latency": "slow", "user_input": 4, "is_ood": "no"}
    row = row_of("turns", turns=[turn])
    assert json.loads(row["extra"]) == turn


def test_each_value_of_a_metric_is_a_row() -> None:
    metrics = {"A": [{"timestamp": "2026-05-26T10:00:00", "value": "91"}], "B": [True, 0.5]}
    rows = tables_of({"metrics": metrics})["metrics"].to_pylist()
    assert [tuple(row.values()) for row in rows] == [
        ("c", "A", "91", TIME, None),
        ("c", "B", "true", None, None),
        ("c", "B", "0.5", None, None),
    ]


def test_function_events_have_their_turn_and_seconds() -> None:
    event = {
        "name": "f",
        "duration": 279,
        "start_time": "Tue, 26 May 2026 10:00:00 GMT",
        "arguments": {"x": "1"},
        "error": "late",
    }
    row = row_of("function_events", functionEvents={"2": [event]})
    assert (row["conversation_id"], row["turn"], row["name"]) == ("c", 1, "f")
    assert (row["duration"], row["started_at"]) == (0.279, TIME)
    assert (row["arguments"], row["extra"]) == ('{"x": "1"}', '{"error": "late"}')


def test_conversation_nested_too_deeply_for_json_does_not_end_the_export() -> None:
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    assert row_of("conversations", new=nested)["extra"] is None


def test_number_that_no_float_can_hold_is_null_in_extra() -> None:
    row = row_of("conversations", duration=float("inf"), new={"x": [-1e999, 1.5]})
    assert json.loads(row["extra"]) == {"duration": None, "new": {"x": [None, 1.5]}}
    assert row["duration"] is None


@pytest.mark.parametrize("details", [False, True])
def test_to_arrow_returns_the_tables_of_an_export(kind: str, tmp_path: Path, details: Any) -> None:
    with Sandbox(conversations=60, seed=7) as sandbox:
        settings = {
            "api_key": sandbox.api_key,
            "agent_id": sandbox.agent_id,
            "base_url": sandbox.url,
            "transport": None,
        }
        exporter = Exporter(kind, tmp_path / "calls", settings=settings)
        exporter.run(details=details, format="parquet")
    records = map(ConversationDetailResponse.from_dict, exporter.records)
    for name, table in to_arrow(records).items():
        assert parquet.read_table(exporter.directory / f"{name}.parquet").equals(table), name
        assert bool(table.num_rows) == (details or name == "conversations")


ROW = ConversationSummaryResponse("c", "a", "p")
NOT_CONVERSATIONS: dict[str, tuple[Any, str]] = {
    "a page": (
        GetConversationsResponse([], 0, 1, 0),
        "conversations must be a list .*, not GetConversationsResponse: pass page.conversations",
    ),
    "a conversation": (ROW, r"conversations must be a list .*: pass \[conversation\]"),
    "a view in a list": (
        [ROW, view(ROW)],
        r"conversations\[1\] must be .*, not ConversationView: pass what the view was made from",
    ),
    "a dictionary in a list": ([{}], r"conversations\[0\] must be .*: convert it with Conv"),
}


@pytest.mark.parametrize(("value", "message"), NOT_CONVERSATIONS.values(), ids=NOT_CONVERSATIONS)
def test_to_arrow_refuses_what_are_not_conversations(value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        to_arrow(value)


def test_recording_is_the_path_from_the_directory(exporter: Exporter) -> None:
    exporter.api.add("call", audioUrl=AUDIO_URL)
    exporter.api.add("chat")
    path = exporter.directory / "conversations.parquet"

    def recordings() -> list[str | None]:
        recordings: list[str | None] = parquet.read_table(path)["recording"].to_pylist()
        return recordings

    exporter.run(format="parquet")
    assert recordings() == [None, None]
    exporter.run(format="parquet", audio="user", redacted=True)
    assert recordings() == [None, "audio/call.user.redacted.wav"]
    exporter.run(audio="combined")
    assert recordings() == [None, "audio/call.wav"]
    assert (exporter.directory / "audio/call.wav").exists()


def test_large_exports_are_written_completely_and_in_order(exporter: Exporter) -> None:
    for number in range(2_500):
        exporter.api.add(f"c{number}")
    exporter.run(format="parquet")
    table = parquet.read_table(exporter.directory / "conversations.parquet")
    assert table["conversation_id"].to_pylist() == list(exporter.api.conversations)


@pytest.mark.parametrize("turns", [12, [1, 2], True, None])
def test_turns_of_unexpected_types_do_not_end_the_export(exporter: Exporter, turns: Any) -> None:
    exporter.api.add("odd", turns=turns, startedAt=5, metrics=True)
    exporter.api.add("next")
    exporter.run(format="parquet")
    table = parquet.read_table(exporter.directory / "conversations.parquet")
    assert table["conversation_id"].to_pylist() == ["next", "odd"]


def test_later_runs_update_existing_tables_without_being_asked(exporter: Exporter) -> None:
    exporter.api.add("old")
    exporter.run(format="parquet")
    exporter.api.add("new")
    report = exporter.run()
    table = parquet.read_table(exporter.directory / "conversations.parquet")
    assert table["conversation_id"].to_pylist() == ["new", "old"]
    assert [path.name for path in report.files] == [
        "conversations.jsonl",
        *(f"{table}.parquet" for table in TABLES),
    ]


def test_tables_of_a_version_with_other_columns_are_written_again(
    exporter: Exporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    exporter.api.add("old", polyScore=3)
    columns = [field for field in SCHEMAS["conversations"] if field.name != "poly_score"]
    with monkeypatch.context() as patch:
        patch.setitem(SCHEMAS, "conversations", pyarrow.schema(columns))
        exporter.run(format="parquet")
    path = exporter.directory / "conversations.parquet"
    assert "poly_score" not in parquet.read_schema(path).names
    exporter.run()
    assert parquet.read_table(path)["poly_score"].to_pylist() == [3]
    written = path.stat().st_mtime_ns
    exporter.run()
    assert path.stat().st_mtime_ns == written


@pytest.mark.parametrize("table", [f"{table}.parquet" for table in TABLES])
def test_removed_table_is_written_again(exporter: Exporter, table: str) -> None:
    exporter.api.add("old")
    exporter.run(format="parquet")
    path = exporter.directory / table
    content = path.read_bytes()
    path.unlink()
    exporter.run(format="parquet")
    assert path.read_bytes() == content


@pytest.fixture
def without_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)


@pytest.mark.usefixtures("without_pyarrow")
def test_parquet_without_its_extra_is_rejected(exporter: Exporter) -> None:
    with pytest.raises(ValueError, match=r"pip install .*\[parquet\]"):
        exporter.run(format="parquet")


@pytest.mark.parametrize("table", [f"{table}.parquet" for table in TABLES])
@pytest.mark.usefixtures("without_pyarrow")
def test_tables_that_cannot_be_updated_are_an_error(exporter: Exporter, table: str) -> None:
    exporter.run()
    (exporter.directory / table).touch()
    exporter.api.add("new")
    with pytest.raises(ExportError, match="would become outdated"):
        exporter.run()
    assert exporter.ids == []
