# Generated from _async by `nox -s unasync`; do not edit.
"""Saves many recordings into a directory, several at once."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing

from polyai_conversations._audio.recording_directory import (
    AudioBatch,
    BatchResult,
    ConversationRef,
    OnResult,
    RecordingDirectory,
)
from polyai_conversations._audio.saved import SavedRecording, is_complete
from polyai_conversations._concurrency import (
    Items,
    Semaphore,
    bounded_map,
    to_iter,
)
from polyai_conversations.errors import AuthenticationError, ConversationsError


def save_recordings(
    save: Callable[..., SavedRecording],
    conversations: Items[ConversationRef],
    directory: RecordingDirectory,
    concurrency: int,
    on_result: OnResult | None,
) -> AudioBatch:
    """Save the recordings missing from the directory, and collect errors instead of raising them.

    Raises:
        AuthenticationError: The key is not accepted, so every other recording would fail too.
        OSError: A file cannot be written.
    """
    slots = Semaphore(concurrency)

    def save_one(conversation_id: str) -> tuple[str, BatchResult]:
        try:
            path = directory.path(conversation_id)
            if is_complete(path):
                return conversation_id, path
            return conversation_id, save(conversation_id, path, slots)
        except AuthenticationError:
            raise
        except (ConversationsError, ValueError) as error:
            return conversation_id, error.with_traceback(None)

    # While the disk takes one file, its slot is free for the next download.
    workers = 2 * concurrency
    results = bounded_map(save_one, _new_ids(conversations, directory), workers, buffersize=workers)
    with closing(results):
        for conversation_id, result in results:
            directory.add_result(conversation_id, result)
            if on_result is not None:
                on_result(conversation_id, result)
    return directory.report()


def _new_ids(
    conversations: Items[ConversationRef], directory: RecordingDirectory
) -> Generator[str]:
    with closing(to_iter(conversations)) as items:
        for conversation in items:
            if (conversation_id := directory.add_conversation(conversation)) is not None:
                yield conversation_id
