# Generated from _async by `nox -s unasync`; do not edit.
"""Exports every conversation of an agent into a directory."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import closing
from datetime import date
from functools import partial
from pathlib import Path

from polyai_conversations._concurrency import bounded_map, to_iter
from polyai_conversations._export.directory import ExportDirectory
from polyai_conversations._export.options import Format, check_client, check_options
from polyai_conversations._export.planning import FetchTask
from polyai_conversations._export.report import ExportReport, OnProgress
from polyai_conversations._export.run import (
    ExportRun,
    summary_result,
    with_detail,
    with_failure,
    with_recording,
)
from polyai_conversations._export.state_store import FetchResult
from polyai_conversations._http.arguments import check_callback, check_count
from polyai_conversations._http.raw_json import RawSummary, parse_raw_page
from polyai_conversations._paging.list_operation import LIST_CONVERSATIONS
from polyai_conversations.errors import AuthenticationError, ConversationsError, NotFoundError
from polyai_conversations.filters import Where
from polyai_conversations.transcripts import TranscriptFormat
from polyai_conversations_api.api.conversations import get_conversation, list_conversations
from polyai_conversations_api.models import (
    GetConversationAudioDirection,
    GetConversationsResponse,
)

from .client import ConversationsClient
from .pager import OffsetPager

_TASKS_PER_WORKER = 2
"""Tasks planned for each worker, so that no worker waits for the list."""


def export(
    client: ConversationsClient,
    directory: str | os.PathLike[str],
    *,
    details: bool = False,
    audio: GetConversationAudioDirection | None = None,
    redacted: bool = False,
    format: Format = "jsonl",  # noqa: A002 - a file format
    transcripts: TranscriptFormat | None = None,
    concurrency: int = 8,
    since: date | None = None,
    until: date | None = None,
    where: Where | None = None,
    refresh: bool = False,
    on_progress: OnProgress | None = None,
) -> ExportReport:
    """Export an agent's conversations into a directory; a later run fetches what is missing.

    The directory contains `conversations.jsonl`, with one conversation per line as the server sent
    it and in the order of the list; `audio/`, with the recordings; `transcripts/`; and
    `export.sqlite`, with the state of the export. An export may be killed at any moment; once it
    has run again, its files are the same as if it had never been interrupted.

    A later run fetches conversations that are new, that had not ended, that failed, or whose row in
    the list has changed, by a note or a late score for example. Fields that the contract does not
    define are not compared, and of `audioUrl` only whether it is there. Conversations that were
    exported before are kept, whatever the options of a later run.

    Args:
        client: A client for the agent.
        directory: The directory, which is created if needed.
        details: Whether to fetch each conversation with its turns, instead of the list's summary.
        audio: `combined`, `user` or `agent` to save recordings of both speakers or of one; None
            for no recordings. Recordings are requested only for conversations that have ended and
            have an `audioUrl`.
        redacted: Whether personal data is silenced in the recordings.
        format: `parquet` also writes `conversations.parquet`, `turns.parquet`, `metrics.parquet`
            and `function_events.parquet`, with typed columns: times in UTC, durations and latencies
            in seconds, and the path of the recording relative to the directory. It needs the extra
            `parquet`. Later runs update these files.
        transcripts: `text`, `markdown`, `vtt`, `srt` or `json` to write a transcript of each
            conversation, as `transcripts.transcript` returns it; this implies `details`. Later runs
            add and update transcripts in the formats that exist. Default: none.
        concurrency: Number of conversations to fetch at once.
        since: Leave out conversations that started before this day (in UTC) or moment.
        until: Leave out conversations that started on this day (in UTC) or at this moment, or
            later. A conversation without a start time is never left out by `since` or `until`.
        where: Selects the conversations to export: a `ConversationFilter`, or any function that
            takes a conversation as `views.view` returns it. Default: all.
        refresh: Whether to fetch everything again, recordings too. This also finds changes that the
            list does not show.
        on_progress: Called with the progress after each conversation.

    Returns:
        What was fetched, and what failed.

    Raises:
        FileBusyError: Another export is writing to the directory.
        ExportError: The directory cannot be used; it may contain an export of another agent.
        OSError: A file cannot be written.
        ConversationsError: The list cannot be fetched. What was fetched is kept for the next run.
        ValueError: The client is of the wrong kind, an option is invalid, or the directory is a
            file. Nothing was sent.
    """
    check_client(client, ConversationsClient)
    options = check_options(
        details=details,
        audio=audio,
        redacted=redacted,
        format=format,
        transcripts=transcripts,
        since=since,
        until=until,
        where=where,
        refresh=refresh,
    )
    check_count("concurrency", concurrency, at_least=1)
    check_callback("on_progress", on_progress)
    source = f"agent {client.agent_id} at {client.base_url}"
    with ExportDirectory(directory, source) as opened:
        run = ExportRun(opened, options, on_progress)
        results = bounded_map(
            partial(_fetch, client, run),
            _tasks(client, run),
            concurrency,
            buffersize=_TASKS_PER_WORKER * concurrency,
        )
        with closing(results):
            for result in results:
                run.add_result(result)
        return run.finish()


def _tasks(client: ConversationsClient, run: ExportRun) -> Generator[FetchTask]:
    pager: OffsetPager[RawSummary, GetConversationsResponse] = OffsetPager(
        partial(client.send, list_conversations), parse_raw_page, LIST_CONVERSATIONS
    )
    with closing(to_iter(pager)) as summaries:
        for summary in summaries:
            if (task := run.plan(summary, pager.total)) is not None:
                yield task


def _fetch(client: ConversationsClient, run: ExportRun, task: FetchTask) -> FetchResult:
    result = summary_result(task)
    try:
        if task.fetch_detail:
            response = client.send(get_conversation, task.conversation_id)
            result = with_detail(result, response)
        if task.recording is not None and not result.in_progress:
            result = _add_recording(client, run, task, task.recording, result)
    except AuthenticationError:
        raise
    except (ConversationsError, ValueError) as error:
        return with_failure(result, error)
    return result


def _add_recording(
    client: ConversationsClient,
    run: ExportRun,
    task: FetchTask,
    path: Path,
    result: FetchResult,
) -> FetchResult:
    try:
        client.save_audio(task.conversation_id, path, **run.audio_params)
    except NotFoundError:
        if task.is_recording_listed:
            raise
        return result
    return with_recording(result, path)
