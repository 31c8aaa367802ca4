"""The command line, run as a person would, or within the test's own process, which is faster."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

    from polyai_conversations.sandbox import Sandbox

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
