"""The client, with one or more methods for each operation of the API."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import attrs
import httpx

from polyai_conversations._async_concurrency import AsyncItems
from polyai_conversations._audio.recording_directory import (
    AudioBatch,
    ConversationRef,
    OnResult,
    RecordingDirectory,
)
from polyai_conversations._audio.saved import SavedRecording
from polyai_conversations._audio.wav_validator import validated_recording
from polyai_conversations._files import OnProgress
from polyai_conversations._http.arguments import (
    Annotation,
    annotations_body,
    check_count,
    check_ids,
    check_paging,
    check_path,
    note_body,
)
from polyai_conversations._http.call_options import (
    BODY_LIMIT,
    DEFAULT_MAX_RECORDING_BYTES,
    check_max_bytes,
)
from polyai_conversations._http.operation import (
    check_arguments,
)
from polyai_conversations._http.response_parsing import (
    parse_response,
)
from polyai_conversations._paging.list_operation import LIST_CONVERSATIONS
from polyai_conversations.filters import Where, check_where, to_predicate
from polyai_conversations_api.api.conversations import (
    add_annotations,
    get_conversation,
    get_conversation_audio,
    list_conversations,
    upsert_note,
)
from polyai_conversations_api.models import (
    ConversationDetailResponse,
    ConversationSummaryResponse,
    GetConversationAudioDirection,
    GetConversationsResponse,
    OperationSuccessResponse,
)

from .api_client import AsyncAPIClient
from .audio_batch import save_recordings
from .pager import AsyncOffsetPager
from .recording import AsyncRecording, open_recording, save_recording


class AsyncConversationsClient(AsyncAPIClient):
    """Access to the conversations of one agent, over a shared pool of connections.

    Use it in an `async with` block, or await `aclose()`. Tasks of one event loop may share it.

    Args:
        api_key: The API key, created in the region's studio. Default: `POLYAI_API_KEY`.
        agent_id: The agent (project), by id or slug. Default: `POLYAI_AGENT_ID`.
        region: `us`, `eu`, `uk`, `studio` or `dev`; the older names `us-1`, `uk-1` and `euw-1` work
            as well. Default: `POLYAI_REGION`.
        base_url: The URL to use instead of the region's host, for a proxy or the sandbox.
            Default: `POLYAI_BASE_URL`. Arguments override variables, and `base_url` overrides
            `region`.
        timeout: Seconds for each step of a request, or an `httpx.Timeout`. Default: 5 s to
            connect, 60 s for every other step.
        deadline: Seconds for a whole call, including its retries and the pauses between them, or
            None for no limit. Default: 600 s, and no limit for bodies that are streamed or saved.
            With a `transport` of your own, the sync client notices the deadline only between the
            parts of a response.
        max_retries: How often a call is retried after a transient failure. Default: 4, so a call
            sends at most five requests.
        retry_policy: Sets the delays between retries as well; pass it instead of `max_retries`.
        max_body_bytes: The largest response to read into memory, counted after decompression.
            Default: 64 MiB.
        transport: An httpx transport, such as `httpx.AsyncHTTPTransport(verify=…)`. Default:
            httpx's own, with the proxy from the environment.

    Raises:
        ConfigurationError: A setting is missing, unknown or unsafe. Nothing was sent.

    Every call that fails raises a subclass of `ConversationsError`: `APIStatusError` and its
    subclasses for an error status, `APIConnectionError` and `APITimeoutError` if no complete
    response arrived, `ResponseValidationError` for a response that violates the contract. An
    invalid argument raises `ValueError` before anything is sent. A client that was closed, or whose
    process has forked since it was first used, raises `RuntimeError`.
    """

    async def list_page(self, limit: int = 50, offset: int = 0) -> GetConversationsResponse:
        """Get one page of the list (`listConversations`).

        Args:
            limit: Number of conversations to request, at least 1. The server may return fewer; the
                page's `limit` is the one that the server applied.
            offset: Number of conversations to skip, at least 0.
        """
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
        where: Where | None = None,
    ) -> AsyncOffsetPager[ConversationSummaryResponse, GetConversationsResponse]:
        """Iterate over the whole list (`listConversations`).

        Every conversation that is in the list during the whole iteration is returned exactly once,
        even while others arrive and leave, provided that those that stay keep their order (which
        the API does not promise). No request is sent before the iteration starts.

        Args:
            page_size: Number of conversations per request, at least 1; the server may return fewer.
                With 1, pages do not overlap, and changes to the list go unnoticed.
            max_items: Maximum number of conversations. Default: no limit.
            start: Number of conversations to skip.
            prefetch: Number of pages to request at once, at least 1. Up to twice as many are held
                in memory.
            where: Selects the conversations to return: a `ConversationFilter`, or any function that
                takes a conversation as `views.view` returns it, such as
                `lambda call: call.handoff_reason == "complaint"`. The client receives the whole
                list nevertheless, because the API has no filters; `max_items` counts only the
                conversations that are selected. Default: all.
        """
        check_paging(page_size, max_items, start, prefetch)
        check_where(where)
        return AsyncOffsetPager(
            partial(self.send, list_conversations),
            partial(parse_response, list_conversations),
            attrs.evolve(LIST_CONVERSATIONS, page_size=page_size, prefetch=prefetch),
            max_items=max_items,
            start=start,
            where=to_predicate(where),
        )

    async def get_conversation(self, conversation_id: str) -> ConversationDetailResponse:
        """Get one conversation with its transcript (`getConversation`)."""
        conversation: ConversationDetailResponse = await self.call(
            get_conversation, conversation_id
        )
        return conversation

    async def add_annotations(
        self, conversation_id: str, annotations: Iterable[Annotation]
    ) -> OperationSuccessResponse:
        """Mark turns as faulty (`addAnnotations`).

        Repeating this call may create duplicates, so it is retried only when the server cannot
        have processed it: on status 429, and when no connection was made.

        Args:
            conversation_id: The conversation.
            annotations: At least one, as `AnnotationItem` or as mappings with `turnId` (the first
                turn is 0), `role` (`user` or `agent`) and `annotationType` (`missing_topic`,
                `wrong_transcript` or `wrong_info`).
        """
        body = annotations_body(annotations)
        success: OperationSuccessResponse = await self.call(
            add_annotations, conversation_id, body=body
        )
        return success

    async def upsert_note(self, conversation_id: str, note: str) -> OperationSuccessResponse:
        """Set the note of a conversation, replacing an existing one (`upsertNote`)."""
        body = note_body(note)
        success: OperationSuccessResponse = await self.call(upsert_note, conversation_id, body=body)
        return success

    async def read_audio(
        self,
        conversation_id: str,
        direction: GetConversationAudioDirection = "combined",
        *,
        redacted: bool = False,
        max_bytes: int = DEFAULT_MAX_RECORDING_BYTES,
    ) -> bytes:
        """Download the recording, a WAV file, into memory (`getConversationAudio`).

        Args:
            conversation_id: The conversation.
            direction: `user` for the caller, `agent` for the voice agent, `combined` for both.
            redacted: Whether personal data is silenced. With a key that has no access to personal
                data, it always is.
            max_bytes: The largest recording to read. Default: 512 MiB.

        Raises:
            ResponseTooLargeError: The recording is larger than `max_bytes`.
            NotAWavError: The response is not a WAV file.
            IncompleteRecordingError: The recording is shorter than its header says.
        """
        request = self._audio_request(conversation_id, direction, redacted=redacted)
        request.extensions[BODY_LIMIT] = check_max_bytes(max_bytes, "max_bytes")
        request.headers["Accept-Encoding"] = "identity"
        return validated_recording(await self._session.send(request))

    def open_audio(
        self,
        conversation_id: str,
        direction: GetConversationAudioDirection = "combined",
        *,
        redacted: bool = False,
    ) -> AbstractAsyncContextManager[AsyncRecording]:
        """Stream the recording in an `async with` block (`getConversationAudio`).

        Memory use does not depend on the length of the recording. If the response is cut off before
        the end of the WAV header, the recording is requested again; if it is cut off later,
        `iter_bytes` raises `IncompleteRecordingError`.

        Args:
            conversation_id: The conversation.
            direction: As for `read_audio`.
            redacted: As for `read_audio`.

        Raises:
            NotAWavError: The response is not a WAV file.
        """
        request = self._audio_request(conversation_id, direction, redacted=redacted)
        return open_recording(self._session, request)

    async def save_audio(
        self,
        conversation_id: str,
        path: str | os.PathLike[str],
        direction: GetConversationAudioDirection = "combined",
        *,
        redacted: bool = False,
        overwrite: bool = True,
        on_progress: OnProgress | None = None,
    ) -> SavedRecording:
        """Save the recording to a file, which appears only when it is complete.

        An interrupted download is resumed if the server supports it, within the call (each
        interruption counts as a retry) or by a later call. Until then, the bytes received so far
        are kept beside the file, in `.name.part`.

        Args:
            conversation_id: The conversation.
            path: The file. A symbolic link is replaced by the file, and not followed.
            direction: As for `read_audio`.
            redacted: As for `read_audio`.
            overwrite: Whether to replace an existing file or symbolic link.
            on_progress: Called after each chunk, with the number of bytes received so far and the
                total number of bytes (None if it is unknown).

        Raises:
            FileExistsError: The file exists, and `overwrite` is false.
            FileBusyError: Another process or call is saving to the same file.
            OSError: The file cannot be written, or is a directory, a pipe, a socket or a device.
            NotAWavError: The response is not a WAV file.
            IncompleteRecordingError: More interruptions occurred than `max_retries` allows.
        """
        check_path("path", path)
        request = self._audio_request(conversation_id, direction, redacted=redacted)
        return await save_recording(
            self._session, request, Path(path), overwrite=overwrite, on_progress=on_progress
        )

    async def save_audio_batch(
        self,
        ids: AsyncItems[ConversationRef],
        directory: str | os.PathLike[str],
        direction: GetConversationAudioDirection = "combined",
        *,
        redacted: bool = False,
        concurrency: int = 8,
        on_result: OnResult | None = None,
    ) -> AudioBatch:
        """Save many recordings into a directory, several at once.

        A recording that cannot be saved does not stop the others; the returned report contains its
        error. Complete files are not downloaded again, so repeating the call fetches what is
        missing. The files are named after the conversation ids: `ID.wav`, `ID.user.redacted.wav`
        and so on. An id of an unusual form is escaped as in URLs, or has a suffix of `~` and a
        number, so that no two ids share a file even where names ignore case.

        Args:
            ids: Conversation ids or conversations, from any iterable, such as a pager.
            directory: The directory, which is created if needed.
            direction: As for `read_audio`.
            redacted: As for `read_audio`.
            concurrency: Number of recordings to save at once.
            on_result: Called with each conversation id and its result as soon as it is known: a
                `SavedRecording`, the path of an existing file, or an error.

        Raises:
            AuthenticationError: The key is not accepted, so every other recording would fail too.
            OSError: A file cannot be written. Recordings that were already saved are kept.
        """
        check_arguments(get_conversation_audio, {"direction": direction, "redacted": redacted})
        check_count("concurrency", concurrency, at_least=1)
        check_ids(ids)
        recordings = RecordingDirectory(directory, direction, redacted=redacted)

        async def save(
            conversation_id: str, path: Path, slots: AbstractAsyncContextManager[object]
        ) -> SavedRecording:
            request = self._audio_request(conversation_id, direction, redacted=redacted)
            return await save_recording(self._session, request, path, slots=slots)

        return await save_recordings(save, ids, recordings, concurrency, on_result)

    def _audio_request(
        self, conversation_id: str, direction: GetConversationAudioDirection, *, redacted: bool
    ) -> httpx.Request:
        return self._request(
            get_conversation_audio, conversation_id, direction=direction, redacted=redacted
        )
