"""The file names and the results when many recordings are saved to a directory; no network."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

import attrs

from polyai_conversations._files import make_directory
from polyai_conversations._http.arguments import check_directory
from polyai_conversations._http.operation import check_id
from polyai_conversations.errors import NotFoundError

from .filenames import recording_filename
from .saved import SavedRecording


class HasConversationId(Protocol):
    """A conversation as the client or `view` returns it."""

    @property
    def conversation_id(self) -> str:
        """The id of the conversation."""
        ...


ConversationRef = str | HasConversationId
BatchResult = SavedRecording | Path | Exception
OnResult = Callable[[str, BatchResult], object]

Kind = TypeVar("Kind")


@attrs.frozen
class AudioBatch:
    """The results of saving many recordings, by conversation id and in the order of the ids.

    Attributes:
        saved: Recordings that were downloaded.
        skipped: Files that existed already.
        failed: Errors of the recordings that could not be saved.
        in_progress: Conversations that are still in progress and have no recording yet. This is
            known only of those that were passed as conversations; others are in `failed`.
    """

    saved: dict[str, SavedRecording]
    skipped: dict[str, Path]
    failed: dict[str, Exception]
    in_progress: tuple[str, ...] = ()


class RecordingDirectory:
    """A directory that is being filled with recordings.

    Args:
        directory: The directory, which is created if needed.
        direction: The speakers in the recordings.
        redacted: Whether personal data is silenced in the recordings.
    """

    def __init__(
        self, directory: str | os.PathLike[str], direction: str, *, redacted: bool
    ) -> None:
        check_directory("directory", directory)
        self._directory = Path(directory)
        make_directory("directory", self._directory)
        self._direction = direction
        self._redacted = redacted
        self._results: dict[str, BatchResult | None] = {}
        self._in_progress: set[str] = set()

    def path(self, conversation_id: str) -> Path:
        """Return the file for a recording.

        Raises:
            ValueError: The id is empty, or is not valid in a URL.
        """
        check_id("conversation_id", conversation_id)
        name = recording_filename(conversation_id, self._direction, redacted=self._redacted)
        return self._directory / name

    def add_conversation(self, conversation: object) -> str | None:
        """Add a conversation; return its id, or None if it was added before.

        Raises:
            ValueError: `conversation` is neither an id nor a conversation.
        """
        conversation_id = getattr(conversation, "conversation_id", conversation)
        if not isinstance(conversation_id, str):
            raise ValueError(f"ids must contain ids or conversations, not {conversation!r}")
        if conversation_id in self._results:
            return None
        if getattr(conversation, "in_progress", None) is True:
            self._in_progress.add(conversation_id)
        self._results[conversation_id] = None
        return conversation_id

    def add_result(self, conversation_id: str, result: BatchResult) -> None:
        """Record the result for a conversation."""
        self._results[conversation_id] = result

    def report(self) -> AudioBatch:
        """Return the results so far."""
        failed = self._results_of(Exception)
        in_progress = [id_ for id_, error in failed.items() if self._is_too_early(id_, error)]
        for conversation_id in in_progress:
            del failed[conversation_id]
        return AudioBatch(
            saved=self._results_of(SavedRecording),
            skipped=self._results_of(Path),
            failed=failed,
            in_progress=tuple(in_progress),
        )

    def _is_too_early(self, conversation_id: str, error: Exception) -> bool:
        return conversation_id in self._in_progress and isinstance(error, NotFoundError)

    def _results_of(self, kind: type[Kind]) -> dict[str, Kind]:
        return {id_: result for id_, result in self._results.items() if isinstance(result, kind)}
