"""The command `export`."""

from __future__ import annotations

import json
import signal
import time
from typing import TYPE_CHECKING, Any

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
from polyai_conversations.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CONVERSATIONS = 60
OPTIONS = ("--details", "--audio", "user", "--concurrency", "4")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(conversations=CONVERSATIONS, seed=7, latency=0.01) as sandbox:
        yield sandbox


def test_interrupted_export_has_exit_code_130_and_can_be_resumed(
    sandbox: Sandbox, cli: InProcessCli, tmp_path: Path
) -> None:
    with start_cli("export", str(tmp_path), *OPTIONS, env=sandbox_env(sandbox)) as process:
        while not list(tmp_path.glob("audio/*.wav")):
            assert process.poll() is None
            time.sleep(0.001)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=20)
    assert (process.returncode, stdout) == (130, b"")
    hint = f"what was fetched is kept in {tmp_path}; run the same command again to continue"
    assert stderr.decode().splitlines() == [hint, "polyai-conversations: interrupted"]
    assert not (tmp_path / "conversations.jsonl").exists()
    resumed = cli("export", str(tmp_path), *OPTIONS, env=sandbox_env(sandbox))
    assert resumed.exit_code == 0
    assert len((tmp_path / "conversations.jsonl").read_text().splitlines()) == CONVERSATIONS


def test_summary_counts_what_was_exported(
    sandbox: Sandbox, cli: InProcessCli, tmp_path: Path
) -> None:
    first = cli("export", str(tmp_path), *OPTIONS, env=sandbox_env(sandbox))
    assert (first.exit_code, first.stderr) == (0, "")
    assert first.stdout.startswith(
        f"{tmp_path}: {CONVERSATIONS} conversations, {CONVERSATIONS} fetched now, "
    )
    in_progress = sum(row["inProgress"] for row in sandbox.store.page(CONVERSATIONS, 0))
    assert in_progress
    assert f"{in_progress} still in progress (no recording yet)" in first.stdout
    second = cli("export", str(tmp_path), env=sandbox_env(sandbox))
    assert (second.exit_code, second.stderr) == (0, "")
    assert second.stdout == (
        f"{tmp_path}: {CONVERSATIONS} conversations, {in_progress} fetched now, "
        f"{CONVERSATIONS - in_progress} already there, {in_progress} still in progress\n"
    )


def test_summary_uses_the_singular_for_one(
    sandbox: Sandbox, cli: InProcessCli, tmp_path: Path
) -> None:
    newest = sandbox.store.page(1, 0)[0]
    options = ("--since", str(newest["startedAt"])[:19], "--audio", "user", "--transcripts", "vtt")
    result = cli("export", str(tmp_path), *options, env=sandbox_env(sandbox))
    assert result.stdout == (
        f"{tmp_path}: 1 conversation, 1 fetched now, {CONVERSATIONS - 1} left out by filters, "
        "1 recording saved now, 1 transcript written now\n"
    )


def test_refresh_fetches_everything_again(
    sandbox: Sandbox, cli: InProcessCli, tmp_path: Path
) -> None:
    for _ in range(2):
        result = cli("export", str(tmp_path), "--refresh", env=sandbox_env(sandbox))
        assert f"{CONVERSATIONS} fetched now, " in result.stdout


FILTERS: dict[str, tuple[tuple[str, ...], Callable[[dict[str, Any]], object]]] = {
    "channel": (("--channel", "voice-sip"), lambda row: row["channel"] == "VOICE-SIP"),
    "channels": (
        ("--channel", "WEBCHAT", "--channel", "CHAT"),
        lambda row: row["channel"] in {"WEBCHAT", "CHAT"},
    ),
    "environment": (("--env", "pre-release"), lambda row: row["clientEnv"] == "pre-release"),
    "direction": (("--direction", "outbound"), lambda row: row["direction"] == "outbound"),
    "handoff": (("--handoff",), lambda row: row["handoff"]),
    "no handoff": (("--no-handoff",), lambda row: not row["handoff"]),
    "lowest score": (("--min-score", "4"), lambda row: (row.get("polyScore") or 0) >= 4),
    "highest score": (("--max-score", "3.5"), lambda row: (row.get("polyScore") or 9) <= 3.5),
    "duration": (("--min-duration", "30"), lambda row: (row.get("duration") or 0) >= 30),
    "period": (
        ("--since", "2026-05-26T03:00:00", "--until", "2026-05-26T07:00:00"),
        lambda row: "2026-05-26T03" <= row["startedAt"] < "2026-05-26T07",
    ),
    "period in another time zone": (
        ("--since", "2026-05-26T05:00:00.5+02:00", "--until", "2026-05-26T07:00:00Z"),
        lambda row: "2026-05-26T03:00:00.5" <= row["startedAt"] < "2026-05-26T07",
    ),
    "several": (
        ("--no-handoff", "--channel", "VOICE-SIP", "--min-score", "3"),
        lambda row: (
            row["channel"] == "VOICE-SIP"
            and not row["handoff"]
            and (row.get("polyScore") or 0) >= 3
        ),
    ),
}


@pytest.mark.parametrize(("options", "select"), FILTERS.values(), ids=FILTERS)
def test_filters_select_what_is_exported(
    sandbox: Sandbox,
    cli: InProcessCli,
    tmp_path: Path,
    options: tuple[str, ...],
    select: Callable[[dict[str, Any]], object],
) -> None:
    result = cli("export", str(tmp_path), *options, env=sandbox_env(sandbox))
    assert (result.exit_code, result.stderr) == (0, "")
    rows = sandbox.store.page(CONVERSATIONS, 0)
    expected = [row for row in rows if select(row)]
    assert 0 < len(expected) < CONVERSATIONS
    lines = (tmp_path / "conversations.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == expected
    assert f", {CONVERSATIONS - len(expected)} left out by filters" in result.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--min-score", "4", "--max-score", "3"), "--min-score must not be greater"),
        (("--min-score", "nan"), "--min-score must be a number"),
        (("--min-duration", "inf"), "--min-duration must be a number of seconds, not inf"),
        (("--min-duration", "nan"), "--min-duration must be a number of seconds, not nan"),
        (("--min-duration", "-1"), "--min-duration"),
        (("--channel", ""), "--channel must be a string that is not empty"),
        (("--env", ""), "--env must be a string that is not empty"),
        (("--since", "2026-05-02", "--until", "2026-05-01"), "--since must be before --until"),
        (("--since", "yesterday"), "'--since': 'yesterday' is not a date or a time in ISO 8601"),
        (("--redacted",), "--redacted needs --audio"),
    ],
)
def test_invalid_options_are_rejected(
    cli: InProcessCli, tmp_path: Path, options: tuple[str, ...], message: str
) -> None:
    with FaultyServer(respond(403)) as server:
        result = cli("export", str(tmp_path / "calls"), *options, env=server_env(server))
        assert_error(result, 2, message)
        assert not server.requests


def test_file_in_place_of_the_directory_is_rejected(cli: InProcessCli, tmp_path: Path) -> None:
    file = tmp_path / "calls.py"
    file.write_bytes(b"")
    with FaultyServer(respond(403)) as server:
        result = cli("export", str(file), env=server_env(server))
        assert_error(result, 2, f"directory must be a directory, but {file} is a file")
        assert not server.requests


def test_transcripts_are_written_and_counted(
    sandbox: Sandbox, cli: InProcessCli, tmp_path: Path
) -> None:
    result = cli("export", str(tmp_path), "--transcripts", "vtt", env=sandbox_env(sandbox))
    assert (result.exit_code, result.stderr) == (0, "")
    assert f", {CONVERSATIONS} transcripts written now" in result.stdout
    files = list((tmp_path / "transcripts").iterdir())
    assert len(files) == CONVERSATIONS
    assert all(file.read_text().startswith("WEBVTT\n") for file in files)


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
