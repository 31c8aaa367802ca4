"""Runs the command line, as a subprocess or within the test process, which is faster."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import attrs
import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from faulty_server import FaultyServer
    from polyai_conversations.sandbox import Sandbox

KEY: Final = "sk-never-to-be-seen"
REQUIRED_FIELDS: Final = {
    "conversationId": "CA1",
    "accountId": "ws-1",
    "projectId": "PROJECT-TEST",
}
CONTROL_CHARACTERS: Final = (
    "\x1b]0;owned\x07\x1b[2J\x9b31m[bold red]x[/]:smile:\u202eabc\r\nnext\ud800"
)
COMMANDS: Final = ("list", "show", "annotate", "note", "audio", "export", "check", "sandbox")
PROGRAM: Final = (sys.executable, "-m", "polyai_conversations")
PSEUDO_TERMINAL: Final = """
import os, pty, sys
status = pty.spawn([sys.executable, "-m", "polyai_conversations", *sys.argv[1:]])
sys.exit(os.waitstatus_to_exitcode(status))
"""

needs_terminal: Final = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no pseudo-terminals"
)


@attrs.frozen
class CommandResult:
    """The exit code of a command and what it wrote."""

    exit_code: int
    stdout: str
    stderr: str


@attrs.frozen
class InProcessCli:
    """Runs commands within the test process."""

    capture: pytest.CaptureFixture[bytes]
    monkeypatch: pytest.MonkeyPatch

    def __call__(
        self, *arguments: str, env: Mapping[str, str], stdin: bytes = b""
    ) -> CommandResult:
        """Run the command that these arguments name."""
        from polyai_conversations.cli import runner

        return self._result(partial(runner.run, arguments), env, stdin)

    def call(self, command: Callable[[], object]) -> CommandResult:
        """Run a function as if it were a command."""
        from polyai_conversations.cli import runner

        return self._result(partial(runner.run_command, command))

    def _result(
        self, run: Callable[[], int], env: Mapping[str, str] | None = None, stdin: bytes = b""
    ) -> CommandResult:
        with self.monkeypatch.context() as patch:
            for name, value in (env or {}).items():
                patch.setenv(name, value)
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
            exit_code = run()
        stdout, stderr = self.capture.readouterr()
        return CommandResult(exit_code, stdout.decode(), stderr.decode())


def start_cli(*arguments: str, env: Mapping[str, str], **options: Any) -> subprocess.Popen[bytes]:
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(
        [*PROGRAM, *arguments], env={**os.environ, **env}, **{**streams, **options}
    )


def run_cli(*arguments: str, env: Mapping[str, str], stdin: bytes = b"") -> CommandResult:
    with start_cli(*arguments, env=env, stdin=subprocess.PIPE) as process:
        stdout, stderr = process.communicate(stdin, timeout=20)
    return CommandResult(process.returncode, stdout.decode(), stderr.decode())


def run_in_terminal(*arguments: str, env: Mapping[str, str]) -> str:
    """Run a command in a terminal, by default of 80 columns, and return what it displayed."""
    process = subprocess.run(
        [sys.executable, "-c", PSEUDO_TERMINAL, *arguments],
        env={**os.environ, "TERM": "xterm", "COLUMNS": "80", **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    return process.stdout.decode()


def sandbox_env(sandbox: Sandbox) -> dict[str, str]:
    return {
        "POLYAI_API_KEY": sandbox.api_key,
        "POLYAI_AGENT_ID": sandbox.agent_id,
        "POLYAI_BASE_URL": sandbox.url,
    }


def server_env(server: FaultyServer) -> dict[str, str]:
    return {
        "POLYAI_API_KEY": KEY,
        "POLYAI_AGENT_ID": "PROJECT-TEST",
        "POLYAI_BASE_URL": server.url,
    }


def list_body(*conversations: Mapping[str, Any]) -> bytes:
    body = {"conversations": conversations, "count": len(conversations), "limit": 50, "offset": 0}
    return json.dumps(body).encode()


def get(sandbox: Sandbox, path: str = "", **query: int) -> httpx.Response:
    """Send a GET request to the sandbox without the client under test."""
    url = f"{sandbox.url}/v1/agents/{sandbox.agent_id}/conversations{path}"
    return httpx.get(url, params=query, headers={"X-API-KEY": sandbox.api_key})


def first_id(sandbox: Sandbox) -> str:
    return str(get(sandbox, limit=1).json()["conversations"][0]["conversationId"])


def assert_error(result: CommandResult, exit_code: int, *fragments: str) -> None:
    """Assert that stderr is a single line with these fragments, without the API key."""
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (exit_code, "", 1), (
        result
    )
    assert result.stderr.startswith("polyai-conversations: ")
    for fragment in fragments:
        assert fragment in result.stderr
    assert KEY not in result.stderr
