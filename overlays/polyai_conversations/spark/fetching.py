"""Fetches conversations and their recordings on executors."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import chain
from typing import Any, Final, get_args

import attrs

from polyai_conversations import ConversationsClient
from polyai_conversations._concurrency import bounded_map, to_iter
from polyai_conversations._http.arguments import check_count
from polyai_conversations.errors import AuthenticationError, ConversationsError
from polyai_conversations.models import ConversationDetailResponse
from polyai_conversations_api.models import GetConversationAudioDirection

from .connection import Connection, check_connection
from .recordings import RecordingStore
from .schemas import FETCHED_ARROW, TODO_ARROW, fetched_row, record_batch
from .slots import slots_of_session

Row = dict[str, Any]

_KEY: Final = ("agent_id", "conversation_id")
_ROWS_PER_BATCH: Final = 50
_ITEMS_PER_WORKER: Final = 2


def fetch(
    *,
    region: str | None = None,
    base_url: str | None = None,
    api_key_file: str | None = None,
    audio: GetConversationAudioDirection | None = None,
    redacted: bool = False,
    to: str | None = None,
    rate: float | None = None,
    slots: int | None = None,
    concurrency: int = 8,
) -> FetchConversations:
    """Return a function for `mapInArrow` that fetches conversations with their turns.

    It takes rows with the columns `TODO`, and returns as many with the columns `FETCHED`:
    `todo.mapInArrow(fetch(region="uk"), FETCHED)`. Of those that it takes, only `agent_id` and
    `conversation_id` are needed, so the rows of the format `polyai` will do as well. A conversation
    that cannot be fetched yields a row with the reason. If the key is not accepted, or a recording
    cannot be stored, the task fails.

    Args:
        region: As for `ConversationsClient`. Default: the executors' `POLYAI_REGION`.
        base_url: As for `ConversationsClient`. Default: the executors' `POLYAI_BASE_URL`.
        api_key_file: A file on each executor that contains the API key, such as a mounted secret.
            Default: the executors' `POLYAI_API_KEY`.
        audio: `combined`, `user` or `agent` to store recordings of both speakers or of one. A
            recording that is stored already is not fetched again.
        redacted: Whether personal data is silenced in the recordings.
        to: The folder for the recordings, at any address that fsspec supports. Each is held in
            memory until it is complete and has been checked.
        rate: Requests per second, over all tasks. The server may see up to `slots` more within
            one second. Default: no limit.
        slots: The number of tasks that run at once, among which `rate` is divided. Default: what
            the settings of the active Spark session allow, such as `spark.cores.max`.
        concurrency: Number of conversations that each task fetches at once.

    Raises:
        ValueError: An argument is invalid.
        ConfigurationError: The region or the URL is invalid.
    """
    directions = get_args(GetConversationAudioDirection)
    if audio not in (None, *directions):
        raise ValueError(f"audio must be one of {', '.join(directions)}, or None, not {audio!r}")
    if (audio is None) != (to is None):
        raise ValueError("audio and to must be given together: what to store, and where")
    if not isinstance(redacted, bool):
        raise ValueError(f"redacted must be True or False, not {redacted!r}")
    check_count("concurrency", concurrency, at_least=1)
    if rate is not None and slots is None:
        slots = slots_of_session()
    connection = Connection(
        region=region, base_url=base_url, api_key_file=api_key_file, rate=rate, slots=slots
    )
    return FetchConversations(
        connection=check_connection(connection),
        audio=audio,
        redacted=redacted,
        to=to,
        concurrency=concurrency,
    )


@attrs.frozen(kw_only=True)
class FetchConversations:
    """Fetches the conversations in record batches; `fetch` makes one. It holds no key."""

    connection: Connection
    audio: GetConversationAudioDirection | None
    redacted: bool
    to: str | None
    concurrency: int

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        """Yield the conversations that are named in record batches, as record batches."""
        tasks = _rows(batches)
        first = next(tasks, None)
        if first is None:
            return
        with (
            self.connection.client(first["agent_id"]) as client,
            closing(self._results(client, to_iter(chain([first], tasks)))) as results,
        ):
            rows: list[Row] = []
            for row in results:
                rows.append(row)
                if len(rows) == _ROWS_PER_BATCH:
                    yield record_batch(rows, FETCHED_ARROW)
                    rows = []
            if rows:
                yield record_batch(rows, FETCHED_ARROW)

    def _results(self, client: ConversationsClient, tasks: Generator[Row]) -> Generator[Row]:
        store = None
        if self.to is not None and self.audio is not None:
            store = RecordingStore(self.to, self.audio, redacted=self.redacted)

        def fetch_row(task: Row) -> Row:
            return self._fetch_row(client.for_agent(task["agent_id"]), store, task)

        return bounded_map(
            fetch_row, tasks, self.concurrency, buffersize=_ITEMS_PER_WORKER * self.concurrency
        )

    def _fetch_row(
        self, client: ConversationsClient, store: RecordingStore | None, task: Row
    ) -> Row:
        row: Row = {}
        try:
            conversation = _ended(client.get_conversation(task["conversation_id"]))
            row = fetched_row(conversation)
            if store is not None and conversation.audio_url:
                row["recording"] = self._save_recording(client, store, task["conversation_id"])
        except AuthenticationError:
            raise
        except (ConversationsError, ValueError) as error:
            row["reason"] = str(error).encode("utf-8", "replace").decode()
            row["correlation_id"] = getattr(error, "correlation_id", None)
        return {**row, **task, "fetched_at": datetime.now(UTC)}

    def _save_recording(
        self, client: ConversationsClient, store: RecordingStore, conversation_id: str
    ) -> str:
        path = store.path(client.agent_id, conversation_id)
        if not store.exists(path):
            recording = client.read_audio(
                conversation_id, self.audio or "combined", redacted=self.redacted
            )
            store.save(path, recording)
        return store.address(path)


def _ended(conversation: ConversationDetailResponse) -> ConversationDetailResponse:
    if conversation.in_progress is True:
        raise ValueError("the conversation is in progress, although it was listed as ended")
    return conversation


def _rows(batches: Iterable[Any]) -> Generator[Row]:
    for batch in batches:
        names = batch.schema.names
        if missing := [name for name in _KEY if name not in names]:
            raise ValueError(f"fetch needs the column {missing[0]}, and got {', '.join(names)}")
        yield from batch.select([name for name in TODO_ARROW.names if name in names]).to_pylist()
