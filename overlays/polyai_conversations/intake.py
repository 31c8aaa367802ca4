"""What a recording must be, judged while its bytes pass; no I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .errors import IncompleteRecordingError, NotAWavError
from .status import correlation_id_of, describe, without_key
from .wav import BadHeaderError, HeaderReader

if TYPE_CHECKING:
    import httpx

    from .wav import WavFormat

_KEPT: Final = 4096
_SHOWN: Final = 60
_LARGEST_RIFF: Final = 2**32


class Intake:
    """Counts a recording's bytes, reads its header, and judges it at its end.

    Args:
        response: The answer that brings it, for the errors.
        expected: Number of bytes that the whole recording has, or None where nobody said.

    """

    def __init__(self, response: httpx.Response, expected: int | None) -> None:
        self.received = 0
        self.expected = expected
        self._response = response
        self._reader = HeaderReader()
        self._beginning = b""

    @property
    def has_header(self) -> bool:
        """Whether the header has come whole."""
        return self._reader.header is not None

    @property
    def format(self) -> WavFormat:
        """How the samples are to be read, as far as it is known."""
        return self._reader.finish().within(self.expected)

    def true_sizes(self) -> list[tuple[int, int]]:
        """Tell where the file's sizes stand and what they are, if its writer left them open.

        Readers that take the header at its word, like the standard library's, need them.
        """
        header = self._reader.finish()
        data_size = self.received - header.data_offset
        if header.data_size is not None or self.received >= _LARGEST_RIFF:
            return []
        return [(4, self.received - 8), (header.data_offset - 4, data_size)]

    def take(self, chunk: bytes) -> None:
        """Take the next bytes.

        Raises:
            NotAWavError: They show that this is no WAV file.

        """
        if not self.has_header:
            self._beginning = (self._beginning + chunk)[: 2 * _KEPT]
        self.received += len(chunk)
        try:
            self._reader.feed(chunk)
        except BadHeaderError as error:
            raise self.not_a_wav(str(error)) from None

    def finish(self) -> None:
        """Judge the whole.

        Raises:
            NotAWavError: It ended before its header did.
            IncompleteRecordingError: It is shorter than promised.

        """
        try:
            header = self._reader.finish()
        except BadHeaderError as error:
            if self._beginning and self.expected not in {None, self.received}:
                raise self.incomplete() from None
            raise self.not_a_wav(str(error)) from None
        least = max(self.expected or 0, header.least_size)
        if self.received < least:
            self.expected = least
            raise self.incomplete()
        self.expected = self.received

    def not_a_wav(self, found: str) -> NotAWavError:
        """Make the error for a body that is no WAV file."""
        kind = self._response.headers.get("content-type", "no content type")
        body = without_key(self._response, self._beginning)
        if body != self._beginning:  # what was found may show the key
            found = f"it begins with {body[:_SHOWN]!r}"
        return NotAWavError(
            f"{describe(self._response.request)}: the recording is not a WAV file: {found} "
            f"(status {self._response.status_code}, {kind})",
            status_code=self._response.status_code,
            body=body[:_KEPT],
            correlation_id=correlation_id_of(self._response),
        )

    def incomplete(self) -> IncompleteRecordingError:
        """Make the error for a recording that broke off."""
        promised = "" if self.expected is None else f" of {self.expected}"
        return IncompleteRecordingError(
            f"{describe(self._response.request)}: the recording broke off after {self.received}"
            f"{promised} bytes",
            received=self.received,
            expected=self.expected,
            status_code=self._response.status_code,
            body=without_key(self._response, self._beginning)[:_KEPT],
            correlation_id=correlation_id_of(self._response),
        )


def body_size(response: httpx.Response) -> int | None:
    """Give the number of bytes that the server says the body has, if it says so."""
    if response.headers.get("content-encoding", "identity") != "identity":
        return None
    length = response.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else None
