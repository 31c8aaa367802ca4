"""The operations, for sync code. `async_client` is its twin; the two differ in `await` alone."""

from __future__ import annotations

import copy
import os
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from functools import partial
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any, Self

from polyai_conversations_api.api.conversations import (
    add_annotations,
    get_conversation,
    get_conversation_audio,
    list_conversations,
    upsert_note,
)

from .arguments import annotations_body, check_audio, check_count, check_ids, check_walk, note_body
from .batch import FILES_FOR_ONE, Batch, is_complete
from .concurrently import in_threads
from .config import DEFAULT_MAX_RETRIES, DEFAULT_TIMEOUT, check_id, resolve
from .crew import check_called_off, pause
from .direct import pieces_of
from .download import Download, SavedRecording
from .errors import (
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    ConversationsError,
    IncompleteRecordingError,
)
from .operation import request_arguments, result
from .pagination import ConversationPager
from .recording import Recording, stream_errors, whole_recording
from .retries import Cuts
from .transport import as_stream, sync_client, typed_errors

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from types import ModuleType, TracebackType

    import httpx

    from polyai_conversations_api.models import (
        ConversationDetailResponse,
        GetConversationAudioDirection,
        GetConversationsResponse,
        OperationSuccessResponse,
    )

    from .arguments import Annotation
    from .batch import AudioBatch, Called, OnOutcome, Outcome
    from .download import Progress
    from .retries import Cut


class ConversationsClient:
    """The conversations of one agent, over one pool of connections.

    Use it in a `with` block, or call `close()`. Threads may share it.

    Args:
        api_key: The key, made in the region's studio. Default: `POLYAI_API_KEY`.
        agent_id: The agent (project), by id or slug. Default: `POLYAI_AGENT_ID`.
        region: `us`, `eu`, `uk`, `studio` or `dev`; the older `us-1`, `uk-1` and `euw-1` are
            understood. Default: `POLYAI_REGION`.
        base_url: An address in place of the region's host, like a proxy or the sandbox.
            Default: `POLYAI_BASE_URL`. An argument beats a variable, `base_url` beats `region`.
        timeout: Seconds for each step of an exchange, or an `httpx.Timeout`. Default: 5 s to
            connect, 60 s for anything else.
        max_retries: How often a call that failed in passing is sent again. Default: 4.
        transport: What opens the connections, like `httpx.HTTPTransport(verify=…)`. Default:
            httpx's own, behind the proxy that the environment names.

    Raises:
        ConfigurationError: A setting is missing, unknown or unsafe. Nothing was sent.

    Every call raises an error under `ConversationsError` when it fails: `APIStatusError` and its
    kinds for an error status, `APIConnectionError` and `APITimeoutError` where no answer came,
    `ResponseValidationError` for an answer that breaks the contract. A bad argument is a
    `ValueError`, before anything is sent.

    """

    def __init__(  # noqa: PLR0913 - the settings, all by name
        self,
        *,
        api_key: str | None = None,
        agent_id: str | None = None,
        region: str | None = None,
        base_url: str | None = None,
        timeout: float | httpx.Timeout = DEFAULT_TIMEOUT,
        max_retries: int = DEFAULT_MAX_RETRIES,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._config = resolve(
            api_key=api_key,
            agent_id=agent_id,
            region=region,
            base_url=base_url,
            timeout=timeout,
            max_retries=max_retries,
            environ=os.environ,
        )
        self._agent_id = self._config.agent_id
        self._http = sync_client(self._config, transport)
        self._owned = ExitStack()
        self._owned.callback(self._http.close)

    @property
    def agent_id(self) -> str:
        """The agent whose conversations are meant."""
        return self._agent_id

    @property
    def base_url(self) -> str:
        """The address that the calls go to."""
        return self._config.base_url

    def list_page(self, limit: int = 50, offset: int = 0) -> GetConversationsResponse:
        """Get one page of the list (`listConversations`).

        Args:
            limit: Number of conversations wanted, at least 1. The server may cap it; the page's
                `limit` is the one it used.
            offset: Number of conversations to skip, at least 0.

        """
        check_count("limit", limit, at_least=1)
        check_count("offset", offset, at_least=0)
        page: GetConversationsResponse = self.call(list_conversations, limit=limit, offset=offset)
        return page

    def list_conversations(
        self,
        *,
        page_size: int = 100,
        max_items: int | None = None,
        start: int = 0,
        prefetch: int = 4,
    ) -> ConversationPager:
        """Walk the whole list, one conversation after the other (`listConversations`).

        Each conversation that is in the list for the whole walk comes once, and none comes twice,
        while others arrive and leave, as long as those that stay keep their order (which the API
        does not promise). Nothing is sent before the pager is iterated.

        Args:
            page_size: Number of conversations to ask for at once, at least 1; a server may cap it.
                With pages of 1, pages cannot be checked against each other.
            max_items: Number of conversations to stop after. Default: none, the whole list.
            start: Number of conversations to skip.
            prefetch: Number of pages to ask for at once, at least 1. Up to twice as many lie in
                memory, however slowly they are read.

        """
        check_walk(page_size, max_items, start, prefetch)
        return ConversationPager(
            self._fetch_page,
            partial(result, list_conversations),
            page_size=page_size,
            max_items=max_items,
            start=start,
            prefetch=prefetch,
        )

    def get_conversation(self, conversation_id: str) -> ConversationDetailResponse:
        """Get one conversation, with its transcript (`getConversation`)."""
        detail: ConversationDetailResponse = self.call(get_conversation, conversation_id)
        return detail

    def add_annotations(
        self, conversation_id: str, annotations: Iterable[Annotation]
    ) -> OperationSuccessResponse:
        """Mark turns as faulty (`addAnnotations`).

        Sent twice, annotations may stand twice. So this call is sent again only where the server
        has surely not taken it: on 429, and where no connection was made.

        Args:
            conversation_id: The conversation.
            annotations: At least one, as mappings with `turnId` (the first turn is 0), `role`
                (`user` or `agent`) and `annotationType` (`missing_topic`, `wrong_transcript` or
                `wrong_info`), or as `AnnotationItem`.

        """
        body = annotations_body(annotations)
        outcome: OperationSuccessResponse = self.call(add_annotations, conversation_id, body=body)
        return outcome

    def upsert_note(self, conversation_id: str, note: str) -> OperationSuccessResponse:
        """Set the note of a conversation, in place of the one that was there (`upsertNote`)."""
        body = note_body(note)
        outcome: OperationSuccessResponse = self.call(upsert_note, conversation_id, body=body)
        return outcome

    def read_audio(
        self,
        conversation_id: str,
        direction: GetConversationAudioDirection = "combined",
        *,
        redacted: bool = False,
    ) -> bytes:
        """Get the recording, a WAV file, whole in memory (`getConversationAudio`).

        Args:
            conversation_id: The conversation.
            direction: `user` for the caller alone, `agent` for the voice agent alone, `combined`
                for both.
            redacted: Whether personal data is to be silenced. A key without access to personal
                data gets it silenced either way.

        """
        check_audio(direction, redacted)
        response = self.send(
            get_conversation_audio, conversation_id, direction=direction, redacted=redacted
        )
        return whole_recording(response)

    @contextmanager
    def open_audio(
        self,
        conversation_id: str,
        direction: GetConversationAudioDirection = "combined",
        *,
        redacted: bool = False,
    ) -> Generator[Recording]:
        """Open the recording as a stream, for a `with` block (`getConversationAudio`).

        Memory does not grow with the recording. A cut before the first byte is handed out is
        retried; a later one ends `iter_bytes` with `IncompleteRecordingError`.

        Args:
            conversation_id: The conversation.
            direction: As for `read_audio`.
            redacted: As for `read_audio`.

        Raises:
            NotAWavError: What comes is no WAV file.

        """
        check_audio(direction, redacted)
        request = self._audio_request(conversation_id, direction, redacted=redacted)
        cuts = Cuts(self._config.max_retries)
        while True:
            response = self._stream(request)
            with closing(response):
                try:
                    recording = Recording(response)
                except (APITimeoutError, IncompleteRecordingError) as error:
                    wait = cuts.wait_after(error)
                else:
                    try:
                        yield recording
                    finally:
                        recording.expire()
                    return
            pause(wait)

    def save_audio(  # noqa: PLR0913 - what is saved, where to, and how
        self,
        conversation_id: str,
        path: str | os.PathLike[str],
        direction: GetConversationAudioDirection = "combined",
        *,
        redacted: bool = False,
        overwrite: bool = True,
        on_progress: Progress | None = None,
    ) -> SavedRecording:
        """Save the recording to a file, which is there whole or not at all.

        A cut is mended where the server lets it be, within the call (each cut counts as a retry)
        and by a later call: until then the part lies beside the file, as `.name.part`. Where the
        server does not, the download starts over.

        Args:
            conversation_id: The conversation.
            path: The file.
            direction: As for `read_audio`.
            redacted: As for `read_audio`.
            overwrite: Whether it may take the place of a file that is there.
            on_progress: Is called with the bytes there are and the bytes there will be (None
                where the server does not say), after each piece.

        Raises:
            FileExistsError: The file is there, and `overwrite` is false.
            FileBusyError: Another process, or another call, is saving to this file.
            OSError: The file cannot be written.
            NotAWavError: What came is no WAV file.
            IncompleteRecordingError: It was cut more often than `max_retries` allows.

        """
        check_audio(direction, redacted)
        request = self._audio_request(conversation_id, direction, redacted=redacted)
        return self._save(request, Download(path, on_progress, overwrite=overwrite), nullcontext())

    def save_audio_batch(  # noqa: PLR0913 - what is saved, where to, and how
        self,
        ids: Iterable[Called],
        directory: str | os.PathLike[str],
        direction: GetConversationAudioDirection = "combined",
        *,
        redacted: bool = False,
        concurrency: int = 8,
        on_outcome: OnOutcome | None = None,
    ) -> AudioBatch:
        """Save many recordings into a folder, some at once.

        A recording that cannot be had does not stop the others; the report says why. Files that
        are there whole are left alone, so that the same call again fetches what is missing. Each
        file is called after its conversation's id: `ID.wav`, or `ID.user.redacted.wav` and the
        like. What an id holds beyond letters, digits, `-` and `_` is written as in URLs, and after
        capitals follows `~` and a number, so that no two ids share a file on any file system.

        Args:
            ids: The conversations, by id or as such, from any iterable: a pager will do.
            directory: The folder; it is made if need be.
            direction: As for `read_audio`.
            redacted: As for `read_audio`.
            concurrency: How many recordings are fetched at once.
            on_outcome: Is called with each conversation's id and what became of its recording, as
                soon as it is known: the `SavedRecording`, the path of a file that was there, or
                the error.

        Raises:
            AuthenticationError: The key is not good, so that all the others would fail too.
            OSError: The folder cannot be written. What was saved stays.

        """
        check_audio(direction, redacted)
        check_count("concurrency", concurrency, at_least=1)
        check_ids(ids)
        batch = Batch(directory, direction, redacted=redacted)
        turn = BoundedSemaphore(concurrency)
        files = FILES_FOR_ONE * concurrency

        def save(conversation_id: str) -> tuple[str, Outcome]:
            try:
                path = batch.path(conversation_id)
                if is_complete(path):
                    return conversation_id, path
                request = self._audio_request(conversation_id, direction, redacted=redacted)
                return conversation_id, self._save(request, Download(path), turn)
            except AuthenticationError:
                raise
            except (ConversationsError, ValueError) as error:
                return conversation_id, error.with_traceback(None)

        with closing(in_threads(save, batch.new_ids(ids), files, taken=files)) as outcomes:
            for conversation_id, outcome in outcomes:
                batch.keep(conversation_id, outcome)
                if on_outcome is not None:
                    on_outcome(conversation_id, outcome)
        return batch.report()

    def call(self, operation: ModuleType, *ids: str, **arguments: Any) -> Any:
        """Call any generated operation, a module of `polyai_conversations_api.api`.

        It has all that the methods have: retries, timeouts, typed errors, a checked answer.

        Args:
            operation: The module, like `polyai_conversations_api.api.conversations.upsert_note`.
            *ids: The ids in its path, in order, without the agent's.
            **arguments: Its query parameters and its `body`, by their generated names.

        Returns:
            The model that the operation's success holds.

        """
        return result(operation, self.send(operation, *ids, **arguments))

    def send(self, operation: ModuleType, *ids: str, **arguments: Any) -> httpx.Response:
        """Call any generated operation, and give its answer as it came.

        It has retries, timeouts and typed errors; nothing checks a success. `call` does.

        Args:
            operation: As for `call`.
            *ids: As for `call`.
            **arguments: As for `call`.

        """
        request = self._request(operation, *ids, **arguments)
        with typed_errors(request):
            return self._http.send(request)

    def for_agent(self, agent_id: str) -> Self:
        """Give a client for another agent, over the same connections.

        It lives as long as this one; closing it closes nothing.

        Raises:
            ValueError: The id is no string, or empty, or `.` or `..`.

        """
        sibling = copy.copy(self)
        sibling._agent_id = check_id("agent_id", agent_id)  # noqa: SLF001 - its own kind
        sibling._owned = ExitStack()  # noqa: SLF001 - likewise
        return sibling

    def close(self) -> None:
        """Close the connections."""
        self._owned.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(agent_id={self._agent_id!r}, base_url={self.base_url!r})"

    def _fetch_page(self, limit: int, offset: int) -> httpx.Response:
        return self.send(list_conversations, limit=limit, offset=offset)

    def _request(self, operation: ModuleType, *ids: str, **arguments: Any) -> httpx.Request:
        return self._http.build_request(
            **request_arguments(operation, self._agent_id, ids, arguments)
        )

    def _audio_request(
        self, conversation_id: str, direction: GetConversationAudioDirection, *, redacted: bool
    ) -> httpx.Request:
        return self._request(
            get_conversation_audio, conversation_id, direction=direction, redacted=redacted
        )

    def _save(
        self, request: httpx.Request, download: Download, turn: AbstractContextManager[object]
    ) -> SavedRecording:
        with download:
            cuts = Cuts(self._config.max_retries)
            while True:
                with turn:
                    cut = self._fetch(request, download)
                if cut is None:
                    return download.place()
                pause(cuts.wait_after(cut))

    def _fetch(self, request: httpx.Request, download: Download) -> Cut | None:
        """Fetch what is missing; give the cut, if there was one."""
        with closing(self._missing(request, download)) as response:
            try:
                self._take(response, download)
            except (APITimeoutError, IncompleteRecordingError) as cut:
                return cut
        return None

    def _missing(self, request: httpx.Request, download: Download) -> httpx.Response:
        download.aim(request)
        try:
            return self._stream(request)
        except APIStatusError as error:
            if not download.may_start_over(error):
                raise
        download.aim(request)
        return self._stream(request)

    def _take(self, response: httpx.Response, download: Download) -> None:
        download.begin(response)
        with stream_errors(response, download):
            for chunk in pieces_of(response):
                check_called_off()
                if (behind := download.take(chunk)) is not None:
                    behind.result()
        download.finish()

    def _stream(self, request: httpx.Request) -> httpx.Response:
        as_stream(request)
        with typed_errors(request):
            return self._http.send(request, stream=True)
