"""Streams the body of any response, or saves it to a file, without holding it in memory."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, nullcontext
from http import HTTPStatus
from pathlib import Path
from typing import Final

import httpx

from polyai_conversations._async_cancel import async_run_blocking, async_sleep
from polyai_conversations._deadline import Deadline, async_time_limit
from polyai_conversations._files import OnProgress, PartialFile, open_partial_file
from polyai_conversations._http.body_validator import (
    BodyValidator,
    MakeValidator,
    Validator,
    check_whole,
    map_body_exceptions,
)
from polyai_conversations._http.error_response import deadline_error
from polyai_conversations._http.range_requests import (
    content_length,
    file_size,
    resume_offset,
    resume_token_of,
    set_range_headers,
)
from polyai_conversations._http.redaction import correlation_id_of
from polyai_conversations._http.retry import RetryBudget
from polyai_conversations.errors import (
    APIStatusError,
    IncompleteDownloadError,
    ResponseValidationError,
)

from .session import AsyncSession

_BLOCK_SIZE: Final = 2**20


class AsyncStreamedResponse:
    """A response whose body is being streamed, as `AsyncConversationsClient.stream` returns it.

    Attributes:
        status_code: The HTTP status.
        headers: The response headers.
        correlation_id: Identifies the request in PolyAI's logs.
    """

    def __init__(
        self,
        response: httpx.Response,
        buffered: list[bytes],
        chunks: AsyncIterator[bytes],
        validator: BodyValidator,
    ) -> None:
        self.status_code = response.status_code
        self.headers = response.headers
        self.correlation_id = correlation_id_of(response)
        self._request = response.request
        self._buffered = buffered
        self._chunks = chunks
        self._validator = validator
        self._ended_because: str | None = None

    @property
    def size(self) -> int | None:
        """Size of the body in bytes, or None if the server does not say."""
        return self._validator.expected

    async def iter_bytes(self) -> AsyncIterator[bytes]:
        """Yield the bytes of the body, each once, in chunks as they arrive.

        Raises:
            IncompleteDownloadError: The body was cut off. The bytes yielded so far are valid.
            APITimeoutError: The next bytes did not arrive in time.
            RuntimeError: The body was already read or was cut off, or its block has ended.
        """
        if self._ended_because is not None:
            raise RuntimeError(f"the body {self._ended_because}: request it again")
        while self._buffered:
            yield self._buffered.pop(0)
        try:
            with map_body_exceptions(self._request, self._validator):
                async for chunk in self._chunks:
                    self._validator.feed(chunk)
                    yield chunk
                self._validator.finish()
        except GeneratorExit:
            raise  # whoever leaves the loop early can continue to read later
        except BaseException:
            self._end("broke off")
            raise
        self._end("has been read already")

    def close(self) -> None:
        """Refuse further reading; the end of the `with` block calls this."""
        self._end("is closed because its `with` block has ended")

    def _end(self, reason: str) -> None:
        self._ended_because = self._ended_because or reason

    def __repr__(self) -> str:
        if "_validator" not in vars(self):
            return f"<{type(self).__name__} without a body>"
        return f"{type(self).__name__}(status_code={self.status_code}, size={self.size!r})"


@asynccontextmanager
async def open_stream(
    session: AsyncSession, request: httpx.Request, make_validator: MakeValidator[Validator]
) -> AsyncGenerator[tuple[AsyncStreamedResponse, Validator]]:
    """Stream a body, and request it again if it is cut off before the validator recognizes it."""
    budget = session.stream_budget(request)
    while True:
        response = await session.stream(request, budget)
        async with aclosing(response):
            validator = make_validator(response, content_length(response))
            check_whole(response, validator)
            chunks = _chunks(response, budget.deadline)
            try:
                beginning = await _read_beginning(chunks, validator)
            except (httpx.HTTPError, IncompleteDownloadError) as error:
                delay = budget.delay_after_failure(error)
                if delay is None:
                    with map_body_exceptions(request, validator):
                        raise
            else:
                stream = AsyncStreamedResponse(response, beginning, chunks, validator)
                try:
                    yield stream, validator
                finally:
                    stream.close()
                return
        await async_sleep(delay)


async def _read_beginning(chunks: AsyncIterator[bytes], validator: BodyValidator) -> list[bytes]:
    """Return the chunks up to the one with which the validator recognizes the body."""
    beginning: list[bytes] = []
    while not validator.is_recognized:
        chunk = await anext(chunks, None)
        if chunk is None:
            validator.finish()
            break
        validator.feed(chunk)
        beginning.append(chunk)
    return beginning


async def save_body(
    session: AsyncSession,
    request: httpx.Request,
    path: Path,
    make_validator: MakeValidator[Validator],
    *,
    overwrite: bool = True,
    on_progress: OnProgress | None = None,
    slots: AbstractAsyncContextManager[object] | None = None,
) -> tuple[Validator, str]:
    """Save a body to a file; a download that breaks off is resumed where possible.

    `slots` bounds the number of downloads under way. It is left before the file is committed:
    saving 200 recordings of 1 MiB at a latency of 40 ms takes a quarter longer if the network
    waits for the disk.

    Returns:
        The validator that has seen all bytes, and the SHA-256 of the file.
    """
    with open_partial_file(path, overwrite=overwrite) as partial:
        async with slots or nullcontext():
            validator = await _download(session, request, partial, make_validator, on_progress)
        sha256 = await async_run_blocking(partial.commit)
    return validator, sha256


async def _download(
    session: AsyncSession,
    request: httpx.Request,
    partial: PartialFile,
    make_validator: MakeValidator[Validator],
    on_progress: OnProgress | None,
) -> Validator:
    """Complete the partial file; return the validator that has seen all of its bytes."""
    budget = session.stream_budget(request)
    while True:
        response = await _request_rest(session, request, partial, budget)
        async with aclosing(response):
            validator = make_validator(response, None)
            try:
                await _start(response, validator, partial)
                chunks = _chunks(response, budget.deadline)
                await _receive(chunks, validator, partial, on_progress)
                validator.finish()
            except (httpx.HTTPError, IncompleteDownloadError) as error:
                delay = budget.delay_after_failure(error)
                if delay is None:
                    with map_body_exceptions(request, validator):
                        raise
            except ResponseValidationError:
                partial.discard()
                raise
            else:
                return validator
        await async_sleep(delay)


async def _request_rest(
    session: AsyncSession, request: httpx.Request, partial: PartialFile, budget: RetryBudget
) -> httpx.Response:
    """Request the bytes that the partial file lacks, or all of them if the server refuses."""
    set_range_headers(request, partial.resume_token, partial.size)
    try:
        return await session.stream(request, budget)
    except APIStatusError as error:
        if error.status_code != HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE or not partial.size:
            raise
        # The partial file may be complete: a process can be killed just before it commits.
        partial.discard()
        if not budget.use_retry():
            raise
    set_range_headers(request, None, 0)
    return await session.stream(request, budget)


async def _start(response: httpx.Response, validator: BodyValidator, partial: PartialFile) -> None:
    """Prepare the partial file and the validator for the first byte of a body."""
    offset = resume_offset(response, partial.resume_token, partial.size)
    if offset is None:
        partial.discard()
        raise validator.incomplete()
    validator.expected = file_size(response, offset)
    partial.start(offset, resume_token_of(response))
    if offset:
        await async_run_blocking(_replay, partial, validator)


def _replay(partial: PartialFile, validator: BodyValidator) -> None:
    """Feed the validator the bytes that earlier responses brought."""
    for block in partial.read_blocks():
        validator.feed(block)


async def _receive(
    chunks: AsyncIterator[bytes],
    validator: BodyValidator,
    partial: PartialFile,
    on_progress: OnProgress | None,
) -> None:
    """Append a body to the partial file, up to the point where it ends or is cut off."""
    buffer = bytearray()
    try:
        async for chunk in chunks:
            validator.feed(chunk)
            buffer += chunk
            if len(buffer) >= _BLOCK_SIZE:
                # The buffer is replaced first: a cancelled task must not write a block twice.
                block, buffer = buffer, bytearray()
                await async_run_blocking(partial.append, block)
            if on_progress is not None:
                on_progress(validator.received, validator.expected)
    finally:
        await async_run_blocking(partial.append, buffer)


async def _chunks(response: httpx.Response, deadline: Deadline) -> AsyncGenerator[bytes]:
    """Yield the chunks of a body as they arrive, until the deadline.

    Raises:
        DeadlineExceededError: The deadline has passed.
    """
    chunks = response.aiter_bytes()
    while True:
        try:
            async with async_time_limit(deadline):
                chunk = await anext(chunks, None)
        except TimeoutError:
            raise deadline_error(response.request, deadline) from None
        if chunk is None:
            return
        yield chunk
