"""An export from beginning to end, for sync and for async code; the two differ in `await` alone."""

from __future__ import annotations

from contextlib import aclosing, closing
from functools import partial
from typing import TYPE_CHECKING, Any

from polyai_conversations.arguments import check_count
from polyai_conversations.concurrently import in_tasks, in_threads
from polyai_conversations.errors import AuthenticationError, ConversationsError
from polyai_conversations.pagination import AsyncConversationPager, ConversationPager
from polyai_conversations.verbatim import sent_page
from polyai_conversations_api.api.conversations import get_conversation, list_conversations

from .folder import Folder
from .job import Job, failure, outcome
from .plan import wish

if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from datetime import date

    import httpx

    from polyai_conversations.async_client import AsyncConversationsClient
    from polyai_conversations.client import ConversationsClient

    from .ledger import Outcome
    from .outcome import ExportReport, Progress
    from .plan import Audio, Format, Task

    OnProgress = Callable[[Progress], object]

_PAGE_SIZE = 100
_PREFETCH = 4
_TAKEN = 2
"""Tasks looked up for each one under way, so that no worker waits for the list."""


def export(  # noqa: PLR0913 - what is exported, where to, and how
    client: ConversationsClient,
    directory: str | os.PathLike[str],
    *,
    details: bool = False,
    audio: Audio | None = None,
    redacted: bool = False,
    format: Format = "jsonl",  # noqa: A002 - what it is
    concurrency: int = 8,
    since: date | None = None,
    on_progress: OnProgress | None = None,
) -> ExportReport:
    """Write an agent's conversations into a folder; run again, fetch only what is missing.

    The folder gets `conversations.jsonl`, a conversation a line in the server's own words and in
    the order of the list; `audio/`, with the recordings; and `export.sqlite`, which knows what is
    done. Killed at any moment and run again, it ends with the same bytes as if it had never been
    killed. A later run fetches what is new, what was in progress the last time, and what failed.

    Args:
        client: Whose conversations.
        directory: The folder; it is made if need be.
        details: Whether to fetch each conversation with its turns, and not only what the list says.
        audio: `combined`, `user` or `agent` for recordings of both voices or of one; None for none.
            They are fetched of conversations that have ended and name an `audioUrl`.
        redacted: Whether personal data is silenced in recordings.
        format: `parquet` writes `conversations.parquet` and `turns.parquet` too, with typed columns
            (times in UTC, durations in seconds); it needs the extra `parquet`. Where they are,
            later runs renew them.
        concurrency: How many conversations are fetched at once.
        since: Leave out conversations that began before this day (in UTC) or moment.
        on_progress: Is told how far the export is, after each conversation.

    Returns:
        What was done, and what failed.

    Raises:
        FileBusyError: Another export is writing into the folder.
        ExportError: The folder holds something else, or cannot be written.
        OSError: A file cannot be written.
        ConversationsError: The list cannot be had. What was fetched is kept for the next run.
        ValueError: An option makes no sense. Nothing was sent.

    """
    wanted = wish(details=details, audio=audio, redacted=redacted, format=format, since=since)
    check_count("concurrency", concurrency, at_least=1)
    with Folder(directory, _owner(client)) as folder:
        job = Job(folder, wanted, on_progress)
        pager = ConversationPager(
            partial(_page, client),
            sent_page,
            page_size=_PAGE_SIZE,
            max_items=None,
            start=0,
            prefetch=_PREFETCH,
        )
        fetch = partial(_fetch, client, job)
        with closing(
            in_threads(fetch, job.tasks(pager), concurrency, taken=_TAKEN * concurrency)
        ) as outcomes:
            for one in outcomes:
                job.keep(one)
        return job.finish()


async def export_async(  # noqa: PLR0913 - what is exported, where to, and how
    client: AsyncConversationsClient,
    directory: str | os.PathLike[str],
    *,
    details: bool = False,
    audio: Audio | None = None,
    redacted: bool = False,
    format: Format = "jsonl",  # noqa: A002 - what it is
    concurrency: int = 8,
    since: date | None = None,
    on_progress: OnProgress | None = None,
) -> ExportReport:
    """Write an agent's conversations into a folder, as `export` does."""
    wanted = wish(details=details, audio=audio, redacted=redacted, format=format, since=since)
    check_count("concurrency", concurrency, at_least=1)
    with Folder(directory, _owner(client)) as folder:
        job = Job(folder, wanted, on_progress)
        pager = AsyncConversationPager(
            partial(_apage, client),
            sent_page,
            page_size=_PAGE_SIZE,
            max_items=None,
            start=0,
            prefetch=_PREFETCH,
        )
        fetch = partial(_afetch, client, job)
        async with aclosing(
            in_tasks(fetch, job.atasks(pager), concurrency, taken=_TAKEN * concurrency)
        ) as outcomes:
            async for one in outcomes:
                job.keep(one)
        return job.finish()


def _fetch(client: ConversationsClient, job: Job, task: Task) -> Outcome:
    done = outcome(task)
    try:
        if task.wants_detail:
            done = job.with_detail(done, client.send(get_conversation, task.conversation_id))
        if task.recording is not None:
            client.save_audio(task.conversation_id, task.recording, **job.heard)
            done = job.with_recording(done, task.recording)
    except AuthenticationError:
        raise
    except (ConversationsError, ValueError) as error:
        return failure(done, error)
    return done


async def _afetch(client: AsyncConversationsClient, job: Job, task: Task) -> Outcome:
    done = outcome(task)
    try:
        if task.wants_detail:
            done = job.with_detail(done, await client.send(get_conversation, task.conversation_id))
        if task.recording is not None:
            await client.save_audio(task.conversation_id, task.recording, **job.heard)
            done = job.with_recording(done, task.recording)
    except AuthenticationError:
        raise
    except (ConversationsError, ValueError) as error:
        return failure(done, error)
    return done


def _page(client: ConversationsClient, limit: int, offset: int) -> httpx.Response:
    return client.send(list_conversations, limit=limit, offset=offset)


async def _apage(client: AsyncConversationsClient, limit: int, offset: int) -> httpx.Response:
    return await client.send(list_conversations, limit=limit, offset=offset)


def _owner(client: Any) -> str:
    return f"agent {client.agent_id} at {client.base_url}"
