"""The program around the commands: help, version, completion, optional packages, the sandbox."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING, get_args

import pytest

from commands import (
    COMMANDS,
    KEY,
    InProcessCli,
    list_body,
    run_cli,
    sandbox_env,
    server_env,
    start_cli,
)
from faulty_server import FaultyServer, hang, respond
from polyai_conversations._http import config
from polyai_conversations.cli import app, options
from polyai_conversations.models import (
    AnnotationItemAnnotationType,
    AnnotationItemRole,
    GetConversationAudioDirection,
)
from polyai_conversations.transcripts import TranscriptFormat

if TYPE_CHECKING:
    from polyai_conversations.sandbox import Sandbox

SLOW_MODULES = {"httpx", "attrs", "polyai_conversations.client", "polyai_conversations_api"}


def test_help_is_shown_without_a_command(cli: InProcessCli) -> None:
    result = cli(env={})
    assert result.exit_code == 2
    for command in COMMANDS:
        assert f" {command} " in result.stdout


@pytest.mark.parametrize("arguments", [[], *([name] for name in COMMANDS if name != "sandbox")])
def test_help_does_not_contain_the_key(
    sandbox: Sandbox, cli: InProcessCli, arguments: list[str]
) -> None:
    result = cli(*arguments, "--help", env=sandbox_env(sandbox))
    assert (result.exit_code, result.stderr) == (0, "")
    assert "POLYAI_API_KEY" in result.stdout
    assert KEY not in result.stdout


@pytest.mark.parametrize("arguments", [["--help"], ["list", "--help"], ["--version"]])
def test_help_and_version_load_nothing_slow(arguments: list[str]) -> None:
    code = (
        "import sys; from polyai_conversations.cli.runner import run; "
        f"code = run({arguments!r}); print(*sys.modules, file=sys.stderr); sys.exit(code)"
    )
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    loaded = process.stderr.split()
    assert "polyai_conversations.cli.app" in loaded
    assert SLOW_MODULES.isdisjoint(loaded)


def test_version_is_printed(cli: InProcessCli) -> None:
    result = cli("--version", env={})
    assert result.exit_code == 0
    assert result.stdout.startswith("polyai-conversations 0")


@pytest.mark.parametrize(
    ("package", "extra", "arguments"), [("typer", "cli", []), ("starlette", "sandbox", ["sandbox"])]
)
def test_missing_package_is_reported_with_its_extra(
    package: str, extra: str, arguments: list[str]
) -> None:
    code = (
        f"import sys; sys.modules[{package!r}] = None; sys.argv[1:] = {arguments!r};"
        "from polyai_conversations.cli import main; sys.exit(main())"
    )
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert (process.returncode, process.stdout, process.stderr.count("\n")) == (2, "", 1)
    assert "pip install" in process.stderr
    assert f"polyai-conversations[{extra}]" in process.stderr


COMPLETIONS = {
    "audio X --direction ": ["combined", "user", "agent"],
    "list --region u": ["us", "uk"],
    "annotate X --role ": ["user", "agent"],
    "annotate X --type w": ["wrong_transcript", "wrong_info"],
    "che": ["check"],
}


@pytest.mark.parametrize("typed", COMPLETIONS)
def test_shell_completion_offers_commands_and_values(
    capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    words = f"polyai-conversations {typed}"
    monkeypatch.setenv("_POLYAI_CONVERSATIONS_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split(" ")) - 1))
    with pytest.raises(SystemExit):
        app.app([], prog_name="polyai-conversations")
    assert capfdbinary.readouterr().out.decode().split() == COMPLETIONS[typed]


def test_choices_of_options_match_those_of_the_client() -> None:
    assert set(get_args(app.Direction)) == set(get_args(GetConversationAudioDirection))
    assert set(get_args(app.Role)) == set(get_args(AnnotationItemRole))
    assert set(get_args(app.AnnotationType)) == set(get_args(AnnotationItemAnnotationType))
    assert get_args(app.TranscriptFormat) == get_args(TranscriptFormat)
    assert options.REGIONS == config.REGIONS


def test_sandbox_serves_other_commands_until_interrupted() -> None:
    with start_cli("sandbox", "--port", "0", "--conversations", "3", env={}) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().decode().strip() for _ in range(4)]
        env = dict(line.removeprefix("export ").split("=", 1) for line in lines[1:])
        listed = run_cli("list", "--json", env=env)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    assert len(listed.stdout.splitlines()) == 3


def test_sandbox_help_names_the_command() -> None:
    result = run_cli("sandbox", "--help", env={})
    assert result.exit_code == 0
    assert result.stdout.startswith("usage: polyai-conversations sandbox ")


@pytest.mark.parametrize("command", ["", *(name for name in COMMANDS if name != "sandbox")])
def test_h_prints_the_same_help_as_help(cli: InProcessCli, command: str) -> None:
    short, long = (cli(*command.split(), option, env={}) for option in ("-h", "--help"))
    assert (short.exit_code, short.stdout) == (0, long.stdout)
    assert "Usage: polyai-conversations" in short.stdout
    assert "<bool>" not in short.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["--agent", "PROJECT-GLOBAL", "list"],
        ["list", "--agent", "PROJECT-GLOBAL"],
        ["--agent", "PROJECT-OTHER", "list", "--agent", "PROJECT-GLOBAL"],
    ],
)
def test_connection_options_work_before_and_after_the_command(
    cli: InProcessCli, arguments: list[str]
) -> None:
    with FaultyServer(respond(200, list_body())) as server:
        assert cli(*arguments, env=server_env(server)).exit_code == 0
    assert "/agents/PROJECT-GLOBAL/" in server.requests[0].path


def test_a_deadline_bounds_a_command(cli: InProcessCli) -> None:
    with FaultyServer(hang) as server:
        result = cli("list", "--deadline", "0.3", env=server_env(server))
    assert result.exit_code == 1
    assert "allow more time with --deadline" in result.stderr
