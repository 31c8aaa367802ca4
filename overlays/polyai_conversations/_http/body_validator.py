"""Checks that a streamed body is complete, while its bytes arrive; no I/O."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Protocol, TypeVar

import httpx

from polyai_conversations.errors import IncompleteDownloadError

from .error_response import map_exceptions
from .redaction import correlation_id_of, request_line, scrub


class BodyValidator(Protocol):
    """Follows the bytes of one file, which several responses may bring.

    Attributes:
        received: Number of bytes that have arrived.
        expected: The size of the whole file in bytes, or None if it is unknown.
    """

    received: int
    expected: int | None

    @property
    def is_recognized(self) -> bool:
        """Whether enough has arrived to hand the body to the caller."""
        ...

    def feed(self, chunk: bytes) -> None:
        """Check the next bytes; raise `ResponseValidationError` if they are wrong."""

    def finish(self) -> None:
        """Check the file after its last byte; raise `IncompleteDownloadError` if it is cut off."""

    def incomplete(self) -> IncompleteDownloadError:
        """Create the error for a body that was cut off."""
        ...


Validator = TypeVar("Validator", bound=BodyValidator)
MakeValidator = Callable[[httpx.Response, int | None], Validator]
"""Creates the validator for a response, given the size of the whole file, if that is known."""


class SizeValidator:
    """Checks only that a body is as long as the server says."""

    def __init__(self, response: httpx.Response, expected: int | None) -> None:
        self.received = 0
        self.expected = expected
        self._response = response

    @property
    def is_recognized(self) -> bool:
        """Always true: the bytes may be anything."""
        return True

    def feed(self, chunk: bytes) -> None:
        """Count the next bytes."""
        self.received += len(chunk)

    def finish(self) -> None:
        """Check the size.

        Raises:
            IncompleteDownloadError: Fewer bytes arrived than the server announced.
        """
        if self.expected is not None and self.received < self.expected:
            raise self.incomplete()
        self.expected = self.received

    def incomplete(self) -> IncompleteDownloadError:
        """Create the error for a body that was cut off."""
        total = "" if self.expected is None else f" of {self.expected}"
        return IncompleteDownloadError(
            f"{request_line(self._response.request)}: the body broke off after "
            f"{self.received}{total} bytes",
            received=self.received,
            expected=self.expected,
            status_code=self._response.status_code,
            correlation_id=correlation_id_of(self._response),
        )


def check_whole(response: httpx.Response, validator: BodyValidator) -> None:
    """Check that a response does not contain only a part of a file.

    Raises:
        IncompleteDownloadError: It does, although no part was requested.
    """
    if response.status_code == HTTPStatus.PARTIAL_CONTENT:
        raise validator.incomplete()


@contextmanager
def map_body_exceptions(request: httpx.Request, validator: BodyValidator) -> Generator[None]:
    """Turn httpx's errors into this package's while a body is being read."""
    with map_exceptions(request):
        try:
            yield
        except (httpx.NetworkError, httpx.RemoteProtocolError) as error:
            raise validator.incomplete() from scrub(error, request)
