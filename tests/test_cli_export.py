"""`export` as a command: killed at any moment, it ends with the same bytes all the same."""

from __future__ import annotations

import random
import shutil
import signal
import sqlite3
import sys
import time
from typing import TYPE_CHECKING

import pytest

from commands import Inside, assert_refused, at, in_a_terminal, page, run, settings, start
from faulty_server import FaultyServer, respond
from polyai_conversations import ConversationsClient
from polyai_conversations.export import export
from polyai_conversations.export.folder import Folder
from polyai_conversations.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KILLS = 20
OPTIONS = ("--details", "--audio", "user", "--concurrency", "4")
ROW = {"conversationId": "CA1", "accountId": "ws-1", "projectId": "P", "audioUrl": "https://…"}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(conversations=60, seed=7, latency=0.01) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def client(sandbox: Sandbox) -> Iterator[ConversationsClient]:
    with ConversationsClient(
        api_key=sandbox.api_key, agent_id=sandbox.agent_id, base_url=sandbox.url
    ) as client:
        yield client


def contents(folder: Path) -> dict[str, bytes]:
    """Give the files of an export, but for the one that knows when what was done."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in files
        if path.name != "export.sqlite"
    }


@pytest.fixture(scope="module")
def whole(
    sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> tuple[float, dict[str, bytes]]:
    """Export without being killed: how long it worked, and what came of it."""
    folder = tmp_path_factory.mktemp("whole")
    with start("export", str(folder), *OPTIONS, env=settings(sandbox)) as process:
        started = _at_work(folder)
        process.wait(30)
        seconds = time.monotonic() - started
    files = contents(folder)
    assert "conversations.jsonl" in files
    assert sum(name.startswith("audio/") for name in files) > 40
    return seconds, files


def _at_work(folder: Path) -> float:
    while not (folder / "export.sqlite").exists():
        time.sleep(0.005)
    return time.monotonic()


@pytest.mark.parametrize("seed", range(KILLS))
def test_a_killed_export_ends_with_the_same_bytes(
    sandbox: Sandbox,
    client: ConversationsClient,
    whole: tuple[float, dict[str, bytes]],
    tmp_path: Path,
    seed: int,
) -> None:
    seconds, files = whole
    with start("export", str(tmp_path), *OPTIONS, env=settings(sandbox)) as process:
        _at_work(tmp_path)
        time.sleep(random.Random(seed).uniform(0, seconds))  # noqa: S311 - when it dies
        process.send_signal(signal.SIGKILL)
    had = _had(tmp_path)
    report = export(client, tmp_path, details=True, audio="user", concurrency=4)
    assert contents(tmp_path) == files
    assert report.fetched <= 60 - had + report.in_progress, "what was there was fetched again"


def _had(folder: Path) -> int:
    shutil.copytree(folder, folder / "copy")
    try:
        with sqlite3.connect(folder / "copy" / "export.sqlite") as db:
            (count,) = db.execute(
                "SELECT count(*) FROM conversations WHERE kind = 'detail'"
            ).fetchone()
        db.close()
        return int(count)
    except sqlite3.OperationalError:
        return 0  # killed before there were tables
    finally:
        shutil.rmtree(folder / "copy")


def test_it_says_what_it_did(sandbox: Sandbox, inside: Inside, tmp_path: Path) -> None:
    ended = inside("export", str(tmp_path), *OPTIONS, env=settings(sandbox))
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.startswith(f"{tmp_path}: 60 conversations, 60 fetched now, ")
    again = inside("export", str(tmp_path), env=settings(sandbox))
    assert (again.status, again.err) == (0, "")


def test_what_failed_is_told_and_the_status_is_3(inside: Inside, tmp_path: Path) -> None:
    with FaultyServer(respond(200, page(ROW)), respond(404, b'{"error_code":"GONE"}')) as server:
        ended = inside("export", str(tmp_path), "--details", env=at(server))
    assert (ended.status, ended.out) == (
        3,
        f"{tmp_path}: 0 conversations, 0 fetched now, 1 failed\n",
    )
    failed, hint = ended.err.splitlines()
    assert failed.startswith("CA1: ")
    assert "GONE" in failed
    assert "correlation id" in failed
    assert hint == "the next run tries them again"


def test_a_list_that_cannot_be_had_is_one_line(inside: Inside, tmp_path: Path) -> None:
    with FaultyServer(respond(403)) as server:
        assert_refused(inside("export", str(tmp_path), env=at(server)), 1, "403")


def test_a_folder_in_use_is_one_line(sandbox: Sandbox, tmp_path: Path) -> None:
    with Folder(tmp_path, "whoever"):
        second = run("export", str(tmp_path), env=settings(sandbox))
    assert_refused(second, 1, "another export is writing into", "choose another folder")


def test_a_pipe_gets_a_line_now_and_then(
    sandbox: Sandbox, inside: Inside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("polyai_conversations.cli.export._SECONDS_BETWEEN_LINES", 0.05)
    ended = inside("export", str(tmp_path), *OPTIONS, env=settings(sandbox))
    told = ended.err.splitlines()
    assert 2 <= len(told) < 60
    assert " of 60 conversations; " in told[-1]
    assert " s left" in told[-1]


@pytest.mark.skipif(sys.platform == "win32", reason="has no pseudo-terminals")
def test_a_terminal_shows_a_bar(sandbox: Sandbox, tmp_path: Path) -> None:
    written = in_a_terminal("export", str(tmp_path), *OPTIONS, env=settings(sandbox))
    assert "━" in written
    assert "/60" in written
    assert "60 conversations, 60 fetched now" in written


def test_an_interrupted_export_ends_with_130_and_goes_on(
    sandbox: Sandbox, inside: Inside, tmp_path: Path
) -> None:
    with start("export", str(tmp_path), *OPTIONS, env=settings(sandbox)) as process:
        _at_work(tmp_path)
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (130, b"")
    assert err.decode() == "polyai-conversations: interrupted\n"
    assert inside("export", str(tmp_path), *OPTIONS, env=settings(sandbox)).status == 0
