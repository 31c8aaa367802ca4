"""Stores recordings at any address that fsspec supports; each appears only when it is complete."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from polyai_conversations._audio.filenames import recording_filename, safe_filename
from polyai_conversations._files import replace_file, sync_file


class RecordingStore:
    """The recordings of agents: `ADDRESS/AGENT/ID.wav`.

    Args:
        address: A folder, such as `s3://lake/audio` or `/data/audio`. Credentials come from the
            environment, as for every program that uses fsspec.
        direction: The speakers in the recordings.
        redacted: Whether personal data is silenced in them.
    """

    def __init__(self, address: str, direction: str, *, redacted: bool) -> None:
        # A cached listing would hide what other tasks have stored.
        self._files, self._folder = fsspec.core.url_to_fs(address, use_listings_cache=False)
        self._direction = direction
        self._redacted = redacted

    def path(self, agent_id: str, conversation_id: str) -> str:
        """Return the path of a recording, which depends on nothing else."""
        name = recording_filename(conversation_id, self._direction, redacted=self._redacted)
        return f"{self._folder.rstrip('/')}/{safe_filename(agent_id)}/{name}"

    def address(self, path: str) -> str:
        """Return the address of a recording, for the table."""
        return str(self._files.unstrip_protocol(path))

    def exists(self, path: str) -> bool:
        """Return whether a recording has been stored."""
        try:
            # Object stores have no folders, and s3fs looks for one in a list if it finds no object.
            self._files.cat_file(path, start=0, end=1)
        except FileNotFoundError:
            return False
        return True

    def save(self, path: str, recording: bytes) -> None:
        """Store a recording.

        fsspec's streams commit what they have when they break, so this uses none: object stores
        get the whole object in one request, and a file gets its name when it is complete.

        Raises:
            OSError: It cannot be written.
        """
        if isinstance(self._files, LocalFileSystem):
            _save_file(Path(path), recording)
        elif self._files.async_impl:
            self._files.pipe_file(path, recording)
        else:
            _save_and_move(self._files, path, recording)


def _save_file(target: Path, recording: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(_temporary_name(target.name))
    try:
        with temporary.open("wb") as file:
            file.write(recording)
            sync_file(file)
        replace_file(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def _save_and_move(files: Any, path: str, recording: bytes) -> None:
    folder, _, name = path.rpartition("/")
    files.makedirs(folder, exist_ok=True)
    temporary = f"{folder}/{_temporary_name(name)}"
    files.pipe_file(temporary, recording)
    files.mv(temporary, path)


def _temporary_name(name: str) -> str:
    # Spark may run a task twice at the same time.
    return f".{name}.{uuid.uuid4().hex}.part"
