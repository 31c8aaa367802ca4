"""The command `export`, which may be killed at any time and run again."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import time
from typing import TYPE_CHECKING

import pytest

from commands import (
    REQUIRED_FIELDS,
    InProcessCli,
    assert_error,
    list_body,
    sandbox_env,
    server_env,
    start_cli,
)
from faulty_server import FaultyServer, hang, respond
from polyai_conversations import ConversationsClient
from polyai_conversations.export import export
from polyai_conversations.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONVERSATIONS = 60
KILLS = 10
OPTIONS = ("--details", "--audio", "user", "--concurrency", "4")
STATE_FILE = "export.sqlite"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(conversations=CONVERSATIONS, seed=7, latency=0.01) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def client(sandbox: Sandbox) -> Iterator[ConversationsClient]:
    with ConversationsClient(
        api_key=sandbox.api_key, agent_id=sandbox.agent_id, base_url=sandbox.url
    ) as client:
        yield client


@pytest.fixture(scope="module")
def uninterrupted(
    sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> tuple[float, dict[str, bytes]]:
    """Export without interruption; return how many seconds it took and the files."""
    directory = tmp_path_factory.mktemp("uninterrupted")
    with start_cli("export", str(directory), *OPTIONS, env=sandbox_env(sandbox)) as process:
        wait_for_start(directory)
        started = time.monotonic()
        process.wait(30)
        seconds = time.monotonic() - started
    files = exported_files(directory)
    assert "conversations.jsonl" in files
    assert sum(name.startswith("audio/") for name in files) > 40
    return seconds, files


def wait_for_start(directory: Path) -> None:
    while not (directory / STATE_FILE).exists():
        time.sleep(0.005)


def exported_files(directory: Path) -> dict[str, bytes]:
    """Return the contents of all files except the state file, which contains times."""
    files = (path for path in directory.rglob("*") if path.is_file())
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in files
        if path.name != STATE_FILE
    }


def saved_details(directory: Path) -> int:
    """Count the conversations in a copy of the state file, so that the file stays as it is."""
    copy = shutil.copytree(directory, directory.with_name("copy"))
    database = sqlite3.connect(copy / STATE_FILE)
    try:
        query = "SELECT count(*) FROM conversations WHERE kind = 'detail'"
        return int(database.execute(query).fetchone()[0])
    except sqlite3.OperationalError:
        return 0  # the process was killed before it created the tables
    finally:
        database.close()


@pytest.mark.parametrize("kill", range(KILLS))
def test_export_killed_and_run_again_writes_the_same_bytes(
    sandbox: Sandbox,
    client: ConversationsClient,
    uninterrupted: tuple[float, dict[str, bytes]],
    tmp_path: Path,
    kill: int,
) -> None:
    seconds, files = uninterrupted
    directory = tmp_path / "export"
    with start_cli("export", str(directory), *OPTIONS, env=sandbox_env(sandbox)) as process:
        wait_for_start(directory)
        time.sleep(seconds * kill / KILLS)
        process.kill()
    saved = saved_details(directory)
    report = export(client, directory, details=True, audio="user", concurrency=4)
    assert exported_files(directory) == files
    assert report.fetched <= CONVERSATIONS - saved + report.in_progress, "fetched some twice"


def test_interrupted_export_has_exit_code_130_and_can_be_resumed(
    sandbox: Sandbox, cli: InProcessCli, tmp_path: Path
) -> None:
    with start_cli("export", str(tmp_path), *OPTIONS, env=sandbox_env(sandbox)) as process:
        wait_for_start(tmp_path)
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=20)
    assert (process.returncode, stdout) == (130, b"")
    assert stderr.decode() == "polyai-conversations: interrupted\n"
    assert cli("export", str(tmp_path), *OPTIONS, env=sandbox_env(sandbox)).exit_code == 0


def test_summary_counts_what_was_exported(
    sandbox: Sandbox, cli: InProcessCli, tmp_path: Path
) -> None:
    first = cli("export", str(tmp_path), *OPTIONS, env=sandbox_env(sandbox))
    assert (first.exit_code, first.stderr) == (0, "")
    assert first.stdout.startswith(f"{tmp_path}: 60 conversations, 60 fetched now, ")
    assert "still in progress" in first.stdout
    second = cli("export", str(tmp_path), env=sandbox_env(sandbox))
    assert (second.exit_code, second.stderr) == (0, "")


@pytest.mark.parametrize(("count", "printed"), [(1, 1), (21, 20)])
def test_failed_conversations_are_listed_and_the_exit_code_is_3(
    cli: InProcessCli, tmp_path: Path, count: int, printed: int
) -> None:
    rows = [{**REQUIRED_FIELDS, "conversationId": f"CA{number}"} for number in range(count)]
    body = b'{"error_code":"GONE"}'
    with FaultyServer(respond(200, list_body(*rows)), respond(404, body)) as server:
        result = cli("export", str(tmp_path), "--details", env=server_env(server))
    summary = f"{tmp_path}: 0 conversations, 0 fetched now, {count} failed\n"
    assert (result.exit_code, result.stdout) == (3, summary)
    *lines, hint = result.stderr.splitlines()
    assert hint == "the next run retries them"
    assert len([line for line in lines if "GONE" in line]) == printed
    assert lines[0].startswith("CA")
    assert "correlation id" in lines[0]
    assert lines[printed:] == ["and 1 more"][: count - printed]


def test_failure_to_list_is_one_line(cli: InProcessCli, tmp_path: Path) -> None:
    with FaultyServer(respond(403)) as server:
        assert_error(cli("export", str(tmp_path), env=server_env(server)), 1, "403")


def test_second_export_to_the_same_directory_is_refused(cli: InProcessCli, tmp_path: Path) -> None:
    with (
        FaultyServer(hang) as server,
        start_cli("export", str(tmp_path), env=server_env(server)) as first,
    ):
        while not server.requests:
            assert first.poll() is None
        second = cli("export", str(tmp_path), env=server_env(server))
        first.kill()
    assert_error(second, 1, "another export", str(tmp_path))
