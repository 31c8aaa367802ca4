"""What commands display in a terminal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from commands import first_id, get, needs_terminal, run_in_terminal, sandbox_env

if TYPE_CHECKING:
    from pathlib import Path

    from polyai_conversations.sandbox import Sandbox

pytestmark = needs_terminal


def test_speakers_are_coloured(sandbox: Sandbox) -> None:
    output = run_in_terminal("show", first_id(sandbox), env=sandbox_env(sandbox))
    assert "\x1b[36magent" in output


def test_no_color_turns_colours_off(sandbox: Sandbox) -> None:
    env = sandbox_env(sandbox) | {"NO_COLOR": "1"}
    output = run_in_terminal("show", first_id(sandbox), env=env)
    assert "\x1b[36m" not in output
    assert "agent" in output


def list_in_terminal(sandbox: Sandbox, width: int, limit: int = 5) -> list[str]:
    """Return the lines of a table of conversations, without colours."""
    env = sandbox_env(sandbox) | {"COLUMNS": str(width)}
    output = run_in_terminal("list", "--limit", str(limit), env=env)
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", output)
    return [line for line in plain.splitlines() if line.strip() and "Listing" not in line]


def test_a_row_takes_one_line_of_a_narrow_terminal(sandbox: Sandbox) -> None:
    header, *rows, footer = list_in_terminal(sandbox, 80)
    assert header.split() == ["id", "started", "length", "caller", "summary"]
    assert len(rows) == 5
    assert max(map(len, rows)) <= 80
    for row, conversation in zip(rows, get(sandbox, limit=5).json()["conversations"], strict=True):
        beginning, _, end = row.split()[0].partition("…")
        assert conversation["conversationId"].startswith(beginning)
        assert conversation["conversationId"].endswith(end)
    assert footer.startswith("5 of 120; a wider terminal")


def test_a_wide_terminal_shows_whole_ids(sandbox: Sandbox) -> None:
    header, *rows, footer = list_in_terminal(sandbox, 120, limit=25)
    assert header.split() == ["id", "started", "length", "caller", "summary"]
    assert max(map(len, rows)) <= 120
    for row, conversation in zip(rows, get(sandbox, limit=25).json()["conversations"], strict=True):
        assert row.split()[0] == conversation["conversationId"]
    assert footer == "25 of 120"


@pytest.mark.parametrize("width", [80, 100, 120, 150])
def test_a_long_id_in_the_table_does_not_cut_the_time(sandbox: Sandbox, width: int) -> None:
    header, *rows, _ = list_in_terminal(sandbox, width, limit=25)
    assert "LOCAL-" in "".join(rows)
    assert "summary" in header
    for row in rows:
        assert re.search(r" \d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)? ", row), row


def test_a_very_wide_terminal_shows_all_columns(sandbox: Sandbox) -> None:
    header, *_ = list_in_terminal(sandbox, 150)
    assert header.split() == ["id", "started", "length", "caller", "channel", "handoff", "summary"]


def test_dumb_terminal_does_not_cut_anything(sandbox: Sandbox) -> None:
    env = sandbox_env(sandbox) | {"TERM": "dumb"}
    output = run_in_terminal("list", "--limit", "5", env=env)
    for conversation in get(sandbox, limit=5).json()["conversations"]:
        assert conversation["conversationId"] in output
    assert "…" not in output


def test_download_shows_a_progress_bar(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    arguments = ("audio", first_id(sandbox), "-o", str(path))
    output = run_in_terminal(*arguments, env=sandbox_env(sandbox))
    assert "━" in output
    assert f"/{path.stat().st_size / 1000:.1f} kB" in output


def test_export_shows_a_progress_bar(sandbox: Sandbox, tmp_path: Path) -> None:
    output = run_in_terminal("export", str(tmp_path), env=sandbox_env(sandbox))
    assert "━" in output
    assert "/120" in output
    assert "120 conversations, 120 fetched now" in output
