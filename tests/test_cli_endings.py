"""How commands end: wrong use, failures, interruptions; and the program around them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pytest

from commands import HOSTILE, IDS, KEY, Inside, addresses, assert_refused, at, run, settings, start
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


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(conversations=120, seed=7, api_key=KEY) as sandbox:
        yield sandbox


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
    "an empty folder's name": (["export", ""], "directory must not be empty"),
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


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize(
    "arguments", [["list"], ["list", "--limit", "1"], ["--help"]], ids=["long", "short", "help"]
)
def test_a_full_disk_is_reported_once(
    sandbox: Sandbox, arguments: list[str], unbuffered: str
) -> None:
    env = settings(sandbox) | {"PYTHONUNBUFFERED": unbuffered}
    with FULL.open("wb") as full, start(*arguments, env=env, stdout=full) as process:
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
