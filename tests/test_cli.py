"""The command line against the sandbox and against servers that misbehave, over real sockets."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
import wave
from typing import TYPE_CHECKING, Any

import pytest

from commands import (
    HOSTILE,
    IDS,
    KEY,
    Ended,
    Inside,
    addresses,
    ask,
    assert_refused,
    at,
    first_id,
    in_a_terminal,
    page,
    run,
    settings,
)
from misbehaving import Misbehaving, answer, close
from polyai_conversations import config
from polyai_conversations.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(conversations=120, seed=7, api_key=KEY) as sandbox:
        yield sandbox


# list and show


def test_a_list_has_a_line_for_each_conversation(sandbox: Sandbox) -> None:
    ended = run("list", "--limit", "7", env=settings(sandbox) | {"TZ": "UTC"})
    assert (ended.status, ended.err) == (0, "")
    header, *lines = ended.out.splitlines()
    assert header.split() == ["id", "started", "length", "caller", "channel", "handoff", "summary"]
    for line, sent in zip(lines, ask(sandbox, limit=7).json()["conversations"], strict=True):
        assert line.split()[0] == sent["conversationId"]
        assert sent["startedAt"][:19].replace("T", " ") in line
        assert line == line.rstrip()
    assert "Handed over to depot" in lines[1]
    assert "going on" in lines[3]


@pytest.mark.parametrize(
    ("options", "limit", "offset"),
    [((), 50, 0), (("--limit", "3", "--offset", "2"), 3, 2), (("--all",), 120, 0)],
)
def test_json_lines_are_what_the_server_sent(
    sandbox: Sandbox, inside: Inside, options: tuple[str, ...], limit: int, offset: int
) -> None:
    ended = inside("list", "--json", *options, env=settings(sandbox))
    sent = ask(sandbox, limit=limit, offset=offset)
    assert (ended.status, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert [json.loads(line) for line in lines] == sent.json()["conversations"]
    assert all(line in sent.text for line in lines)


def test_no_number_time_or_unknown_field_of_json_is_written_anew(inside: Inside) -> None:
    fields = (
        '"conversationId":"CA1", "accountId":"ws-1", "projectId":"P",\n\t"polyScore": 1.0,'
        ' "big": 12345678901234567890123, "e": 1e3, "startedAt": "2026-05-26T10:00:01.250+00:00",'
        ' "ü": "\\u00fc", "odd": {"b": [], "a": null}'
    )
    detail = f'{{{fields}, "turns": [{{"user_input": "hi", "is_new": 1.50}}]}}'
    listed = f'{{"conversations": [\n{{{fields}}}], "count": 1, "limit": 50, "offset": 0}}'
    with Misbehaving(answer(200, listed.encode()), answer(200, detail.encode())) as server:
        in_list = inside("list", "--json", env=at(server))
        shown = inside("show", "CA1", "--json", env=at(server))
    assert in_list.out == f"{{{fields}}}\n".replace(",\n", ", ")
    assert shown.out == f"{detail}\n".replace(",\n", ", ")


def test_csv_has_the_contracts_names_and_values(sandbox: Sandbox, inside: Inside) -> None:
    ended = inside("list", "--csv", "--limit", "9", env=settings(sandbox))
    rows = list(csv.DictReader(io.StringIO(ended.out)))
    for row, sent in zip(rows, ask(sandbox, limit=9).json()["conversations"], strict=True):
        assert row["conversationId"] == sent["conversationId"]
        assert row["startedAt"] == sent["startedAt"]
        assert row["handoff"] == json.dumps(sent["handoff"])
        assert row["duration"] == str(sent.get("duration") or "")
    assert rows[2]["summary"] == "A table for 8 on 4 June at 19:00, with a high chair."


def test_a_conversation_is_shown_with_its_facts_and_every_word(
    sandbox: Sandbox, inside: Inside
) -> None:
    conversation = ask(sandbox, f"/{first_id(sandbox)}").json()
    ended = inside("show", conversation["conversationId"], env=settings(sandbox))
    assert (ended.status, ended.err) == (0, "")
    for number, turn in enumerate(conversation["turns"]):
        assert (turn["user_input"] or "") in ended.out
        said = next(line for line in ended.out.splitlines() if turn["agent_response"] in line)
        assert said.endswith(f"{turn['latency']} s")
        assert f"\n{number}  " in ended.out
    for fact in ("fromNumber", "language", "accountId", "note"):
        assert conversation[fact] in ended.out


ODD_CONVERSATIONS: dict[str, dict[str, Any]] = {
    "nothing but ids": {},
    "nothing but nulls": dict.fromkeys(("turns", "startedAt", "shortSummary", "tags", "handoff")),
    "values of other types": {
        "startedAt": 5,
        "duration": "long",
        "handoff": "maybe",
        "shortSummary": ["x"],
        "turns": [
            {},
            {
                "user_input": 4,
                "user_input_datetime": "noon",
                "agent_response": "x",
                "latency": "slow",
            },
        ],
    },
    "times at the edge": {"startedAt": "0001-01-01T00:00:00+14:00", "finishedAt": "2026-05-26"},
    "a very long call": {"duration": 3723, "shortSummary": '{"content": "Only content"}'},
}


SHOWN = {
    "nothing but ids": ["No transcript."],
    "nothing but nulls": ["No transcript."],
    "values of other types": ["long", "maybe", "noon", "slow s"],
    "times at the edge": ["0001-01-01", "2026-05-26"],
    "a very long call": ["1:02:03", "Only content"],
}


@pytest.mark.parametrize("name", ODD_CONVERSATIONS)
def test_whatever_the_values_are_a_conversation_can_be_shown(inside: Inside, name: str) -> None:
    conversation = {**IDS, **ODD_CONVERSATIONS[name]}
    body = json.dumps(conversation).encode()
    with Misbehaving(answer(200, page(conversation)), answer(200, body)) as server:
        listed = inside("list", env=at(server))
        shown = inside("show", "CA1", env=at(server))
    assert (listed.status, shown.status) == (0, 0), (listed, shown)
    assert "CA1" in listed.out
    assert "CA1" in shown.out
    for text in SHOWN[name]:
        assert text in shown.out


def test_what_a_server_sends_steers_no_terminal(inside: Inside) -> None:
    turn = {"user_input": HOSTILE, "agent_response": HOSTILE, "latency": 1}
    conversation = {**IDS, "conversationId": HOSTILE, "note": HOSTILE, "shortSummary": HOSTILE}
    detail = json.dumps({**conversation, "turns": [turn], HOSTILE: HOSTILE}).encode()
    error = json.dumps({"error_code": HOSTILE, "error_message": HOSTILE}).encode()
    with Misbehaving(
        answer(200, page(conversation)),
        answer(200, page(conversation)),
        answer(200, detail),
        answer(404, error),
    ) as server:
        listed = inside("list", env=at(server))
        as_csv = inside("list", "--csv", env=at(server))
        shown = inside("show", "CA1", env=at(server))
        failed = inside("show", "CA1", env=at(server))
    for text in (listed.out, as_csv.out, shown.out, failed.err):
        assert text.replace("\n", "").isprintable(), ascii(text)
        assert "\\x1b]0;owned" in text
        assert "[bold red]x[/]:smile:" in text
    assert len(listed.out.splitlines()) == 2
    assert_refused(failed, 1, "404")


@pytest.mark.skipif(sys.platform == "win32", reason="has no pseudo-terminals")
def test_in_a_terminal_there_are_colours_unless_they_are_not_wanted(sandbox: Sandbox) -> None:
    own_id = first_id(sandbox)
    coloured = in_a_terminal("show", own_id, env=settings(sandbox))
    plain = in_a_terminal("show", own_id, env=settings(sandbox) | {"NO_COLOR": "1"})
    assert "\x1b[36magent" in coloured
    assert "\x1b[36m" not in plain
    assert "agent" in plain


@pytest.mark.skipif(sys.platform == "win32", reason="has no pseudo-terminals")
def test_in_a_narrow_terminal_ids_stay_whole(sandbox: Sandbox) -> None:
    written = in_a_terminal("list", "--limit", "5", env=settings(sandbox))
    for conversation in ask(sandbox, limit=5).json()["conversations"]:
        assert conversation["conversationId"] in written
    assert "5 of 120" in written


@pytest.mark.skipif(sys.platform == "win32", reason="has no pseudo-terminals")
def test_a_terminal_that_cannot_be_measured_cuts_nothing(sandbox: Sandbox) -> None:
    written = in_a_terminal("list", "--limit", "5", env=settings(sandbox) | {"TERM": "dumb"})
    for row in ask(sandbox, limit=5).json()["conversations"]:
        assert row["conversationId"] in written
    assert "…" not in written


def test_a_pipe_that_is_to_be_coloured_is_no_terminal(sandbox: Sandbox) -> None:
    ended = run("list", "--limit", "9", env=settings(sandbox) | {"FORCE_COLOR": "1"})
    assert "A table for 8 on 4 June at 19:00, with a high chair." in ended.out


@pytest.mark.skipif(sys.platform == "win32", reason="has no pseudo-terminals")
def test_a_download_shows_a_bar_in_a_terminal(sandbox: Sandbox, tmp_path: Path) -> None:
    target = tmp_path / "call.wav"
    arguments = ("audio", first_id(sandbox), "-o", str(target))
    written = in_a_terminal(*arguments, env=settings(sandbox))
    assert "━" in written
    assert f"/{target.stat().st_size / 1000:.1f} kB" in written


# the two writes


def test_a_turn_is_annotated(inside: Inside) -> None:
    with Misbehaving(answer(200, b'{"success":true}')) as server:
        ended = inside(
            *("annotate", "CA1", "--turn", "3", "--role", "agent", "--type", "wrong_info"),
            env=at(server),
        )
    assert ended == Ended(0, "Annotated turn 3 (agent) of CA1: wrong_info\n", "")
    assert json.loads(server.requests[0].body) == {
        "annotations": [{"turnId": 3, "role": "agent", "annotationType": "wrong_info"}]
    }


@pytest.fixture
def writable() -> Iterator[Sandbox]:
    """Serve one test alone, so that its notes do not reach other tests."""
    with Sandbox(conversations=1, api_key=KEY) as sandbox:
        yield sandbox


@pytest.mark.parametrize("text", ["call back", ""])
def test_a_note_is_set(writable: Sandbox, inside: Inside, text: str) -> None:
    own_id = first_id(writable)
    ended = inside("note", own_id, text, env=settings(writable))
    assert ended == Ended(0, f"{'Set' if text else 'Cleared'} the note of {own_id}\n", "")
    assert ask(writable, f"/{own_id}").json()["note"] == text


def test_a_note_is_read_from_a_pipe(writable: Sandbox) -> None:
    own_id = first_id(writable)
    text = "grüß\nGott"
    ended = run("note", own_id, "-", env=settings(writable), stdin=f"{text}\n".encode())
    assert ended == Ended(0, f"Set the note of {own_id}\n", "")
    assert ask(writable, f"/{own_id}").json()["note"] == text


@pytest.mark.parametrize(
    ("stdin", "said"), [(b"", "no note came on stdin"), (b"\n", "no note"), (b"\xff", "not UTF-8")]
)
def test_a_pipe_without_a_note_wipes_none_out(
    sandbox: Sandbox, inside: Inside, stdin: bytes, said: str
) -> None:
    inside.monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
    ended = inside("note", first_id(sandbox), "-", env=settings(sandbox))
    assert_refused(ended, 2, said)


# audio


def test_a_recording_is_saved_and_described(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    ended = run("audio", first_id(sandbox), "-o", str(path), env=settings(sandbox))
    assert list(tmp_path.iterdir()) == [path]
    with wave.open(str(path)) as file:
        seconds = file.getnframes() / file.getframerate()
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.startswith(f"{path}: {seconds:.1f} s, 8000 Hz, 1 channel, ")


def test_a_file_that_is_there_is_replaced_only_by_force(
    sandbox: Sandbox, inside: Inside, tmp_path: Path
) -> None:
    own_id = first_id(sandbox)
    (tmp_path / f"{own_id}.wav").write_text("mine")
    arguments = ("audio", own_id, "-o", str(tmp_path), "--direction", "user", "--redacted")
    kept = inside(*arguments, env=settings(sandbox))
    assert_refused(kept, 2, f"{own_id}.wav exists; --force replaces it")
    assert (tmp_path / f"{own_id}.wav").read_text() == "mine"
    assert inside(*arguments, "--force", env=settings(sandbox)).status == 0
    assert (tmp_path / f"{own_id}.wav").read_bytes().startswith(b"RIFF")


@pytest.mark.parametrize(
    ("output", "said"),
    [("calls/", "there is no folder calls"), ("", "--output must not be empty")],
    ids=["a folder that is not there", "nothing"],
)
def test_a_place_that_is_none_is_refused(
    sandbox: Sandbox, inside: Inside, tmp_path: Path, output: str, said: str
) -> None:
    inside.monkeypatch.chdir(tmp_path)
    assert_refused(inside("audio", "id", "-o", output, env=settings(sandbox)), 2, said)
    assert not list(tmp_path.iterdir())


def test_an_id_names_a_file_here_and_nowhere_else(inside: Inside, tmp_path: Path) -> None:
    inside.monkeypatch.chdir(tmp_path)
    body = b"RIFF$\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0@\x1f\0\0@\x1f\0\0\x01\0\x08\0data\0\0\0\0"
    with Misbehaving(answer(200, body, content_type="audio/wav")) as server:
        ended = inside("audio", "../a/b", env=at(server))
    assert ended.status == 0, ended
    assert [path.name for path in tmp_path.iterdir()] == ["..%2Fa%2Fb.wav"]


# check


CHECKS = {
    "a key of another region": (401, ["not accepted", "not asked"]),
    "an agent that is not open": (403, ["accepted", "not open to this key"]),
    "an agent that there is not": (404, ["accepted", "not found"]),
    "a server that fails": (500, ["not known", "not known"]),
}


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_tells_what_does_not_work(inside: Inside, name: str) -> None:
    status, verdicts = CHECKS[name]
    with Misbehaving(answer(status, X_PolyAI_Correlation_Id="corr-1")) as server:
        ended = inside("check", env=at(server))
    said = dict(line.split(maxsplit=1) for line in ended.out.splitlines())
    assert [said["Key"], said["Agent"]] == verdicts
    assert "corr-1" in ended.out
    assert (ended.status, ended.err.count("\n")) == (1, 1)
    assert f"{status} " in ended.err
    assert KEY not in ended.out + ended.err


def test_a_check_that_finds_nothing_wrong_says_so(sandbox: Sandbox, inside: Inside) -> None:
    ended = inside("check", env=settings(sandbox))
    assert (ended.status, ended.err) == (0, "")
    said = dict(re.split("  +", line) for line in ended.out.splitlines())
    assert said["Host"] == f"{sandbox.url} answers"
    assert said["Key"] == "accepted"
    assert said["Agent"] == f"{sandbox.agent_id}, 120 conversations"
    assert len(said["Correlation id"]) == 36


def test_a_check_of_a_silent_host_says_so(inside: Inside) -> None:
    with Misbehaving(close) as server:
        ended = inside("check", env=at(server))
    assert "does not answer" in ended.out
    assert ended.status == 1
    assert "correlation id" in ended.err


def test_all_regions_are_asked_which_knows_the_key(sandbox: Sandbox, inside: Inside) -> None:
    with Misbehaving(answer(401)) as refusing:
        addresses(inside.monkeypatch, eu=sandbox.url, others=refusing.url)
        ended = inside("check", "--all-regions", env=settings(sandbox))
    lines = ended.out.splitlines()
    assert [line.split()[0] for line in lines[1:6]] == list(config.REGIONS)
    assert [line.split()[0] for line in lines[1:6] if "not accepted" not in line] == ["eu"]
    assert lines[-1] == "The key belongs to eu: export POLYAI_REGION=eu"
    assert (ended.status, len(refusing.requests)) == (0, 4)


def test_a_key_that_no_region_knows_is_a_failure(inside: Inside) -> None:
    with Misbehaving(answer(401)) as refusing, Misbehaving(close) as silent:
        addresses(inside.monkeypatch, dev=silent.url, others=refusing.url)
        ended = inside("check", "--all-regions", env=at(refusing))
    assert ended.status == 1
    assert "no region knows the key (dev did not answer)" in ended.err


def test_regions_that_are_all_silent_say_nothing_of_the_key(inside: Inside) -> None:
    with Misbehaving(close) as silent:
        addresses(inside.monkeypatch, others=silent.url)
        ended = inside("check", "--all-regions", env=at(silent))
    assert ended.status == 1
    assert ended.err == "polyai-conversations: no region's host answers: check the network\n"


def test_a_key_without_access_to_the_agent_still_has_a_region(inside: Inside) -> None:
    with Misbehaving(answer(401)) as refusing, Misbehaving(answer(403)) as other:
        addresses(inside.monkeypatch, uk=other.url, others=refusing.url)
        ended = inside("check", "--all-regions", env=at(refusing))
    assert "The key belongs to uk" in ended.out
    assert ended.status == 1
