"""The command line, run as a person would, or within the test's own process, which is faster."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import attrs
import httpx

from polyai_conversations import config

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

    from faulty_server import FaultyServer
    from polyai_conversations.sandbox import Sandbox

KEY = "sk-never-to-be-seen"
IDS = {"conversationId": "CA1", "accountId": "ws-1", "projectId": "PROJECT-TEST"}
HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m[bold red]x[/]:smile:\u202eabc\r\nnext\ud800"
PROGRAM = (sys.executable, "-m", "polyai_conversations")


@attrs.frozen
class Ended:
    """How a command ended, and what it wrote."""

    status: int
    out: str
    err: str


def settings(sandbox: Sandbox) -> dict[str, str]:
    return {
        "POLYAI_API_KEY": sandbox.api_key,
        "POLYAI_AGENT_ID": sandbox.agent_id,
        "POLYAI_BASE_URL": sandbox.url,
    }


def start(*arguments: str, env: Mapping[str, str], **options: Any) -> subprocess.Popen[bytes]:
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(  # noqa: S603 - this very package
        [*PROGRAM, *arguments], env={**os.environ, **env}, **{**streams, **options}
    )


def run(*arguments: str, env: Mapping[str, str], stdin: bytes = b"") -> Ended:
    with start(*arguments, env=env, stdin=subprocess.PIPE) as process:
        out, err = process.communicate(stdin, timeout=20)
    return Ended(process.returncode, out.decode(), err.decode())


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


@attrs.frozen
class Inside:
    """Runs commands in this process."""

    capture: pytest.CaptureFixture[bytes]
    monkeypatch: pytest.MonkeyPatch

    def __call__(self, *arguments: str, env: Mapping[str, str]) -> Ended:
        from polyai_conversations.cli import ending  # noqa: PLC0415 - slow, and not for all tests

        with self.monkeypatch.context() as patch:
            for name, value in env.items():
                patch.setenv(name, value)
            status = ending.run(arguments)
        out, err = self.capture.readouterr()
        return Ended(status, out.decode(), err.decode())


def at(server: FaultyServer) -> dict[str, str]:
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


def addresses(monkeypatch: pytest.MonkeyPatch, **urls: str) -> None:
    monkeypatch.setattr(config, "_region_url", lambda region: urls.get(region, urls["others"]))
