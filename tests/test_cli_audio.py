"""The command `audio`."""

from __future__ import annotations

import wave
from typing import TYPE_CHECKING

import pytest

from commands import InProcessCli, assert_error, first_id, run_cli, sandbox_env, server_env
from faulty_server import FaultyServer, respond
from polyai_conversations import ConversationsClient
from polyai_conversations.export import export
from wav_factory import wav

if TYPE_CHECKING:
    from pathlib import Path

    from polyai_conversations.sandbox import Sandbox


def test_recording_is_saved_and_described(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    result = run_cli("audio", first_id(sandbox), "-o", str(path), env=sandbox_env(sandbox))
    assert list(tmp_path.iterdir()) == [path]
    with wave.open(str(path)) as file:
        seconds = file.getnframes() / file.getframerate()
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(f"{path}: {seconds:.1f} s, 8000 Hz, 1 channel, ")


def test_existing_file_is_replaced_only_with_force(
    sandbox: Sandbox, cli: InProcessCli, tmp_path: Path
) -> None:
    conversation_id = first_id(sandbox)
    path = tmp_path / f"{conversation_id}.user.redacted.wav"
    path.write_text("mine")
    options = ("-o", str(tmp_path), "--direction", "user", "--redacted")
    refused = cli("audio", conversation_id, *options, env=sandbox_env(sandbox))
    assert_error(refused, 2, f"{path} exists; use --force to replace it")
    assert path.read_text() == "mine"
    forced = cli("audio", conversation_id, *options, "--force", env=sandbox_env(sandbox))
    assert forced.exit_code == 0
    assert path.read_bytes().startswith(b"RIFF")


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("calls/", "the directory calls does not exist"),
        ("no/x.wav", "the directory no does not exist"),
        ("", "--output must not be empty"),
        ("-", "recordings cannot be written to stdout"),
    ],
)
def test_unusable_output_is_rejected(
    cli: InProcessCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert_error(cli("audio", "id", "-o", output, env={}), 2, message)
    assert not list(tmp_path.iterdir())


def test_call_in_progress_is_reported_as_having_no_recording_yet(
    sandbox: Sandbox, cli: InProcessCli, tmp_path: Path
) -> None:
    rows = sandbox.store.page(sandbox.store.count, 0)
    in_progress = next(row["conversationId"] for row in rows if row["inProgress"])
    chat = next(row["conversationId"] for row in rows if "CHAT" in row["channel"])
    options = ("-o", str(tmp_path))
    result = cli("audio", in_progress, *options, env=sandbox_env(sandbox))
    assert_error(result, 1, f"{in_progress} is still in progress and has no recording yet; run the")
    result = cli("audio", chat, *options, env=sandbox_env(sandbox))
    assert_error(result, 1, "RECORDING_NOT_FOUND")
    result = cli("audio", "CAmissing", *options, env=sandbox_env(sandbox))
    assert_error(result, 1, "404")
    assert not list(tmp_path.iterdir())


def test_id_with_slashes_does_not_leave_the_current_directory(
    cli: InProcessCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with FaultyServer(respond(200, wav(), content_type="audio/wav")) as server:
        result = cli("audio", "../a/b", env=server_env(server))
    assert result.exit_code == 0, result
    assert [path.name for path in tmp_path.iterdir()] == ["%2E%2E%2Fa%2Fb.wav"]


def test_recording_has_the_same_name_as_in_a_batch_and_in_an_export(
    sandbox: Sandbox, cli: InProcessCli, tmp_path: Path
) -> None:
    env = sandbox_env(sandbox)
    conversation_id = first_id(sandbox)
    alone, batch, exported = (tmp_path / name for name in ("alone", "batch", "exported"))
    alone.mkdir()
    options = ("--direction", "user", "--redacted")
    assert cli("audio", conversation_id, "-o", str(alone), *options, env=env).exit_code == 0
    with ConversationsClient(
        api_key=sandbox.api_key, agent_id=sandbox.agent_id, base_url=sandbox.url
    ) as client:
        client.save_audio_batch([conversation_id], batch, "user", redacted=True)
        export(client, exported, audio="user", redacted=True)
    name = f"{conversation_id}.user.redacted.wav"
    assert [path.name for path in (*alone.iterdir(), *batch.iterdir())] == [name, name]
    assert (exported / "audio" / name).exists()


def test_a_url_is_refused_as_output(cli: InProcessCli, sandbox: Sandbox) -> None:
    for arguments in (("audio", "CA1", "-o", "s3://bucket/call.wav"), ("export", "s3://bucket")):
        result = cli(*arguments, env=sandbox_env(sandbox))
        assert_error(result, 2, "not a URL (s3://…)", "upload")
