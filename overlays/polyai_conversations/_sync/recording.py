# Generated from _async by `nox -s unasync`; do not edit.
"""Downloads a recording as a stream, or to a file."""

from __future__ import annotations

from contextlib import ExitStack, closing, contextmanager
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Final

import httpx

from polyai_conversations._audio.saved import SavedRecording
from polyai_conversations._audio.stream_state import StreamState
from polyai_conversations._audio.validator import WavValidator, whole_file_validator
from polyai_conversations._audio.wave_reader import wave_reader
from polyai_conversations._cancel import run_blocking, sleep
from polyai_conversations._files import open_partial_file
from polyai_conversations._http.ranges import (
    file_size,
    resume_offset,
    resume_token_of,
    set_range_headers,
)
from polyai_conversations.errors import (
    APIStatusError,
    APITimeoutError,
    IncompleteRecordingError,
    NotAWavError,
)

if TYPE_CHECKING:
    import wave
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from polyai_conversations._audio.samples import Samples
    from polyai_conversations._audio.saved import OnProgress
    from polyai_conversations._audio.wav import WavFormat
    from polyai_conversations._files import PartialFile
    from polyai_conversations._http.retry import RetryBudget

    from .session import Session

_BLOCK_SIZE: Final = 2**20
_MAX_IN_MEMORY: Final = 8 * 2**20


class Recording:
    """A recording that is being streamed, as `ConversationsClient.open_audio` returns it."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self._validator = whole_file_validator(response)
        self._state = StreamState()
        self._chunks = response.iter_bytes()
        self._buffered: list[bytes] = []

    @property
    def format(self) -> WavFormat:
        """The sample format; `frames` is None until the length is known."""
        return self._validator.format

    @property
    def size(self) -> int | None:
        """Size of the file in bytes, or None if the server does not say."""
        return self._validator.expected

    def iter_bytes(self) -> Iterator[bytes]:
        """Yield the bytes of the file, each once, in chunks as they arrive.

        Raises:
            IncompleteRecordingError: The recording was cut off. The bytes yielded so far are valid.
            APITimeoutError: The next bytes did not arrive in time.
            RuntimeError: The recording was already read or was cut off, or its block has ended.
        """
        self._state.check_readable()
        while self._buffered:
            yield self._buffered.pop(0)
        with self._state.reading(), self._validator.map_exceptions():
            for chunk in self._chunks:
                self._validator.feed(chunk)
                yield chunk
            self._validator.finish()

    def open_wave(self) -> wave.Wave_read:
        """Read the rest of the recording, and return the standard library's WAV reader over it.

        Up to 8 MiB are kept in memory, larger recordings in a temporary file.

        Raises:
            wave.Error: The samples are not PCM, the only encoding that the reader supports.
        """
        with ExitStack() as on_failure:
            file = on_failure.enter_context(SpooledTemporaryFile(_MAX_IN_MEMORY))
            for chunk in self.iter_bytes():
                file.write(chunk)
            reader = wave_reader(file, self._validator)
            on_failure.pop_all()
        return reader

    def read_samples(self) -> Samples:
        """Read all samples as a NumPy array, as `SavedRecording.read_samples` does."""
        from polyai_conversations._audio.samples import decode_samples

        return decode_samples(b"".join([chunk for chunk in self.iter_bytes()]))

    def read_header(self) -> None:
        """Read until the format is known; `open_audio` calls this."""
        with self._validator.map_exceptions():
            for chunk in self._chunks:
                self._validator.feed(chunk)
                self._buffered.append(chunk)
                if self._validator.has_header:
                    return
            self._validator.finish()

    def close(self) -> None:
        """Refuse further reading; the end of the `with` block calls this."""
        self._state.close()

    def __repr__(self) -> str:
        known = f"format={self.format!r}, " if self._validator.has_header else ""
        return f"{type(self).__name__}({known}size={self.size!r})"


@contextmanager
def open_recording(session: Session, request: httpx.Request) -> Generator[Recording]:
    """Stream a recording, and request it again if it is cut off before the end of its header."""
    budget = session.retry_budget(request)
    while True:
        response = session.stream(request, budget)
        with closing(response):
            recording = Recording(response)
            try:
                recording.read_header()
            except (APITimeoutError, IncompleteRecordingError) as error:
                delay = budget.delay_after_failure(error)
                if delay is None:
                    raise
            else:
                try:
                    yield recording
                finally:
                    recording.close()
                return
        sleep(delay)


def save_recording(
    session: Session,
    request: httpx.Request,
    path: Path,
    *,
    overwrite: bool,
    on_progress: OnProgress | None,
) -> SavedRecording:
    """Download a recording to a file; resume an interrupted download where possible."""
    budget = session.retry_budget(request)
    with open_partial_file(path, overwrite=overwrite) as partial:
        while True:
            response = _request_rest(session, request, partial, budget)
            with closing(response):
                validator = WavValidator(response, None)
                try:
                    _start(response, validator, partial)
                    _receive(response, validator, partial, on_progress)
                    validator.finish()
                    break
                except NotAWavError:
                    partial.discard()
                    raise
                except (httpx.HTTPError, IncompleteRecordingError) as error:
                    delay = budget.delay_after_failure(error)
                    if delay is None:
                        with validator.map_exceptions():
                            raise
            sleep(delay)
        sha256 = run_blocking(partial.commit)
        return SavedRecording(path, validator.received, sha256, validator.format)


def _request_rest(
    session: Session, request: httpx.Request, partial: PartialFile, budget: RetryBudget
) -> httpx.Response:
    """Request what the partial file lacks; start over if the server rejects the range."""
    set_range_headers(request, partial.resume_token, partial.size)
    try:
        return session.stream(request, budget)
    except APIStatusError as error:
        refused_range = error.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
        if not (refused_range and partial.size and budget.use_retry()):
            raise
    partial.discard()
    set_range_headers(request, None, 0)
    return session.stream(request, budget)


def _start(response: httpx.Response, validator: WavValidator, partial: PartialFile) -> None:
    """Prepare the partial file and the validator for the first byte of a body."""
    offset = resume_offset(response, partial.resume_token, partial.size)
    if offset is None:
        partial.discard()
        raise validator.incomplete()
    validator.expected = file_size(response, offset)
    partial.start(offset, resume_token_of(response))
    if offset:
        run_blocking(_replay, partial, validator)


def _replay(partial: PartialFile, validator: WavValidator) -> None:
    for block in partial.read_blocks():
        validator.feed(block)


def _receive(
    response: httpx.Response,
    validator: WavValidator,
    partial: PartialFile,
    on_progress: OnProgress | None,
) -> None:
    """Append a body to the partial file, up to the point where it ends or is cut off."""
    buffer = bytearray()
    try:
        for chunk in response.iter_bytes():
            validator.feed(chunk)
            buffer += chunk
            if len(buffer) >= _BLOCK_SIZE:
                # The buffer is replaced first: a cancelled task must not write a block twice.
                block, buffer = buffer, bytearray()
                run_blocking(partial.append, block)
            if on_progress is not None:
                on_progress(validator.received, validator.expected)
    finally:
        run_blocking(partial.append, buffer)
