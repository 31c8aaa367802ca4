"""The operations, for async code. `client` is its twin; the two differ in `await` alone."""

from __future__ import annotations

import asyncio
import copy
import os
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    aclosing,
    asynccontextmanager,
    nullcontext,
)
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from anyio import to_thread

from polyai_conversations_api.api.conversations import (
    add_annotations,
    get_conversation,
    get_conversation_audio,
    list_conversations,
    upsert_note,
)

from .arguments import annotations_body, check_audio, check_count, check_ids, check_walk, note_body
from .batch import FILES_FOR_ONE, Batch, is_complete
from .cancellation import to_its_end
from .concurrently import in_tasks
from .config import DEFAULT_MAX_RETRIES, DEFAULT_TIMEOUT, check_id, resolve
from .download import Download, SavedRecording
from .errors import (
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    ConversationsError,
    IncompleteRecordingError,
)
from .operation import request_arguments, result
from .pagination import AsyncConversationPager
from .recording import AsyncRecording, stream_errors, whole_recording
from .retries import Cuts
from .transport import as_stream, async_client, typed_errors

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, Iterable
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


class AsyncConversationsClient:
    """The conversations of one agent, for async code.

    It takes, does and raises what `ConversationsClient` does, awaited. Use it in an `async with`
    block, or await `aclose()`; it belongs to one event loop.

    Args:
        api_key: The key, made in the region's studio. Default: `POLYAI_API_KEY`.
        agent_id: The agent (project), by id or slug. Default: `POLYAI_AGENT_ID`.
        region: `us`, `eu`, `uk`, `studio` or `dev`. Default: `POLYAI_REGION`.
        base_url: An address in place of the region's host. Default: `POLYAI_BASE_URL`.
        timeout: Seconds for each step of an exchange, or an `httpx.Timeout`. Default: 5 s to
            connect, 60 s for anything else.
        max_retries: How often a call that failed in passing is sent again. Default: 4.
        transport: What opens the connections, like `httpx.AsyncHTTPTransport(verify=…)`.
            Default: httpx's own, behind the proxy that the environment names.

    Raises:
        ConfigurationError: A setting is missing, unknown or unsafe. Nothing was sent.

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
        transport: httpx.AsyncBaseTransport | None = None,
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
        self._http = async_client(self._config, transport)
        self._owned = AsyncExitStack()
        self._owned.push_async_callback(self._http.aclose)

    @property
    def agent_id(self) -> str:
        """The agent whose conversations are meant."""
        return self._agent_id

    @property
    def base_url(self) -> str:
        """The address that the calls go to."""
        return self._config.base_url

    async def list_page(self, limit: int = 50, offset: int = 0) -> GetConversationsResponse:
        """Get one page of the list, as `ConversationsClient.list_page` does."""
        check_count("limit", limit, at_least=1)
        check_count("offset", offset, at_least=0)
        page: GetConversationsResponse = await self.call(
            list_conversations, limit=limit, offset=offset
        )
        return page

    def list_conversations(
        self,
        *,
        page_size: int = 100,
        max_items: int | None = None,
        start: int = 0,
        prefetch: int = 4,
    ) -> AsyncConversationPager:
        """Walk the whole list by `async for`, as `ConversationsClient.list_conversations` does."""
        check_walk(page_size, max_items, start, prefetch)
        return AsyncConversationPager(
            self._fetch_page,
            partial(result, list_conversations),
            page_size=page_size,
            max_items=max_items,
            start=start,
            prefetch=prefetch,
        )

    async def get_conversation(self, conversation_id: str) -> ConversationDetailResponse:
        """Get one conversation, as `ConversationsClient.get_conversation` does."""
        detail: ConversationDetailResponse = await self.call(get_conversation, conversation_id)
        return detail

    async def add_annotations(
        self, conversation_id: str, annotations: Iterable[Annotation]
    ) -> OperationSuccessResponse:
        """Mark turns as faulty, as `ConversationsClient.add_annotations` does."""
        body = annotations_body(annotations)
        outcome: OperationSuccessResponse = await self.call(
            add_annotations, conversation_id, body=body
        )
        return outcome

    async def upsert_note(self, conversation_id: str, note: str) -> OperationSuccessResponse:
        """Set the note of a conversation, as `ConversationsClient.upsert_note` does."""
        body = note_body(note)
        outcome: OperationSuccessResponse = await self.call(upsert_note, conversation_id, body=body)
        return outcome

    async def read_audio(
        self,
        conversation_id: str,
        direction: GetConversationAudioDirection = "combined",
        *,
        redacted: bool = False,
    ) -> bytes:
        """Get the recording, as `ConversationsClient.read_audio` does."""
        check_audio(direction, redacted)
        response = await self.send(
            get_conversation_audio, conversation_id, direction=direction, redacted=redacted
        )
        return whole_recording(response)

    @asynccontextmanager
    async def open_audio(
        self,
        conversation_id: str,
        direction: GetConversationAudioDirection = "combined",
        *,
        redacted: bool = False,
    ) -> AsyncGenerator[AsyncRecording]:
        """Open the recording as a stream, as `ConversationsClient.open_audio` does."""
        check_audio(direction, redacted)
        request = self._audio_request(conversation_id, direction, redacted=redacted)
        cuts = Cuts(self._config.max_retries)
        while True:
            response = await self._stream(request)
            async with aclosing(response):
                recording = AsyncRecording(response)
                try:
                    await recording.read_header()
                except (APITimeoutError, IncompleteRecordingError) as error:
                    wait = cuts.wait_after(error)
                else:
                    try:
                        yield recording
                    finally:
                        recording.expire()
                    return
            await asyncio.sleep(wait)

    async def save_audio(  # noqa: PLR0913 - what is saved, where to, and how
        self,
        conversation_id: str,
        path: str | os.PathLike[str],
        direction: GetConversationAudioDirection = "combined",
        *,
        redacted: bool = False,
        overwrite: bool = True,
        on_progress: Progress | None = None,
    ) -> SavedRecording:
        """Save the recording to a file, as `ConversationsClient.save_audio` does.

        The event loop never waits for the disk.
        """
        check_audio(direction, redacted)
        request = self._audio_request(conversation_id, direction, redacted=redacted)
        download = Download(path, on_progress, overwrite=overwrite)
        return await self._save(request, download, nullcontext())

    async def save_audio_batch(  # noqa: PLR0913 - what is saved, where to, and how
        self,
        ids: Iterable[Called] | AsyncIterable[Called],
        directory: str | os.PathLike[str],
        direction: GetConversationAudioDirection = "combined",
        *,
        redacted: bool = False,
        concurrency: int = 8,
        on_outcome: OnOutcome | None = None,
    ) -> AudioBatch:
        """Save many recordings, as `ConversationsClient.save_audio_batch` does.

        The ids may come from an async iterable, like a pager.
        """
        check_audio(direction, redacted)
        check_count("concurrency", concurrency, at_least=1)
        check_ids(ids)
        batch = Batch(directory, direction, redacted=redacted)
        turn = asyncio.BoundedSemaphore(concurrency)
        files = FILES_FOR_ONE * concurrency

        async def save(conversation_id: str) -> tuple[str, Outcome]:
            try:
                path = batch.path(conversation_id)
                if is_complete(path):
                    return conversation_id, path
                request = self._audio_request(conversation_id, direction, redacted=redacted)
                return conversation_id, await self._save(request, Download(path), turn)
            except AuthenticationError:
                raise
            except (ConversationsError, ValueError) as error:
                return conversation_id, error.with_traceback(None)

        async with aclosing(in_tasks(save, batch.anew_ids(ids), files, taken=files)) as outcomes:
            async for conversation_id, outcome in outcomes:
                batch.keep(conversation_id, outcome)
                if on_outcome is not None:
                    on_outcome(conversation_id, outcome)
        return batch.report()

    async def call(self, operation: ModuleType, *ids: str, **arguments: Any) -> Any:
        """Call any generated operation, as `ConversationsClient.call` does."""
        return result(operation, await self.send(operation, *ids, **arguments))

    async def send(self, operation: ModuleType, *ids: str, **arguments: Any) -> httpx.Response:
        """Call any generated operation, as `ConversationsClient.send` does."""
        request = self._request(operation, *ids, **arguments)
        with typed_errors(request):
            return await self._http.send(request)

    def for_agent(self, agent_id: str) -> Self:
        """Give a client for another agent, over the same connections.

        It lives as long as this one; closing it closes nothing.

        Raises:
            ValueError: The id is no string, or empty, or `.` or `..`.

        """
        sibling = copy.copy(self)
        sibling._agent_id = check_id("agent_id", agent_id)  # noqa: SLF001 - its own kind
        sibling._owned = AsyncExitStack()  # noqa: SLF001 - likewise
        return sibling

    async def aclose(self) -> None:
        """Close the connections."""
        await self._owned.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(agent_id={self._agent_id!r}, base_url={self.base_url!r})"

    async def _fetch_page(self, limit: int, offset: int) -> httpx.Response:
        return await self.send(list_conversations, limit=limit, offset=offset)

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

    async def _save(
        self, request: httpx.Request, download: Download, turn: AbstractAsyncContextManager[object]
    ) -> SavedRecording:
        with download:
            cuts = Cuts(self._config.max_retries)
            while True:
                async with turn:
                    cut = await self._fetch(request, download)
                if cut is None:
                    return await to_its_end(to_thread.run_sync(download.place))
                await asyncio.sleep(cuts.wait_after(cut))

    async def _fetch(self, request: httpx.Request, download: Download) -> Cut | None:
        """Fetch what is missing; give the cut, if there was one."""
        async with aclosing(await self._missing(request, download)) as response:
            try:
                await self._take(response, download)
            except (APITimeoutError, IncompleteRecordingError) as cut:
                return cut
        return None

    async def _missing(self, request: httpx.Request, download: Download) -> httpx.Response:
        download.aim(request)
        try:
            return await self._stream(request)
        except APIStatusError as error:
            if not download.may_start_over(error):
                raise
        download.aim(request)
        return await self._stream(request)

    async def _take(self, response: httpx.Response, download: Download) -> None:
        if download.is_begun:  # what is there is read again
            await to_its_end(to_thread.run_sync(download.begin, response))
        else:
            download.begin(response)
        with stream_errors(response, download):
            async for chunk in response.aiter_bytes():
                if (behind := download.take(chunk)) is not None:
                    # Shielded: a cancellation must not take it out of the queue.
                    await asyncio.shield(asyncio.wrap_future(behind))
        download.finish()

    async def _stream(self, request: httpx.Request) -> httpx.Response:
        as_stream(request)
        with typed_errors(request):
            return await self._http.send(request, stream=True)
