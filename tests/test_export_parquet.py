"""The Parquet tables of an export."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow
import pytest
from pyarrow import parquet

from polyai_conversations import ExportError
from polyai_conversations._export.parquet import write_tables

if TYPE_CHECKING:
    from pathlib import Path

    from exporter import Exporter

IDS = {"conversationId": "c", "accountId": "a", "projectId": "p"}


def write_rows(directory: Path, *records: dict[str, Any]) -> tuple[Any, Any]:
    """Write records as tables; return the tables of conversations and of turns."""
    lines = directory / "conversations.jsonl"
    lines.write_text("".join(f"{json.dumps(IDS | record)}\n" for record in records))
    paths = (directory / "conversations.parquet", directory / "turns.parquet")
    write_tables(lines, *paths)
    return parquet.read_table(paths[0]), parquet.read_table(paths[1])


def test_columns_have_types(tmp_path: Path) -> None:
    conversations, turns = write_rows(tmp_path)
    types = {field.name: field.type for field in conversations.schema}
    assert types["note"] == pyarrow.string()
    assert types["total_duration"] == pyarrow.float64()
    assert types["in_progress"] == pyarrow.bool_()
    assert types["started_at"] == pyarrow.timestamp("us", tz="UTC")
    assert types["tags"] == pyarrow.list_(pyarrow.string())
    assert types["metrics"] == pyarrow.string()
    assert turns.schema.field("turn").type == pyarrow.int32()


VALUES: dict[str, tuple[str, Any, str, object]] = {
    "text": ("note", "ü", "note", "ü"),
    "half a character": ("note", "\ud800", "note", "?"),
    "an object": ("metrics", {"a": 1}, "metrics", '{"a": 1}'),
    "a list": ("tags", ["x", 1, None], "tags", ["x", "1", None]),
    "text for a list": ("tags", "x", "tags", None),
    "a number": ("totalDuration", 2, "total_duration", 2.0),
    "a number out of range": ("totalDuration", 10**400, "total_duration", None),
    "a boolean for a number": ("totalDuration", True, "total_duration", None),
    "a boolean": ("inProgress", True, "in_progress", True),
    "text for a boolean": ("inProgress", "yes", "in_progress", None),
    "a time": (
        *("startedAt", "2026-05-26T12:00:00.250+02:00"),
        *("started_at", datetime(2026, 5, 26, 10, 0, 0, 250_000, tzinfo=UTC)),
    ),
    "a time without a zone": (
        *("startedAt", "2026-05-26T12:00:00"),
        *("started_at", datetime(2026, 5, 26, 12, tzinfo=UTC)),
    ),
    "a time before year 1": ("startedAt", "0001-01-01T00:00:00+01:00", "started_at", None),
    "a time after year 9999": ("startedAt", "9999-12-31T23:59:59-01:00", "started_at", None),
    "a number for a time": ("startedAt", 5, "started_at", None),
}


@pytest.mark.parametrize(("field", "sent", "column", "stored"), VALUES.values(), ids=VALUES)
def test_value_is_stored_if_its_column_can_hold_it(
    tmp_path: Path, field: str, sent: object, column: str, stored: object
) -> None:
    conversations, _ = write_rows(tmp_path, {field: sent})
    assert conversations[column].to_pylist() == [stored]


def test_missing_values_are_null(tmp_path: Path) -> None:
    conversations, _ = write_rows(tmp_path, {})
    (row,) = conversations.to_pylist()
    named = {name for name, value in row.items() if value is not None}
    assert named == {"conversation_id", "account_id", "project_id"}


def test_turns_have_the_id_of_their_conversation_and_their_index(tmp_path: Path) -> None:
    turns = [{"user_input": "hi", "latency": 1}, {"agent_response": "hello"}]
    _, table = write_rows(tmp_path, {"turns": turns}, {"conversationId": "other", "turns": []})
    rows = table.select(["conversation_id", "turn", "user_input", "agent_response"]).to_pylist()
    assert rows == [
        {"conversation_id": "c", "turn": 0, "user_input": "hi", "agent_response": None},
        {"conversation_id": "c", "turn": 1, "user_input": None, "agent_response": "hello"},
    ]


def test_large_exports_are_written_completely_and_in_order(tmp_path: Path) -> None:
    ids = [f"c{number}" for number in range(2_500)]
    conversations, _ = write_rows(tmp_path, *({"conversationId": id_} for id_ in ids))
    assert conversations["conversation_id"].to_pylist() == ids


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
        "conversations.parquet",
        "turns.parquet",
    ]


@pytest.fixture
def without_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)


@pytest.mark.usefixtures("without_pyarrow")
def test_parquet_without_its_extra_is_rejected(exporter: Exporter) -> None:
    with pytest.raises(ValueError, match=r"pip install .*\[parquet\]"):
        exporter.run(format="parquet")


@pytest.mark.parametrize("table", ["conversations.parquet", "turns.parquet"])
@pytest.mark.usefixtures("without_pyarrow")
def test_tables_that_cannot_be_updated_are_an_error(exporter: Exporter, table: str) -> None:
    exporter.run()
    (exporter.directory / table).touch()
    exporter.api.add("new")
    with pytest.raises(ExportError, match="would become outdated"):
        exporter.run()
    assert exporter.ids == []
