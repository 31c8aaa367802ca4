"""The command line against the sandbox and against servers that misbehave, over real sockets."""

from __future__ import annotations

import csv
import io
import json
import logging
import os
import re
import signal
import subprocess
import sys
import wave
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import httpx
import pytest

from commands import Ended, Inside, run, settings, start
from misbehaving import Misbehaving, answer, close, hang
from polyai_conversations import config
from polyai_conversations.cli import app, connection
from polyai_conversations.models import (
    AnnotationItemAnnotationType,
    AnnotationItemRole,
    GetConversationAudioDirection,
)
from polyai_conversations.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

FULL = Path("/dev/full")
KEY = "sk-never-to-be-seen"
IDS = {"conversationId": "CA1", "accountId": "ws-1", "projectId": "PROJECT-TEST"}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(conversations=120, seed=7, api_key=KEY) as sandbox:
        yield sandbox


@pytest.fixture
def inside(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Inside:
    return Inside(capfdbinary, monkeypatch)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    yield
    logging.getLogger("polyai_conversations").setLevel(logging.NOTSET)


def at(server: Misbehaving) -> dict[str, str]:
    return {
        "POLYAI_API_KEY": KEY,
        "POLYAI_AGENT_ID": "PROJECT-TEST",
        "POLYAI_BASE_URL": server.url,
    }


def page(*conversations: dict[str, Any]) -> bytes:
    body = {"conversations": conversations, "count": len(conversations), "limit": 50, "offset": 0}
    return json.dumps(body).encode()


def ask(sandbox: Sandbox, path: str = "", **query: int) -> httpx.Response:
    url = f"{sandbox.url}/v1/agents/{sandbox.agent_id}/conversations{path}"
    return httpx.get(url, params=query, headers={"X-API-KEY": sandbox.api_key})


def first_id(sandbox: Sandbox) -> str:
    return str(ask(sandbox, limit=1).json()["conversations"][0]["conversationId"])


def assert_refused(ended: Ended, status: int, *said: str) -> None:
    """Insist on one line that says so, on stderr, without the key."""
    assert (ended.status, ended.out, ended.err.count("\n")) == (status, "", 1), ended
    assert ended.err.startswith("polyai-conversations: ")
    for words in said:
        assert words in ended.err
    assert KEY not in ended.err


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


HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m[bold red]x[/]:smile:\u202eabc\r\nnext\ud800"


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


PSEUDO_TERMINAL = """
import os, pty, sys
status = pty.spawn([sys.executable, "-m", "polyai_conversations", *sys.argv[1:]])
sys.exit(os.waitstatus_to_exitcode(status))
"""


def in_a_terminal(*arguments: str, env: dict[str, str]) -> str:
    ended = subprocess.run(  # noqa: S603 - this very package
        [sys.executable, "-c", PSEUDO_TERMINAL, *arguments],
        env={**os.environ, "TERM": "xterm", "COLUMNS": "80", **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    return ended.stdout.decode()


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


@pytest.mark.parametrize("text", ["call back", ""])
def test_a_note_is_set(sandbox: Sandbox, inside: Inside, text: str) -> None:
    own_id = first_id(sandbox)
    ended = inside("note", own_id, text, env=settings(sandbox))
    assert ended == Ended(0, f"{'Set' if text else 'Cleared'} the note of {own_id}\n", "")
    assert ask(sandbox, f"/{own_id}").json()["note"] == text


def test_a_note_is_read_from_a_pipe(sandbox: Sandbox) -> None:
    own_id = first_id(sandbox)
    text = "grüß\nGott"
    ended = run("note", own_id, "-", env=settings(sandbox), stdin=f"{text}\n".encode())
    assert ended == Ended(0, f"Set the note of {own_id}\n", "")
    assert ask(sandbox, f"/{own_id}").json()["note"] == text


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


def addresses(monkeypatch: pytest.MonkeyPatch, **urls: str) -> None:
    monkeypatch.setattr(config, "_region_url", lambda region: urls.get(region, urls["others"]))


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


# wrong use and failures


WRONG_USES = {
    "no such command": (["lost"], "No such command 'lost'"),
    "no such option": (["list", "--lim", "3"], "see 'polyai-conversations list --help'"),
    "no id": (["show"], "Missing argument 'ID'"),
    "a number that is none": (["list", "--limit", "x"], "'x' is not a valid int"),
    "a number out of range": (["list", "--limit", "-1"], "--limit"),
    "two formats": (["list", "--json", "--csv"], "--json and --csv exclude each other"),
    "two limits": (["list", "--all", "--limit", "3"], "--all and --limit exclude each other"),
    "a direction that there is not": (["audio", "X", "--direction", "up"], "'combined', 'user'"),
    "a type that there is not": (
        ["annotate", "X", "--turn", "1", "--role", "user", "--type", "odd"],
        "'missing_topic'",
    ),
    "an empty id": (["show", ""], "conversation_id must not be empty"),
    "an unknown region": (["list", "--region", "mars"], "unknown region 'mars'"),
    "an impatient wait": (["list", "--timeout", "-1"], "timeout must be a positive number"),
    "an unsafe address": (["list", "--base-url", "http://example.com"], "plain http"),
    "a recording for stdout": (["audio", "X", "-o", "-"], "goes to a file"),
    "a folder that there is not": (["audio", "X", "-o", "no/x.wav"], "there is no folder no"),
}


@pytest.mark.parametrize("name", WRONG_USES)
def test_wrong_use_is_one_line_that_says_what_to_do(
    sandbox: Sandbox, inside: Inside, name: str
) -> None:
    arguments, said = WRONG_USES[name]
    assert_refused(inside(*arguments, env=settings(sandbox)), 2, said)


MISSING_SETTINGS = {
    "POLYAI_API_KEY": "pass --api-key, or set POLYAI_API_KEY",
    "POLYAI_AGENT_ID": "pass --agent-id, or set POLYAI_AGENT_ID",
    "POLYAI_BASE_URL": "pass --region (one of us, eu, uk, studio, dev) or --base-url",
}


@pytest.mark.parametrize("name", MISSING_SETTINGS)
def test_a_missing_setting_is_named_as_an_option(
    sandbox: Sandbox, inside: Inside, name: str
) -> None:
    env = settings(sandbox)
    del env[name]
    assert_refused(inside("list", env=env), 2, MISSING_SETTINGS[name])


def test_an_option_beats_the_environment(sandbox: Sandbox, inside: Inside) -> None:
    right = settings(sandbox)
    wrong = {"POLYAI_API_KEY": "x", "POLYAI_AGENT_ID": "x", "POLYAI_BASE_URL": "https://x.invalid"}
    options = ("--api-key", right["POLYAI_API_KEY"], "--agent", right["POLYAI_AGENT_ID"])
    ended = inside("list", *options, "--base-url", sandbox.url, "--limit", "1", env=wrong)
    assert ended.status == 0, ended


def test_a_region_beats_an_address_of_the_environment(sandbox: Sandbox, inside: Inside) -> None:
    addresses(inside.monkeypatch, eu=sandbox.url, others="")
    env = settings(sandbox) | {"POLYAI_BASE_URL": "https://x.invalid"}
    assert inside("list", "--region", "eu", "--limit", "1", env=env).status == 0


ID = "corr-7b0f"
FAILURES = {
    "a key of another region": (answer(401, X_PolyAI_Correlation_Id=ID), "check --all-regions", ID),
    "a conversation that there is not": (answer(404, X_PolyAI_Correlation_Id=ID), "404", ID),
    "an answer that breaks the contract": (
        answer(200, b"[]", X_PolyAI_Correlation_Id=ID),
        "breaks the contract",
        ID,
    ),
    "a connection that breaks": (close, "broke off", "(correlation id "),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_is_one_line_with_its_correlation_id(
    inside: Inside, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    behaviour, *said = FAILURES[name]
    monkeypatch.setattr("polyai_conversations.retries.time.sleep", lambda _: None)
    with Misbehaving(behaviour) as server:
        assert_refused(inside("show", "CA1", env=at(server)), 1, *said)


def test_a_walk_that_breaks_off_tells_where_to_go_on(inside: Inside) -> None:
    rows = [{**IDS, "conversationId": f"CA{number}"} for number in range(100)]
    first = {"conversations": rows, "count": 250, "limit": 100, "offset": 0}
    with Misbehaving(answer(200, json.dumps(first).encode()), answer(400)) as server:
        ended = inside("list", "--all", "--json", env=at(server))
    assert len(ended.out.splitlines()) == 100
    assert (ended.status, ended.err.count("\n")) == (1, 1)
    assert ended.err.endswith("; all before it were listed: --offset 100 goes on\n")


def test_debug_tells_of_exchanges_and_where_an_error_arose(inside: Inside) -> None:
    error = json.dumps({"error_message": HOSTILE}).encode()
    with Misbehaving(answer(404, error)) as server:
        ended = inside("show", "CA1", "--debug", env=at(server))
    assert ended.status == 1
    assert "Traceback" in ended.err
    assert ended.err.replace("\n", "").isprintable()
    assert KEY not in ended.err


def test_an_unexpected_error_is_one_line_too(inside: Inside) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("odd\nthing")

    inside.monkeypatch.setattr("polyai_conversations.cli.writes.note", fail)
    ended = inside("note", "X", "Y", env={})
    assert_refused(ended, 1, "unexpected RuntimeError: odd thing; --debug shows where")


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has such a disk")
def test_a_disk_that_is_full_is_a_failure(sandbox: Sandbox) -> None:
    with (
        FULL.open("wb") as full,
        start("list", env=settings(sandbox), stdout=full) as process,
    ):
        _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (
        1,
        b"polyai-conversations: No space left on device\n",
    )


@pytest.mark.skipif(sys.platform == "win32", reason="has no such shell")
def test_with_its_streams_closed_a_command_still_works(sandbox: Sandbox) -> None:
    shell = 'exec "$0" -m polyai_conversations list >&- 2>&-'
    ended = subprocess.run(  # noqa: S603 - this very package
        ["/bin/sh", "-c", shell, sys.executable], env=os.environ | settings(sandbox), check=False
    )
    assert ended.returncode == 0


@pytest.mark.parametrize(("form", "colour"), [("--json", ""), ("--debug", ""), ("--debug", "1")])
def test_a_closed_pipe_ends_quietly(sandbox: Sandbox, form: str, colour: str) -> None:
    with start("list", form, env=settings(sandbox) | {"FORCE_COLOR": colour}) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        err = process.stderr.read()
        assert process.wait(20) == 0
    assert b"Traceback" not in err
    assert b"pipe" not in err.lower()


def test_an_interruption_is_status_130() -> None:
    with Misbehaving(hang) as server, start("show", "CA1", env=at(server)) as process:
        while not server.requests:
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (130, b"polyai-conversations: interrupted\n")


# the program


def test_without_a_command_the_help_is_shown(inside: Inside) -> None:
    ended = inside(env={})
    assert ended.status == 2
    for command in ("list", "show", "annotate", "note", "audio", "check", "sandbox"):
        assert command in ended.out


@pytest.mark.parametrize("arguments", [["--help"], ["list", "--help"], ["audio", "--help"]])
def test_help_shows_no_key(sandbox: Sandbox, inside: Inside, arguments: list[str]) -> None:
    ended = inside(*arguments, env=settings(sandbox))
    assert (ended.status, ended.err) == (0, "")
    assert "POLYAI_API_KEY" in ended.out
    assert KEY not in ended.out


def test_the_version_is_told(inside: Inside) -> None:
    ended = inside("--version", env={})
    assert ended.status == 0
    assert ended.out.startswith("polyai-conversations 0")


@pytest.mark.parametrize(
    ("missing", "extra", "arguments"), [("typer", "cli", []), ("starlette", "sandbox", ["sandbox"])]
)
def test_without_an_extra_its_name_is_told(missing: str, extra: str, arguments: list[str]) -> None:
    code = (
        f"import sys; sys.modules[{missing!r}] = None; sys.argv[1:] = {arguments!r};"
        "from polyai_conversations.cli import main; sys.exit(main())"
    )
    ended = subprocess.run(  # noqa: S603 - this very package
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert "pip install" in ended.stderr
    assert f"polyai-conversations[{extra}]" in ended.stderr


COMPLETIONS = {
    "audio X --direction ": ["combined", "user", "agent"],
    "list --region u": ["us", "uk"],
    "annotate X --role ": ["user", "agent"],
    "annotate X --type w": ["wrong_transcript", "wrong_info"],
    "che": ["check"],
}


@pytest.mark.parametrize("typed", COMPLETIONS)
def test_the_shell_completes(
    capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    words = f"polyai-conversations {typed}"
    monkeypatch.setenv("_POLYAI_CONVERSATIONS_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split(" ")) - 1))
    with pytest.raises(SystemExit):
        app.app([], prog_name="polyai-conversations")
    assert capfdbinary.readouterr().out.decode().split() == COMPLETIONS[typed]


def test_the_values_offered_are_the_contracts() -> None:
    assert set(get_args(app.Direction)) == set(get_args(GetConversationAudioDirection))
    assert set(get_args(app.Role)) == set(get_args(AnnotationItemRole))
    assert set(get_args(app.AnnotationType)) == set(get_args(AnnotationItemAnnotationType))
    assert connection.REGIONS == config.REGIONS


def test_the_sandbox_runs_until_it_is_interrupted() -> None:
    with start("sandbox", "--port", "0", "--conversations", "3", env={}) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().decode().strip() for _ in range(4)]
        env = dict(line.removeprefix("export ").split("=", 1) for line in lines[1:])
        listed = run("list", "--json", env=env)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    assert len(listed.out.splitlines()) == 3
