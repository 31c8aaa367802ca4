"""Streams a recording, or saves it to a file."""

from __future__ import annotations

import wave
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Final

import httpx

from polyai_conversations._audio.saved import SavedRecording
from polyai_conversations._audio.wav import WavFormat
from polyai_conversations._audio.wav_validator import WavValidator
from polyai_conversations._audio.wave_reader import wave_reader
from polyai_conversations._files import OnProgress

from .session import AsyncSession
from .streaming import AsyncStreamedResponse, open_stream, save_body

if TYPE_CHECKING:
    from polyai_conversations._audio.samples import Samples

_MAX_IN_MEMORY: Final = 8 * 2**20


class AsyncRecording:
    """A recording that is being streamed, as `AsyncConversationsClient.open_audio` returns it."""

    def __init__(self, stream: AsyncStreamedResponse, validator: WavValidator) -> None:
        self._stream = stream
        self._validator = validator

    @property
    def format(self) -> WavFormat:
        """The sample format; `frames` is None until the length is known."""
        return self._validator.format

    @property
    def size(self) -> int | None:
        """Size of the file in bytes, or None if the server does not say."""
        return self._stream.size

    def iter_bytes(self) -> AsyncIterator[bytes]:
        """Yield the bytes of the file, each once, in chunks as they arrive.

        Raises:
            IncompleteRecordingError: The recording was cut off. The bytes yielded so far are valid.
            APITimeoutError: The next bytes did not arrive in time.
            RuntimeError: The recording was already read or was cut off, or its block has ended.
        """
        return self._stream.iter_bytes()

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

    def __repr__(self) -> str:
        if "_validator" not in vars(self) or not self._validator.is_recognized:
            return f"<{type(self).__name__} without a format>"
        return f"{type(self).__name__}(format={self.format!r}, size={self.size!r})"


@asynccontextmanager
async def open_recording(
    session: AsyncSession, request: httpx.Request
) -> AsyncGenerator[AsyncRecording]:
    """Stream a recording, and request it again if it is cut off before the end of its header."""
    async with open_stream(session, request, WavValidator) as (stream, validator):
        yield AsyncRecording(stream, validator)


async def save_recording(
    session: AsyncSession,
    request: httpx.Request,
    path: Path,
    *,
    overwrite: bool = True,
    on_progress: OnProgress | None = None,
    slots: AbstractAsyncContextManager[object] | None = None,
) -> SavedRecording:
    """Save a recording to a file, as `save_body` does."""
    validator, sha256 = await save_body(
        session,
        request,
        path,
        WavValidator,
        overwrite=overwrite,
        on_progress=on_progress,
        slots=slots,
    )
    return SavedRecording(path, validator.received, sha256, validator.format)
