"""Saves many recordings into a directory, several at once."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

from polyai_conversations._async_concurrency import (
    AsyncItems,
    AsyncSemaphore,
    async_bounded_map,
    to_async_iter,
)
from polyai_conversations._audio.recording_directory import (
    AudioBatch,
    BatchResult,
    ConversationRef,
    OnResult,
    RecordingDirectory,
)
from polyai_conversations._audio.saved import SavedRecording, is_complete
from polyai_conversations.errors import AuthenticationError, ConversationsError


async def save_recordings(
    save: Callable[..., Awaitable[SavedRecording]],
    conversations: AsyncItems[ConversationRef],
    directory: RecordingDirectory,
    concurrency: int,
    on_result: OnResult | None,
) -> AudioBatch:
    """Save the recordings missing from the directory, and collect errors instead of raising them.

    Raises:
        AuthenticationError: The key is not accepted, so every other recording would fail too.
        OSError: A file cannot be written.
    """
    slots = AsyncSemaphore(concurrency)

    async def save_one(conversation_id: str) -> tuple[str, BatchResult]:
        try:
            path = directory.path(conversation_id)
            if is_complete(path):
                return conversation_id, path
            return conversation_id, await save(conversation_id, path, slots)
        except AuthenticationError:
            raise
        except (ConversationsError, ValueError) as error:
            return conversation_id, error.with_traceback(None)

    # While the disk takes one file, its slot is free for the next download.
    workers = 2 * concurrency
    results = async_bounded_map(
        save_one, _new_ids(conversations, directory), workers, buffersize=workers
    )
    async with aclosing(results):
        async for conversation_id, result in results:
            directory.add_result(conversation_id, result)
            if on_result is not None:
                on_result(conversation_id, result)
    return directory.report()


async def _new_ids(
    conversations: AsyncItems[ConversationRef], directory: RecordingDirectory
) -> AsyncGenerator[str]:
    async with aclosing(to_async_iter(conversations)) as items:
        async for conversation in items:
            if (conversation_id := directory.add_conversation(conversation)) is not None:
                yield conversation_id
