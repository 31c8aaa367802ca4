"""`fetch`, as one task of Spark calls it: with record batches, on an executor."""

from __future__ import annotations

import pickle
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from todo import ended, keys_of, recorded, run, todo

from polyai_conversations import ConversationsClient
from polyai_conversations.errors import AuthenticationError, ConfigurationError
from polyai_conversations.export import to_arrow
from polyai_conversations.sandbox import Sandbox
from polyai_conversations.spark import fetch
from polyai_conversations.spark.schemas import LISTED_ARROW


def connect(sandbox: Sandbox) -> ConversationsClient:
    return ConversationsClient(agent_id=sandbox.agent_id, base_url=sandbox.url)


def test_every_conversation_of_two_agents_is_fetched_with_its_turns(sandbox: Sandbox) -> None:
    expected = ended(sandbox, sandbox.agent_id, "PROJECT-B")
    rows = run(fetch(base_url=sandbox.url), todo(expected))
    assert sorted(keys_of(rows)) == sorted(expected)
    assert all(row["reason"] is None and row["fetched_at"] for row in rows)
    with connect(sandbox) as client:
        for row in rows[:20]:
            detail = client.for_agent(row["agent_id"]).get_conversation(row["conversation_id"])
            tables = {name: table.to_pylist() for name, table in to_arrow([detail]).items()}
            (conversation,) = tables["conversations"]
            assert {name: row[name] for name in conversation} == conversation
            for part in ("turns", "metrics", "function_events"):
                own = [{"conversation_id": row["conversation_id"], **each} for each in row[part]]
                assert own == tables[part]


def test_a_recording_is_one_file_named_after_agent_and_conversation(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    expected = ended(sandbox, sandbox.agent_id, "PROJECT-B")
    fetch_user = fetch(base_url=sandbox.url, audio="user", to=str(tmp_path / "audio"))
    rows = run(fetch_user, todo(expected))
    assert [row["reason"] for row in rows] == [None] * len(rows)
    recordings = {key: row["recording"] for key, row in zip(keys_of(rows), rows, strict=True)}
    assert {key for key, address in recordings.items() if address} == recorded(expected)
    files = [Path(address.removeprefix("file://")) for address in recordings.values() if address]
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == sorted(files)
    with connect(sandbox) as client:
        for (agent_id, its_id), address in list(recordings.items())[:10]:
            if address:
                stored = Path(address.removeprefix("file://")).read_bytes()
                assert stored == client.for_agent(agent_id).read_audio(its_id, "user")


def test_a_stored_recording_is_not_fetched_again(sandbox: Sandbox, tmp_path: Path) -> None:
    rows = todo(ended(sandbox, sandbox.agent_id))
    fetch_combined = fetch(base_url=sandbox.url, audio="combined", to=str(tmp_path))
    first = run(fetch_combined, rows)
    requests = sandbox.requests["getConversationAudio", 200]
    second = run(fetch_combined, rows)
    assert sandbox.requests["getConversationAudio", 200] == requests
    assert {row["recording"] for row in first} == {row["recording"] for row in second}


def test_a_conversation_that_is_gone_yields_a_reason_and_a_correlation_id(sandbox: Sandbox) -> None:
    keys = list(ended(sandbox, sandbox.agent_id))
    gone = (sandbox.agent_id, "CA0")
    rows = run(fetch(base_url=sandbox.url), todo([keys[0], gone, keys[1]]))
    failed = [row for row in rows if row["reason"] is not None]
    assert list(keys_of(failed)) == [gone]
    assert "not found" in failed[0]["reason"]
    assert failed[0]["correlation_id"]
    assert failed[0]["account_id"] is None


def test_a_conversation_whose_recording_fails_is_fetched_without_it(
    monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox, tmp_path: Path
) -> None:
    """The sandbox has every recording that it announces, so this one is taken away."""
    key = next(iter(recorded(ended(sandbox, sandbox.agent_id))))
    monkeypatch.setattr(sandbox.store, "timeline", lambda _: None)
    (row,) = run(fetch(base_url=sandbox.url, audio="combined", to=str(tmp_path)), todo([key]))
    assert "has no recording" in row["reason"]
    assert row["recording"] is None
    assert row["turns"]


def test_a_recording_that_stays_cut_off_is_not_stored(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    every_attempt = dict.fromkeys(range(1, 10), 5_000)
    with Sandbox(conversations=1, disconnect_after=every_attempt) as sandbox:
        monkeypatch.setenv("POLYAI_API_KEY", sandbox.api_key)
        keys = recorded(ended(sandbox, sandbox.agent_id))
        fetch_combined = fetch(base_url=sandbox.url, audio="combined", to=str(tmp_path))
        (row,) = run(fetch_combined, todo(keys))
    assert "received 5000 bytes" in row["reason"]
    assert row["recording"] is None
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_conversation_in_progress_yields_a_reason(sandbox: Sandbox) -> None:
    rows = sandbox.store.page(60, 0)
    its_id = next(row["conversationId"] for row in rows if row["inProgress"])
    (row,) = run(fetch(base_url=sandbox.url), todo([(sandbox.agent_id, its_id)]))
    assert "is in progress" in row["reason"]


def test_rows_of_the_list_and_bare_keys_are_fetched_as_well(sandbox: Sandbox) -> None:
    (agent_id, its_id), *_ = ended(sandbox, sandbox.agent_id)
    key = {"agent_id": agent_id, "conversation_id": its_id}
    listed = pa.RecordBatch.from_pylist([{**key, "revision": "r1"}], schema=LISTED_ARROW)
    bare = pa.RecordBatch.from_pylist([key])
    for batch, revision in ((listed, "r1"), (bare, None)):
        ((row,),) = (each.to_pylist() for each in fetch(base_url=sandbox.url)([batch]))
        assert (row["conversation_id"], row["revision"], row["changed"]) == (its_id, revision, None)
        assert row["turns"]


def test_a_missing_column_is_named(sandbox: Sandbox) -> None:
    batch = pa.RecordBatch.from_pylist([{"agent_id": "A", "id": "CA0"}])
    with pytest.raises(ValueError, match="needs the column conversation_id, and got agent_id, id"):
        list(fetch(base_url=sandbox.url)([batch]))
    assert not sandbox.requests


@pytest.mark.parametrize("concurrency", [1, 3])
def test_a_wrong_key_ends_the_task_and_appears_nowhere(
    sandbox: Sandbox, tmp_path: Path, concurrency: int
) -> None:
    file = tmp_path / "key"
    file.write_text("wrong-secret-key\n")
    fetch_wrong = fetch(base_url=sandbox.url, api_key_file=str(file), concurrency=concurrency)
    with pytest.raises(AuthenticationError) as caught:
        run(fetch_wrong, todo(ended(sandbox, sandbox.agent_id)))
    assert "wrong-secret-key" not in f"{caught.value!r} {caught.value} {caught.value.__dict__}"
    rejected = sandbox.requests["getConversation", 401]
    assert 1 <= rejected <= 2 * concurrency
    assert sum(sandbox.requests.values()) == rejected


def test_the_key_is_read_from_a_file_and_is_not_part_of_what_spark_sends(
    monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox, tmp_path: Path
) -> None:
    monkeypatch.delenv("POLYAI_API_KEY")
    file = tmp_path / "key"
    file.write_text(f"{sandbox.api_key}\n")
    fetch_with_file = fetch(base_url=sandbox.url, api_key_file=str(file))
    assert sandbox.api_key.encode() not in pickle.dumps(fetch_with_file)
    copy = pickle.loads(pickle.dumps(fetch_with_file))
    assert len(run(copy, todo(ended(sandbox, "PROJECT-B")))) == len(ended(sandbox, "PROJECT-B"))


@pytest.mark.parametrize(
    ("settings", "remedy"),
    [
        ({}, "set POLYAI_API_KEY in its environment"),
        ({"api_key_file": "/no/such/file"}, "cannot read the file with the API key, /no/such/file"),
    ],
)
def test_an_executor_without_a_key_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox, settings: dict[str, Any], remedy: str
) -> None:
    monkeypatch.delenv("POLYAI_API_KEY")
    with pytest.raises(ConfigurationError, match=remedy):
        run(fetch(base_url=sandbox.url, **settings), todo([(sandbox.agent_id, "CA0")]))
    assert not sandbox.requests


INVALID: dict[str, dict[str, Any]] = {
    "audio must be one of agent, combined, user": {"audio": "both", "to": "/tmp"},
    "audio and to must be given together": {"audio": "user"},
    "audio and to must be given": {"to": "/tmp"},
    "redacted must be True or False": {"redacted": 1},
    "concurrency must be at least 1": {"concurrency": 0},
    "rate needs slots": {"rate": 50},
    "rate must be a positive number": {"rate": 0, "slots": 2},
    "slots must be a positive number": {"slots": -1},
    "unknown region 'mars'": {"region": "mars"},
    "plain http would send the key": {"base_url": "http://example.com"},
}


@pytest.mark.parametrize("message", INVALID)
def test_an_invalid_argument_raises_an_error_on_the_driver(message: str) -> None:
    with pytest.raises((ValueError, ConfigurationError), match=re.escape(message)):
        fetch(**INVALID[message])


def test_a_task_without_rows_sends_nothing_and_needs_no_key(
    monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox
) -> None:
    monkeypatch.delenv("POLYAI_API_KEY")
    assert run(fetch(base_url=sandbox.url), []) == []
