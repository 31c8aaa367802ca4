"""Checks that a response body is a complete WAV file, while its bytes arrive; no I/O."""

from __future__ import annotations

from typing import Final

import httpx

from polyai_conversations._http.body_validator import check_whole
from polyai_conversations._http.range_requests import content_length
from polyai_conversations._http.redaction import (
    correlation_id_of,
    redact_beginning,
    request_line,
)
from polyai_conversations.errors import IncompleteRecordingError, NotAWavError

from .wav import BadHeaderError, HeaderReader, WavFormat

_MAX_ERROR_BODY: Final = 4096
_MAX_QUOTED: Final = 60


class WavValidator:
    """Counts the bytes of a recording, reads its header, and checks it at its end.

    Args:
        response: The response that contains the recording; errors describe it.
        expected: The size of the whole recording in bytes, or None if it is unknown.

    Attributes:
        received: Number of bytes that have arrived.
        expected: The same as the argument; after `finish`, the actual size.
        reader: The reader of the recording's header.
    """

    def __init__(self, response: httpx.Response, expected: int | None) -> None:
        self.received = 0
        self.expected = expected
        self._response = response
        self.reader = HeaderReader()
        self._beginning = b""

    @property
    def format(self) -> WavFormat:
        """The sample format; `frames` is None while the size is unknown."""
        return self.reader.finish().within(self.expected)

    @property
    def is_recognized(self) -> bool:
        """Whether the header has been read."""
        return self.reader.header is not None

    def feed(self, chunk: bytes) -> None:
        """Check the next bytes.

        Raises:
            NotAWavError: They show that this is not a WAV file.
        """
        if self.reader.header is None:
            self._beginning = (self._beginning + chunk)[:_MAX_ERROR_BODY]
        self.received += len(chunk)
        try:
            self.reader.feed(chunk)
        except BadHeaderError as error:
            raise self.not_a_wav(str(error)) from None

    def finish(self) -> None:
        """Check the recording after its last byte.

        Raises:
            NotAWavError: It ended before its header did.
            IncompleteRecordingError: It is shorter than the server or its header says.
        """
        try:
            header = self.reader.finish()
        except BadHeaderError as error:
            if self._beginning and self.expected not in {None, self.received}:
                raise self.incomplete() from None
            raise self.not_a_wav(str(error)) from None
        minimum = max(self.expected or 0, header.min_size)
        if self.received < minimum:
            self.expected = minimum
            raise self.incomplete()
        self.expected = self.received

    def not_a_wav(self, found: str) -> NotAWavError:
        """Create the error for a body that is not a WAV file."""
        kind = self._response.headers.get("content-type", "no content type")
        body = redact_beginning(self._response.request, self._beginning)
        if body != self._beginning:  # then `found` may contain the key
            found = f"it begins with {body[:_MAX_QUOTED]!r}"
        return NotAWavError(
            f"{request_line(self._response.request)}: the recording is not a WAV file: {found} "
            f"(status {self._response.status_code}, {kind})",
            status_code=self._response.status_code,
            body=body[:_MAX_ERROR_BODY],
            correlation_id=correlation_id_of(self._response),
        )

    def incomplete(self) -> IncompleteRecordingError:
        """Create the error for a recording that was cut off."""
        total = "" if self.expected is None else f" of {self.expected}"
        return IncompleteRecordingError(
            f"{request_line(self._response.request)}: the recording broke off after "
            f"{self.received}{total} bytes",
            received=self.received,
            expected=self.expected,
            status_code=self._response.status_code,
            body=redact_beginning(self._response.request, self._beginning)[:_MAX_ERROR_BODY],
            correlation_id=correlation_id_of(self._response),
        )


def validated_recording(response: httpx.Response) -> bytes:
    """Return the recording of a response whose body has been read.

    Raises:
        NotAWavError: It is not a WAV file.
        IncompleteRecordingError: It is shorter than its own header says.
    """
    validator = WavValidator(response, content_length(response))
    check_whole(response, validator)
    validator.feed(response.content)
    validator.finish()
    return response.content
