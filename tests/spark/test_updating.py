"""Tables that are brought up to date, with a local Spark: what is missing, and what is written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from cluster import ENVIRONMENT, SETTINGS, files_with
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from todo import ended, keys_of, recorded

from polyai_conversations.sandbox import Sandbox
from polyai_conversations.spark import (
    FETCHED,
    LISTED,
    TODO,
    ConversationsSource,
    create_tables,
    fetch,
    select_todo,
    update,
)
from polyai_conversations.spark.schemas import (
    FETCHED_ARROW,
    LISTED_ARROW,
    TODO_ARROW,
    record_batch,
)
from polyai_conversations.spark.updating import BatchWriter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import DataFrame

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # py4j's connections

Row = dict[str, Any]
KEY = "sandbox-key"


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    variables = {**ENVIRONMENT, "POLYAI_API_KEY": KEY}
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    folder = tmp_path_factory.mktemp("spark")
    builder = SparkSession.builder.master("local[2]")
    own = {
        "spark.sql.warehouse.dir": str(folder),
        "spark.eventLog.enabled": "true",
        "spark.eventLog.compress": "false",
        "spark.eventLog.dir": str(folder),
    }
    for name, value in {**SETTINGS, **own}.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    session.dataSource.register(ConversationsSource)
    yield session
    session.stop()
    for name, old in before.items():
        os.environ.pop(name) if old is None else os.environ.update({name: old})


@pytest.fixture
def tables(spark: SparkSession) -> Iterator[dict[str, str]]:
    """Names of tables that do not exist yet."""
    names = {name: f"{name}_table" for name in ("calls", "failures", "todo")}
    yield names
    for name in names.values():
        spark.sql(f"DROP TABLE IF EXISTS {name}")


def frame(spark: SparkSession, rows: list[Row], schema: Any) -> DataFrame:
    return spark.createDataFrame(pa.Table.from_batches([record_batch(rows, schema)]))


def call(its_id: str, revision: str | None = "r1", **columns: Any) -> Row:
    key = {"agent_id": "A", "conversation_id": its_id, "revision": revision, "changed": False}
    return {**key, "account_id": "ws", **columns}


def contents(spark: SparkSession, table: str, *columns: str) -> list[tuple[Any, ...]]:
    return sorted(tuple(row) for row in spark.table(table).select(*columns).collect())


def test_the_columns_in_ddl_are_those_of_the_record_batches(spark: SparkSession) -> None:
    for ddl, schema in {LISTED: LISTED_ARROW, TODO: TODO_ARROW, FETCHED: FETCHED_ARROW}.items():
        assert spark.createDataFrame([], ddl).columns == schema.names


def test_what_is_new_changed_or_incomplete_is_fetched(spark: SparkSession) -> None:
    listed = [call(its_id, "r2") for its_id in ("new", "same", "changed", "incomplete", "new")]
    listed.append({**call("same", "r2"), "agent_id": "B"})
    calls = [call("same", "r2"), call("changed", "r1"), call("incomplete", None), call("left")]
    missing = select_todo(frame(spark, listed, LISTED_ARROW), frame(spark, calls, FETCHED_ARROW))
    assert missing.columns == TODO_ARROW.names
    assert sorted(tuple(row) for row in missing.collect()) == [
        ("A", "changed", "r2", True),
        ("A", "incomplete", "r2", True),
        ("A", "new", "r2", False),
        ("B", "same", "r2", False),
    ]


def test_failures_go_to_their_own_table_and_leave_it_when_they_are_fetched(
    spark: SparkSession, tables: dict[str, str]
) -> None:
    create_tables(spark, **tables)
    first = [
        call("good"),
        call("gone", account_id=None, reason="not found", correlation_id="id-1"),
        call("silent", reason="no recording", correlation_id="id-2"),
    ]
    writer = BatchWriter(tables["calls"], tables["failures"])
    writer(frame(spark, first, FETCHED_ARROW), 0)
    # After an interruption, Spark repeats the last batch.
    writer = BatchWriter(tables["calls"], tables["failures"])
    writer(frame(spark, first, FETCHED_ARROW), 0)
    rows = spark.table(tables["calls"]).collect()
    assert {row["conversation_id"]: row["revision"] for row in rows} == {
        "good": "r1",
        "silent": None,
    }
    assert len(rows) == 2
    assert contents(spark, tables["failures"], "conversation_id", "reason", "correlation_id") == [
        ("gone", "not found", "id-1"),
        ("silent", "no recording", "id-2"),
    ]

    second = [
        call("silent", changed=True, recording="s3://lake/silent.wav"),
        call("gone", account_id=None, reason="still not found"),
        call("other"),
    ]
    writer(frame(spark, second, FETCHED_ARROW), 1)
    assert contents(spark, tables["calls"], "conversation_id", "revision", "account_id") == [
        ("good", "r1", "ws"),
        ("other", "r1", "ws"),
        ("silent", "r1", "ws"),
    ]
    assert contents(spark, tables["failures"], "conversation_id", "reason") == [
        ("gone", "still not found")
    ]


def test_a_batch_of_new_conversations_is_appended_in_one_commit(
    spark: SparkSession, tables: dict[str, str]
) -> None:
    create_tables(spark, **tables)
    writer = BatchWriter(tables["calls"], tables["failures"])
    for number in range(3):
        writer(frame(spark, [call(f"c{number}")], FETCHED_ARROW), number)
    history = spark.sql(f"DESCRIBE HISTORY {tables['calls']}").collect()
    operations = [row["operation"] for row in sorted(history, key=lambda row: row["version"])]
    assert operations[1:] == ["MERGE", "WRITE", "WRITE"]
    assert len(contents(spark, tables["calls"], "conversation_id")) == 3


def test_an_update_fetches_what_is_new_and_what_failed_and_nothing_twice(
    spark: SparkSession,
    tables: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Sandbox(conversations=30, other_agents=["B"], cached_recordings=90) as sandbox:
        agents = (sandbox.agent_id, "B")
        audio = {"audio": "user", "to": str(tmp_path / "audio")}

        def run() -> None:
            source = {"agents": ",".join(agents), "base_url": sandbox.url}
            update(
                spark.read.format("polyai").options(**source).load(),
                fetch(base_url=sandbox.url, **audio),
                **tables,
                checkpoint=str(tmp_path / "checkpoint"),
                tasks=2,
            )

        timeline = sandbox.store.timeline
        (_, silent), *_ = recorded(ended(sandbox, sandbox.agent_id))
        with monkeypatch.context() as patch:
            patch.setattr(
                sandbox.store,
                "timeline",
                lambda its_id: None if its_id == silent else timeline(its_id),
            )
            run()
        assert fetched_keys(spark, tables) == sorted(ended(sandbox, *agents))
        ((failed, reason, correlation_id),) = contents(
            spark, tables["failures"], "conversation_id", "reason", "correlation_id"
        )
        assert failed == silent
        assert "has no recording" in reason
        assert correlation_id

        noted = next(its_id for _, its_id in ended(sandbox, "B"))
        sandbox.store_of("B").set_note(noted, "call back")
        for _ in range(4):
            sandbox.store.insert()
        expected = ended(sandbox, *agents)
        before = sandbox.requests["getConversation", 200]
        run()
        new = len(expected) - before
        assert sandbox.requests["getConversation", 200] == before + new + 2
        assert fetched_keys(spark, tables) == sorted(expected)
        assert contents(spark, tables["failures"], "conversation_id") == []
        notes = spark.table(tables["calls"]).where("note = 'call back'").collect()
        assert ("B", noted) in set(keys_of(row.asDict() for row in notes))

        requests = sandbox.requests
        run()
        made = sandbox.requests - requests
        assert set(made) == {("listConversations", 200)}


def test_a_wrong_key_fails_the_update_at_once_and_is_nowhere_readable(
    spark: SparkSession, tables: dict[str, str], tmp_path: Path
) -> None:
    key_file = tmp_path / "key"
    key_file.write_text("this-key-is-wrong")
    with Sandbox(conversations=30) as sandbox:
        connection = {"base_url": sandbox.url, "api_key_file": str(key_file)}
        listed = spark.read.format("polyai").options(agents=sandbox.agent_id, **connection).load()
        with pytest.raises(PySparkException, match="AuthenticationError") as caught:
            update(
                listed,
                fetch(**connection),
                **tables,
                checkpoint=str(tmp_path / "checkpoint"),
                tasks=2,
            )
        assert sandbox.requests == {("listConversations", 401): 1}
    assert "this-key-is-wrong" not in f"{caught.value!r} {caught.value}"
    assert contents(spark, tables["failures"], "conversation_id") == []
    folder = Path(spark.conf.get("spark.sql.warehouse.dir").removeprefix("file:"))
    assert files_with("AuthenticationError", folder), "the event log cannot be searched"
    assert files_with("this-key-is-wrong", folder) == []


def fetched_keys(spark: SparkSession, tables: dict[str, str]) -> list[tuple[Any, ...]]:
    return contents(spark, tables["calls"], "agent_id", "conversation_id")
