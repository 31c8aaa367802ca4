"""The command `audio`: save a recording to a file."""

from __future__ import annotations

import os
from pathlib import Path

from rich.filesize import decimal

from polyai_conversations._audio.filenames import recording_filename
from polyai_conversations._audio.saved import SavedRecording
from polyai_conversations._http.arguments import check_path
from polyai_conversations._sync.client import ConversationsClient
from polyai_conversations.cli.console import write_line
from polyai_conversations.cli.formatting import sanitize
from polyai_conversations.cli.options import ConnectionOptions
from polyai_conversations.cli.progress import download_bar
from polyai_conversations.errors import ConversationsError, NotFoundError
from polyai_conversations_api.models import GetConversationAudioDirection


def save_audio(
    options: ConnectionOptions,
    conversation_id: str,
    output: str | None,
    direction: GetConversationAudioDirection,
    *,
    redacted: bool,
    force: bool,
) -> None:
    """Save a recording and print its path, length and format."""
    path = _output_path(output, recording_filename(conversation_id, direction, redacted=redacted))
    with options.client() as client, download_bar(path.name) as on_progress:
        try:
            saved = client.save_audio(
                conversation_id,
                path,
                direction,
                redacted=redacted,
                overwrite=force,
                on_progress=on_progress,
            )
        except FileExistsError:
            raise ValueError(f"{path} exists; use --force to replace it") from None
        except NotFoundError:
            if not _is_in_progress(client, conversation_id):
                raise
            raise ConversationsError(
                f"{conversation_id} is still in progress and has no recording yet; run the same "
                "command again when it has ended"
            ) from None
    write_line(_describe(saved))


def _is_in_progress(client: ConversationsClient, conversation_id: str) -> bool:
    try:
        return client.get_conversation(conversation_id).in_progress is True
    except ConversationsError:
        return False


def _output_path(output: str | None, name: str) -> Path:
    if output is None:
        return Path(name)
    if output == "":
        raise ValueError("--output must not be empty")
    if output == "-":
        raise ValueError("--output must be a file; recordings cannot be written to stdout")
    check_path("--output", output)
    path = Path(output)
    if path.is_dir():
        return path / name
    directory = path if output.endswith(("/", os.sep)) else path.parent
    if not directory.is_dir():
        raise ValueError(f"--output: the directory {directory} does not exist")
    return path


def _describe(saved: SavedRecording) -> str:
    audio = saved.format
    seconds = "unknown length" if audio.duration is None else f"{audio.duration:.1f} s"
    channels = "1 channel" if audio.channels == 1 else f"{audio.channels} channels"
    size = decimal(saved.bytes)
    return f"{sanitize(str(saved.path))}: {seconds}, {audio.sample_rate} Hz, {channels}, {size}"
