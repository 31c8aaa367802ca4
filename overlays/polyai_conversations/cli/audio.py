"""`audio`: a recording into a file, with a bar while it comes."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from rich.filesize import decimal
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from polyai_conversations.retries import logger

from .plain import plain
from .terminal import messages, write_line

if TYPE_CHECKING:
    from polyai_conversations.download import SavedRecording
    from polyai_conversations_api.models import GetConversationAudioDirection

    from .connection import Connection


def save(  # noqa: PLR0913 - what is saved, where to, and how
    connection: Connection,
    conversation_id: str,
    output: str | None,
    direction: GetConversationAudioDirection,
    *,
    redacted: bool,
    force: bool,
) -> None:
    """Save a recording, and say what it is."""
    target = _target(output, conversation_id)
    with connection.client() as client, _progress() as progress:
        try:
            saved = client.save_audio(
                conversation_id,
                target,
                direction,
                redacted=redacted,
                overwrite=force,
                on_progress=_Bar(progress, target.name),
            )
        except FileExistsError:
            raise ValueError(f"{target} exists; --force replaces it") from None
    write_line(_describe(saved))


class _Bar:
    """Shows how far a download is, from its first piece on."""

    def __init__(self, progress: Progress, name: str) -> None:
        self._progress = progress
        self._task = progress.add_task(plain(name), start=False, total=None)
        self._started = False

    def __call__(self, received: int, expected: int | None) -> None:
        if not self._started:
            # What an earlier download left must not count as speed.
            self._progress.reset(self._task, completed=received, total=expected)
            self._started = True
        self._progress.update(self._task, completed=received, total=expected)


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=messages(),
        transient=True,
        disable=not messages().is_terminal or logger.isEnabledFor(logging.DEBUG),
    )


def _target(output: str | None, conversation_id: str) -> Path:
    name = f"{quote(conversation_id, safe='')}.wav"
    if output is None:
        return Path(name)
    if output == "":
        raise ValueError("--output must not be empty")
    if output == "-":
        raise ValueError("--output: a recording goes to a file, not to stdout")
    path = Path(output)
    if path.is_dir():
        return path / name
    folder = path if output.endswith(("/", os.sep)) else path.parent
    if not folder.is_dir():
        raise ValueError(f"--output: there is no folder {folder}")
    return path


def _describe(saved: SavedRecording) -> str:
    audio = saved.format
    seconds = "unknown length" if audio.duration is None else f"{audio.duration:.1f} s"
    channels = "1 channel" if audio.channels == 1 else f"{audio.channels} channels"
    size = decimal(saved.bytes)
    return f"{plain(str(saved.path))}: {seconds}, {audio.sample_rate} Hz, {channels}, {size}"
