"""A recording as it streams: its format first, then its bytes, each handed out once."""

from __future__ import annotations

import struct
import wave
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Final

import httpx

from .intake import Intake, body_size
from .transport import typed_errors, without_frames

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterator

    from .download import Download
    from .samples import Samples
    from .wav import WavFormat

_IN_MEMORY: Final = 8 * 2**20


def whole_recording(response: httpx.Response) -> bytes:
    """Give the recording that a read answer holds.

    Raises:
        NotAWavError: It is not a WAV file.
        IncompleteRecordingError: It is shorter than its own header says.

    """
    intake = _whole_intake(response)
    intake.take(response.content)
    intake.finish()
    return response.content


class Recording:
    """A recording under way; `ConversationsClient.open_audio` gives one."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self._intake = _whole_intake(response)
        self._fate = _Fate()
        self._chunks = response.iter_bytes()
        self._held: list[bytes] = []
        self._read_header()

    @property
    def format(self) -> WavFormat:
        """How the samples are to be read; `frames` is None until the length is known."""
        return self._intake.format

    @property
    def size(self) -> int | None:
        """Size of the file in bytes, or None when the server does not say."""
        return self._intake.expected

    def iter_bytes(self) -> Iterator[bytes]:
        """Hand out the file's bytes, each once, in pieces as they come.

        Raises:
            IncompleteRecordingError: The recording broke off. What was handed out is good.
            APITimeoutError: The next bytes did not come in time.
            RuntimeError: The recording was read already, or broke off, or its `with` block ended.

        """
        self._fate.check()
        while self._held:
            yield self._held.pop(0)
        with self._fate.of_reading(), stream_errors(self._response, self._intake):
            for chunk in self._chunks:
                self._intake.take(chunk)
                yield chunk
            self._intake.finish()

    def open_wave(self) -> wave.Wave_read:
        """Give the standard library's reader over the whole recording.

        It lies in memory up to 8 MiB, in a temporary file beyond. The reader knows PCM alone, and
        raises `wave.Error` for anything else.
        """
        with ExitStack() as on_failure:
            file = on_failure.enter_context(SpooledTemporaryFile(_IN_MEMORY))
            for chunk in self.iter_bytes():
                file.write(chunk)
            reader = _wave_reader(file, self._intake)
            on_failure.pop_all()
        return reader

    def read_samples(self) -> Samples:
        """Read all samples as a NumPy array, as `SavedRecording.read_samples` does."""
        from .samples import samples_of  # noqa: PLC0415 - numpy is an extra

        return samples_of(b"".join(self.iter_bytes()))

    def expire(self) -> None:
        """Say that the `with` block has ended."""
        self._fate.end("is closed, its `with` block has ended")

    def __repr__(self) -> str:
        return f"{type(self).__name__}(format={self.format!r}, size={self.size!r})"

    def _read_header(self) -> None:
        with stream_errors(self._response, self._intake):
            for chunk in self._chunks:
                self._intake.take(chunk)
                self._held.append(chunk)
                if self._intake.has_header:
                    return
            self._intake.finish()


class AsyncRecording:
    """A recording under way; `AsyncConversationsClient.open_audio` gives one."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self._fate = _Fate()
        self._chunks = response.aiter_bytes()
        self._held: list[bytes] = []

    @property
    def format(self) -> WavFormat:
        """How the samples are to be read; `frames` is None until the length is known."""
        return self._intake.format

    @property
    def size(self) -> int | None:
        """Size of the file in bytes, or None when the server does not say."""
        return self._intake.expected

    async def iter_bytes(self) -> AsyncIterator[bytes]:
        """Hand out the file's bytes, as `Recording.iter_bytes` does."""
        self._fate.check()
        while self._held:
            yield self._held.pop(0)
        with self._fate.of_reading(), stream_errors(self._response, self._intake):
            async for chunk in self._chunks:
                self._intake.take(chunk)
                yield chunk
            self._intake.finish()

    async def open_wave(self) -> wave.Wave_read:
        """Give the standard library's reader, as `Recording.open_wave` does."""
        with ExitStack() as on_failure:
            file = on_failure.enter_context(SpooledTemporaryFile(_IN_MEMORY))
            async for chunk in self.iter_bytes():
                file.write(chunk)
            reader = _wave_reader(file, self._intake)
            on_failure.pop_all()
        return reader

    async def read_samples(self) -> Samples:
        """Read all samples as a NumPy array, as `SavedRecording.read_samples` does."""
        from .samples import samples_of  # noqa: PLC0415 - numpy is an extra

        return samples_of(b"".join([chunk async for chunk in self.iter_bytes()]))

    def expire(self) -> None:
        """Say that the `with` block has ended."""
        self._fate.end("is closed, its `with` block has ended")

    def __repr__(self) -> str:
        return f"{type(self).__name__}(format={self.format!r}, size={self.size!r})"

    async def read_header(self) -> None:
        """Read on until the format is known."""
        self._intake = _whole_intake(self._response)
        with stream_errors(self._response, self._intake):
            async for chunk in self._chunks:
                self._intake.take(chunk)
                self._held.append(chunk)
                if self._intake.has_header:
                    return
            self._intake.finish()


@contextmanager
def stream_errors(response: httpx.Response, intake: Intake | Download) -> Generator[None]:
    """Turn httpx's errors of a body into this package's; a cut is an incomplete recording."""
    with typed_errors(response.request):
        try:
            yield
        except (httpx.NetworkError, httpx.RemoteProtocolError) as error:
            raise intake.incomplete() from without_frames(error)


class _Fate:
    """What became of a recording that can be read once."""

    def __init__(self) -> None:
        self._end: str | None = None

    def check(self) -> None:
        """Refuse to read what is there no more."""
        if self._end is not None:
            raise RuntimeError(f"the recording {self._end}: open it again")

    def end(self, how: str) -> None:
        self._end = self._end or how

    @contextmanager
    def of_reading(self) -> Generator[None]:
        """Note how reading ends; who only leaves the loop may go on later."""
        try:
            yield
        except GeneratorExit:
            raise
        except BaseException:
            self.end("broke off")
            raise
        self.end("was read already")


def _whole_intake(response: httpx.Response) -> Intake:
    intake = Intake(response, body_size(response))
    if response.status_code == HTTPStatus.PARTIAL_CONTENT:  # which nobody asked for
        raise intake.incomplete()
    return intake


class _SpooledReader(wave.Wave_read):
    """A reader that closes the temporary file with itself."""

    def __init__(self, file: IO[bytes]) -> None:
        self._spooled = file
        super().__init__(file)

    def close(self) -> None:
        super().close()
        self._spooled.close()


def _wave_reader(file: IO[bytes], intake: Intake) -> wave.Wave_read:
    for offset, size in intake.true_sizes():
        file.seek(offset)
        file.write(struct.pack("<I", size))
    file.seek(0)
    return _SpooledReader(file)
