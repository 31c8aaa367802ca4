"""Downloads a recording as a stream, or to a file."""

from __future__ import annotations

import wave
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import (
    AbstractAsyncContextManager,
    ExitStack,
    aclosing,
    asynccontextmanager,
    nullcontext,
)
from http import HTTPStatus
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Final

import httpx

from polyai_conversations._audio.saved import OnProgress, SavedRecording
from polyai_conversations._audio.wav import WavFormat
from polyai_conversations._audio.wav_validator import WavValidator, whole_file_validator
from polyai_conversations._audio.wave_reader import wave_reader
from polyai_conversations._cancel import async_run_blocking, async_sleep
from polyai_conversations._files import PartialFile, open_partial_file
from polyai_conversations._http.range_requests import (
    file_size,
    resume_offset,
    resume_token_of,
    set_range_headers,
)
from polyai_conversations._http.retry import RetryBudget
from polyai_conversations.errors import (
    APIStatusError,
    IncompleteRecordingError,
    NotAWavError,
)

from .session import AsyncSession

if TYPE_CHECKING:
    from polyai_conversations._audio.samples import Samples

_BLOCK_SIZE: Final = 2**20
_MAX_IN_MEMORY: Final = 8 * 2**20


class AsyncRecording:
    """A recording that is being streamed, as `AsyncConversationsClient.open_audio` returns it."""

    def __init__(
        self, header: list[bytes], chunks: AsyncIterator[bytes], validator: WavValidator
    ) -> None:
        self._header = header
        self._chunks = chunks
        self._validator = validator
        self._ended_because: str | None = None

    @property
    def format(self) -> WavFormat:
        """The sample format; `frames` is None until the length is known."""
        return self._validator.format

    @property
    def size(self) -> int | None:
        """Size of the file in bytes, or None if the server does not say."""
        return self._validator.expected

    async def iter_bytes(self) -> AsyncIterator[bytes]:
        """Yield the bytes of the file, each once, in chunks as they arrive.

        Raises:
            IncompleteRecordingError: The recording was cut off. The bytes yielded so far are valid.
            APITimeoutError: The next bytes did not arrive in time.
            RuntimeError: The recording was already read or was cut off, or its block has ended.
        """
        if self._ended_because is not None:
            raise RuntimeError(f"the recording {self._ended_because}: open it again")
        while self._header:
            yield self._header.pop(0)
        try:
            with self._validator.map_exceptions():
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

    async def open_wave(self) -> wave.Wave_read:
        """Read the rest of the recording, and return the standard library's WAV reader over it.

        Up to 8 MiB are kept in memory, larger recordings in a temporary file.

        Raises:
            wave.Error: The samples are not PCM, the only encoding that the reader supports.
        """
        with ExitStack() as on_failure:
            file = on_failure.enter_context(SpooledTemporaryFile(_MAX_IN_MEMORY))
            async for chunk in self.iter_bytes():
                file.write(chunk)
            reader = wave_reader(file, self._validator)
            on_failure.pop_all()
        return reader

    async def read_samples(self) -> Samples:
        """Read all samples as a NumPy array, as `SavedRecording.read_samples` does."""
        from polyai_conversations._audio.samples import (
            decode_samples,
        )

        return decode_samples(b"".join([chunk async for chunk in self.iter_bytes()]))

    def close(self) -> None:
        """Refuse further reading; the end of the `with` block calls this."""
        self._end("is closed because its `with` block has ended")

    def _end(self, reason: str) -> None:
        self._ended_because = self._ended_because or reason

    def __repr__(self) -> str:
        return f"{type(self).__name__}(format={self.format!r}, size={self.size!r})"


@asynccontextmanager
async def open_recording(
    session: AsyncSession, request: httpx.Request
) -> AsyncGenerator[AsyncRecording]:
    """Stream a recording, and request it again if it is cut off before the end of its header."""
    budget = session.retry_budget(request)
    while True:
        response = await session.stream(request, budget)
        async with aclosing(response):
            validator = whole_file_validator(response)
            chunks = response.aiter_bytes()
            try:
                header = await _read_header(chunks, validator)
            except (httpx.HTTPError, IncompleteRecordingError) as error:
                delay = budget.delay_after_failure(error)
                if delay is None:
                    with validator.map_exceptions():
                        raise
            else:
                recording = AsyncRecording(header, chunks, validator)
                try:
                    yield recording
                finally:
                    recording.close()
                return
        await async_sleep(delay)


async def _read_header(chunks: AsyncIterator[bytes], validator: WavValidator) -> list[bytes]:
    """Return the chunks that contain the header, whose last one may reach into the samples."""
    header: list[bytes] = []
    async for chunk in chunks:
        validator.feed(chunk)
        header.append(chunk)
        if validator.reader.header is not None:
            break
    else:
        validator.finish()
    return header


async def save_recording(
    session: AsyncSession,
    request: httpx.Request,
    path: Path,
    *,
    overwrite: bool = True,
    on_progress: OnProgress | None = None,
    slots: AbstractAsyncContextManager[object] | None = None,
) -> SavedRecording:
    """Download a recording to a file; a download that breaks off is resumed where possible.

    `slots` bounds the number of downloads under way. It is left before the file is committed:
    saving 200 recordings of 1 MiB at a latency of 40 ms takes a quarter longer if the network
    waits for the disk.
    """
    with open_partial_file(path, overwrite=overwrite) as partial:
        async with slots or nullcontext():
            validator = await _download(session, request, partial, on_progress)
        sha256 = await async_run_blocking(partial.commit)
    return SavedRecording(path, validator.received, sha256, validator.format)


async def _download(
    session: AsyncSession,
    request: httpx.Request,
    partial: PartialFile,
    on_progress: OnProgress | None,
) -> WavValidator:
    """Complete the partial file; return the validator that has seen all of its bytes."""
    budget = session.retry_budget(request)
    while True:
        response = await _request_rest(session, request, partial, budget)
        async with aclosing(response):
            validator = WavValidator(response, None)
            try:
                await _start(response, validator, partial)
                await _receive(response, validator, partial, on_progress)
                validator.finish()
            except NotAWavError:
                partial.discard()
                raise
            except (httpx.HTTPError, IncompleteRecordingError) as error:
                delay = budget.delay_after_failure(error)
                if delay is None:
                    with validator.map_exceptions():
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


async def _start(response: httpx.Response, validator: WavValidator, partial: PartialFile) -> None:
    """Prepare the partial file and the validator for the first byte of a body."""
    offset = resume_offset(response, partial.resume_token, partial.size)
    if offset is None:
        partial.discard()
        raise validator.incomplete()
    validator.expected = file_size(response, offset)
    partial.start(offset, resume_token_of(response))
    if offset:
        await async_run_blocking(_replay, partial, validator)


def _replay(partial: PartialFile, validator: WavValidator) -> None:
    """Feed the validator the bytes that earlier responses brought."""
    for block in partial.read_blocks():
        validator.feed(block)


async def _receive(
    response: httpx.Response,
    validator: WavValidator,
    partial: PartialFile,
    on_progress: OnProgress | None,
) -> None:
    """Append a body to the partial file, up to the point where it ends or is cut off."""
    buffer = bytearray()
    try:
        async for chunk in response.aiter_bytes():
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
