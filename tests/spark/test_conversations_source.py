"""The data source `polyai`, without Spark: its options, partitions and rows."""

from __future__ import annotations

import pickle
import re
from typing import Any

import pytest
from pyspark.sql.types import StructType
from todo import all_rows, ended, keys_of

from polyai_conversations.errors import ConfigurationError
from polyai_conversations.sandbox import Sandbox
from polyai_conversations.spark import ConversationsSource
from polyai_conversations.spark.schemas import revision_of
from polyai_conversations_api.models import ConversationSummaryResponse


def read(sandbox: Sandbox, agents: str) -> list[list[dict[str, Any]]]:
    """Return the rows of each partition."""
    reader = ConversationsSource({"agents": agents, "base_url": sandbox.url}).reader(StructType())
    return [
        [
            row
            for batch in pickle.loads(pickle.dumps(reader)).read(part)
            for row in batch.to_pylist()
        ]
        for part in reader.partitions()
    ]


def test_each_agent_is_one_partition_with_its_ended_conversations(sandbox: Sandbox) -> None:
    partitions = read(sandbox, f"{sandbox.agent_id}, PROJECT-B")
    for agent_id, rows in zip((sandbox.agent_id, "PROJECT-B"), partitions, strict=True):
        assert list(keys_of(rows)) == list(ended(sandbox, agent_id))
        assert len(rows) < len(all_rows(sandbox, agent_id))


def test_no_conversation_is_lost_or_doubled_while_others_arrive(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Sandbox(conversations=1_000, insertions=3) as sandbox:
        monkeypatch.setenv("POLYAI_API_KEY", sandbox.api_key)
        before = set(ended(sandbox, sandbox.agent_id))
        ((*rows,),) = read(sandbox, sandbox.agent_id)
    keys = list(keys_of(rows))
    assert len(keys) == len(set(keys))
    assert before <= set(keys)


def test_the_revision_changes_with_the_row_alone(sandbox: Sandbox) -> None:
    ((*first,),) = read(sandbox, sandbox.agent_id)
    sandbox.store.set_note(first[7]["conversation_id"], "changed")
    ((*second,),) = read(sandbox, sandbox.agent_id)
    changed = [
        index
        for index in range(len(first))
        if first[index]["revision"] != second[index]["revision"]
    ]
    assert changed == [7]
    assert second[7]["note"] == "changed"


def test_the_revision_ignores_what_a_server_may_spell_differently_each_time() -> None:
    def revision(**fields: Any) -> str:
        ids = {"conversationId": "c", "accountId": "a", "projectId": "p"}
        return revision_of(ConversationSummaryResponse.from_dict({**ids, **fields}))

    assert revision() == revision(note=None) == revision(note="", tags=[]) == revision(newField=1)
    assert revision() != revision(note="n") != revision(note="m")
    assert revision(handoff=False) != revision()
    signed = [revision(audioUrl=f"https://host/call.wav?signature={each}") for each in "ab"]
    assert signed[0] == signed[1] != revision()
    times = ("2026-05-01T10:00:00Z", "2026-05-01T12:00:00+02:00", "2026-05-01T10:00:01Z")
    utc, cest, later = (revision(startedAt=time) for time in times)
    assert utc == cest != later


INVALID: dict[str, dict[str, str]] = {
    "the option agents must contain ids": {},
    "the option agents contains an id twice": {"agents": "A,B,A"},
    "agents must be an id, not '..'": {"agents": "A,.."},
    "unknown option 'agnets'": {"agents": "A", "agnets": "B"},
    "the option rate must be a number, not 'fast'": {"agents": "A", "rate": "fast"},
    "rate must be a positive number": {"agents": "A", "rate": "-1"},
    "unknown region 'mars'": {"agents": "A", "region": "mars"},
}


@pytest.mark.parametrize("message", INVALID)
def test_an_invalid_option_raises_an_error_on_the_driver(message: str) -> None:
    with pytest.raises((ValueError, ConfigurationError), match=re.escape(message)):
        ConversationsSource(INVALID[message]).reader(StructType())


@pytest.mark.parametrize("name", ["api_key", "apiKey", "key"])
def test_a_key_as_an_option_is_refused_without_showing_it(name: str) -> None:
    with pytest.raises(ValueError, match="set POLYAI_API_KEY on the executors") as caught:
        ConversationsSource({"agents": "A", name: "secret-value"}).reader(StructType())
    assert "secret-value" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "interval"),
    [
        ({"rate": "8"}, 0.25),
        ({"rate": "8", "slots": "1"}, 0.125),
        ({"rate": "8", "slots": "9"}, 0.25),
    ],
)
def test_the_rate_is_divided_among_the_tasks_that_run_at_once(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, str], interval: float
) -> None:
    made: list[float] = []
    monkeypatch.setattr(
        "polyai_conversations.spark.connection.Pacer", lambda rate: made.append(1 / rate)
    )
    monkeypatch.setenv("POLYAI_API_KEY", "k")
    with Sandbox(conversations=0, other_agents=["B"]) as sandbox:
        options = {"agents": f"{sandbox.agent_id},B", "base_url": sandbox.url, **options}
        reader = ConversationsSource(options).reader(StructType())
        reader._connection.client("B").close()
    assert made == [interval]
