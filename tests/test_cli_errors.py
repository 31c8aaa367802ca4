"""Usage errors, failures and interruptions: what commands print and their exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from commands import (
    CONTROL_CHARACTERS,
    KEY,
    InProcessCli,
    assert_error,
    sandbox_env,
    server_env,
    start_cli,
)
from faulty_server import FaultyServer, hang, respond
from polyai_conversations import APIConnectionError
from polyai_conversations.cli.options import ConnectionOptions

if TYPE_CHECKING:
    from polyai_conversations.sandbox import Sandbox

FULL_DISK = Path("/dev/full")
CORRELATION_ID = "corr-7b0f"


USAGE_ERRORS = {
    "unknown command": (["lost"], "No such command 'lost'"),
    "unknown option": (["list", "--lim", "3"], "see 'polyai-conversations list --help'"),
    "missing id": (["show"], "Missing argument 'ID'"),
    "not a number": (["list", "--limit", "x"], "'x' is not a valid int"),
    "number out of range": (["list", "--limit", "-1"], "--limit"),
    "two formats": (["list", "--json", "--csv"], "--json and --csv cannot be combined"),
    "two limits": (["list", "--all", "--limit", "3"], "--all and --limit cannot be combined"),
    "unknown direction": (["audio", "X", "--direction", "up"], "'combined', 'user'"),
    "unknown annotation type": (
        ["annotate", "X", "--turn", "1", "--role", "user", "--type", "odd"],
        "'missing_topic'",
    ),
    "empty directory": (["export", ""], "directory"),
    "empty id": (["show", ""], "ID must not be empty"),
    "unknown region": (["list", "--region", "mars"], "'mars': --region (POLYAI_REGION) is one of"),
    "negative timeout": (["list", "--timeout", "-1"], "'--timeout': -1 is not a positive number"),
    "timeout of zero": (["list", "--timeout", "0"], "'--timeout': 0 is not a positive number"),
    "endless deadline": (["list", "--deadline", "inf"], "'--deadline': inf is not a positive"),
    "unencrypted base url": (["list", "--base-url", "http://example.com"], "--base-url"),
    "empty agent": (["list", "--agent", ""], "--agent (POLYAI_AGENT_ID) must not be empty"),
}


@pytest.mark.parametrize("name", USAGE_ERRORS)
def test_usage_error_is_one_line_and_exit_code_2(
    sandbox: Sandbox, cli: InProcessCli, name: str
) -> None:
    arguments, fragment = USAGE_ERRORS[name]
    assert_error(cli(*arguments, env=sandbox_env(sandbox)), 2, fragment)


@pytest.mark.parametrize(
    ("variable", "options"),
    [
        ("POLYAI_API_KEY", ["--api-key"]),
        ("POLYAI_AGENT_ID", ["--agent"]),
        ("POLYAI_BASE_URL", ["--region", "--base-url"]),
    ],
)
def test_missing_setting_is_reported_with_its_variable_and_option(
    sandbox: Sandbox, cli: InProcessCli, variable: str, options: list[str]
) -> None:
    env = sandbox_env(sandbox)
    del env[variable]
    result = cli("list", env=env)
    assert_error(result, 2, variable, *options)
    assert "=" not in result.stderr


def test_options_override_the_environment(sandbox: Sandbox, cli: InProcessCli) -> None:
    wrong = {"POLYAI_API_KEY": "x", "POLYAI_AGENT_ID": "x", "POLYAI_BASE_URL": "https://x.invalid"}
    credentials = ("--api-key", sandbox.api_key, "--agent", sandbox.agent_id)
    result = cli("list", *credentials, "--base-url", sandbox.url, "--limit", "1", env=wrong)
    assert result.exit_code == 0, result


def test_region_option_overrides_the_base_url_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("POLYAI_BASE_URL", "https://x.invalid")
    with ConnectionOptions(api_key=KEY, agent="X", region="eu").client() as client:
        assert client.base_url == "https://api.eu.poly.ai"


def test_repr_of_the_options_does_not_contain_the_key() -> None:
    assert KEY not in repr(ConnectionOptions(api_key=KEY))


FAILURES = {
    "key of another region": (401, b"{}", "check --all-regions"),
    "region that may be wrong": (401, b"{}", "check that --region (or --base-url) matches"),
    "unknown conversation": (404, b"{}", "and --agent, and that --region (or --base-url) is that"),
    "invalid response": (200, b"[]", "contract"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_failure_is_one_line_with_the_correlation_id(cli: InProcessCli, name: str) -> None:
    status, body, fragment = FAILURES[name]
    responder = respond(status, body, X_PolyAI_Correlation_Id=CORRELATION_ID)
    with FaultyServer(responder) as server:
        result = cli("show", "CA1", env=server_env(server))
    assert_error(result, 1, fragment, CORRELATION_ID)
    assert result.stderr.count(CORRELATION_ID) == 1


EXCEPTIONS: dict[str, tuple[BaseException, int, str]] = {
    "interruption": (KeyboardInterrupt(), 130, "interrupted"),
    "lost connection": (
        APIConnectionError("connection lost", correlation_id=CORRELATION_ID),
        1,
        f"connection lost (correlation id {CORRELATION_ID})",
    ),
    "missing file": (FileNotFoundError(2, "No such file", "x.wav"), 1, "No such file: x.wav"),
    "operating system error without a file": (OSError(5, "I/O error"), 1, "I/O error"),
    "operating system error without a number": (OSError("odd"), 1, "odd"),
    "rejected argument": (ValueError("limit must be positive"), 2, "limit must be positive"),
    "bug": (
        RuntimeError("odd\nthing"),
        1,
        "unexpected RuntimeError: odd thing; run with --debug to see where",
    ),
}


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_exception_is_one_line_with_its_exit_code(cli: InProcessCli, name: str) -> None:
    error, exit_code, message = EXCEPTIONS[name]

    def fail() -> None:
        raise error

    result = cli.call(fail)
    assert_error(result, exit_code)
    assert result.stderr == f"polyai-conversations: {message}\n"


def test_words_of_a_gateway_are_not_taken_for_arguments(cli: InProcessCli) -> None:
    page = b"<p>unknown agent_id, check base_url</p>"
    with FaultyServer(respond(403, page)) as server:
        result = cli("show", "CA1", env=server_env(server))
    assert_error(result, 1, page.decode(), "check --agent (correlation id")


def test_debug_logs_exchanges_and_prints_a_traceback(cli: InProcessCli) -> None:
    error = json.dumps({"error_message": CONTROL_CHARACTERS}).encode()
    with FaultyServer(respond(404, error)) as server:
        result = cli("show", "CA1", "--debug", env=server_env(server))
    assert result.exit_code == 1
    assert "Traceback" in result.stderr
    assert result.stderr.replace("\n", "").isprintable()
    assert KEY not in result.stderr


@pytest.mark.skipif(
    not FULL_DISK.exists(), reason="needs the device /dev/full, which only Linux has"
)
@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize(
    "arguments", [["list"], ["list", "--limit", "1"], ["--help"]], ids=["long", "short", "help"]
)
def test_full_disk_is_reported_once(
    sandbox: Sandbox, arguments: list[str], unbuffered: str
) -> None:
    env = sandbox_env(sandbox) | {"PYTHONUNBUFFERED": unbuffered}
    with (
        FULL_DISK.open("wb") as full_disk,
        start_cli(*arguments, env=env, stdout=full_disk) as process,
    ):
        _, stderr = process.communicate(timeout=20)
    assert process.returncode == 1
    assert stderr == b"polyai-conversations: No space left on device\n"


@pytest.mark.skipif(sys.platform == "win32", reason="needs /bin/sh, which Windows lacks")
def test_command_works_with_stdout_and_stderr_closed(sandbox: Sandbox) -> None:
    script = 'exec "$0" -m polyai_conversations list >&- 2>&-'
    process = subprocess.run(
        ["/bin/sh", "-c", script, sys.executable],
        env=os.environ | sandbox_env(sandbox),
        check=False,
    )
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("option", "force_color"), [("--json", ""), ("--debug", ""), ("--debug", "1")]
)
def test_closed_pipe_is_not_an_error(sandbox: Sandbox, option: str, force_color: str) -> None:
    env = sandbox_env(sandbox) | {"FORCE_COLOR": force_color}
    with start_cli("list", option, env=env) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        stderr = process.stderr.read()
        assert process.wait(20) == 0
    assert b"Traceback" not in stderr
    assert b"pipe" not in stderr.lower()


def test_interrupted_command_has_exit_code_130() -> None:
    with FaultyServer(hang) as server, start_cli("show", "CA1", env=server_env(server)) as process:
        while not server.requests:
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=20)
    assert (process.returncode, stderr) == (130, b"polyai-conversations: interrupted\n")
