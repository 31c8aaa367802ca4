"""What commands display in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

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


def test_narrow_terminal_does_not_cut_ids(sandbox: Sandbox) -> None:
    output = run_in_terminal("list", "--limit", "5", env=sandbox_env(sandbox))
    for conversation in get(sandbox, limit=5).json()["conversations"]:
        assert conversation["conversationId"] in output
    assert "5 of 120" in output


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
