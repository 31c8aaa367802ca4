"""The transports that read response bodies into memory, up to a limit, and redact them.

The limit counts decoded bytes, because a small compressed body can decode to gigabytes. It is
checked after each chunk; a chunk of 64 KiB can decode to 64 MiB at most.
"""

from __future__ import annotations

from typing import Final

import httpx

from polyai_conversations._cancel import STREAMED
from polyai_conversations._deadline import limit_timeout
from polyai_conversations.errors import ResponseTooLargeError, ResponseValidationError

from .call_options import BODY_LIMIT, CALL_OPTIONS, CallOptions
from .left_over import async_is_left_over, is_left_over, left_over_error
from .redaction import (
    correlation_id_of,
    cut_library_frames,
    redact_beginning,
    redact_head,
    request_line,
)
from .redirects import hide_location

ACCEPTED_ENCODINGS: Final = "gzip, deflate"
"""The encodings to accept; a chunk of others, such as Brotli, can decode to any size."""

_BOUNDED: Final = frozenset({"gzip", "deflate"})
_DECODED: Final = _BOUNDED | {"br", "zstd"}
_MAX_EVIDENCE: Final = 4096


class BufferingTransport(httpx.BaseTransport):
    """Reads the body of each response up to its limit, unless the request is `STREAMED`.

    The API key occurs neither in the responses nor in the tracebacks that leave this transport.
    """

    def __init__(self, transport: httpx.BaseTransport) -> None:
        self._transport = transport

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        try:
            response = self._transport.handle_request(request)
        except BaseException as error:
            cut_library_frames(error)
            raise
        redact_head(response, request)
        hide_location(response)
        if is_left_over(response):
            response.close()  # closes the connection, because its body has not been read
            raise left_over_error()
        return response if STREAMED in request.extensions else read_body(response, request)

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()


class AsyncBufferingTransport(httpx.AsyncBaseTransport):
    """The same as `BufferingTransport`, for the async client."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        try:
            response = await self._transport.handle_async_request(request)
        except BaseException as error:
            cut_library_frames(error)
            raise
        redact_head(response, request)
        hide_location(response)
        if async_is_left_over(request):
            await response.aclose()
            raise left_over_error()
        if STREAMED in request.extensions:
            return response
        return await async_read_body(response, request)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()


def read_body(response: httpx.Response, request: httpx.Request) -> httpx.Response:
    """Read and close a response; return it with its decoded body.

    Raises:
        ResponseTooLargeError: The body exceeds the request's limit.
        ResponseValidationError: The body is encoded in a way that was not requested.
        TimeoutError: The deadline of the call has passed.
    """
    response.request = request
    body = _Body(response)
    try:
        _check_encoding(response)
        for chunk in response.iter_bytes():
            body.append(chunk)
            limit_timeout(None)  # transports of the user's own do not check the deadline
    finally:
        response.close()
    return body.response()


async def async_read_body(response: httpx.Response, request: httpx.Request) -> httpx.Response:
    """Read and close a response, as `read_body` does."""
    response.request = request
    body = _Body(response)
    try:
        _check_encoding(response)
        async for chunk in response.aiter_bytes():
            body.append(chunk)
    finally:
        await response.aclose()
    return body.response()


def check_not_encoded(response: httpx.Response) -> None:
    """Check that a body which was requested without encoding has none.

    Raises:
        ResponseValidationError: It is encoded, so its size and its offsets are unknown.
    """
    if _encodings_of(response):
        raise _encoding_error(response, "without encoding")


class _Body:
    """The decoded bytes of a body. They are joined as they arrive, because chunks may be tiny."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self._limit = _limit_of(response)
        self._content = bytearray()

    def append(self, chunk: bytes) -> None:
        self._content += chunk
        if len(self._content) > self._limit:
            raise self._too_large()

    def response(self) -> httpx.Response:
        response = httpx.Response(
            self._response.status_code,
            content=bytes(self._content),
            request=self._response.request,
            extensions=self._response.extensions,
        )
        response.headers = self._response.headers  # set afterwards, as the body is decoded already
        return response

    def _too_large(self) -> ResponseTooLargeError:
        request = self._response.request
        beginning = bytes(self._content[:_MAX_EVIDENCE])
        return ResponseTooLargeError(
            f"{request_line(request)}: the response ({self._response.status_code}) is larger than "
            f"{self._limit:,} bytes; if that can be right, allow more with max_body_bytes= "
            "(max_bytes= for read_audio), or save it with download or save_audio",
            status_code=self._response.status_code,
            body=redact_beginning(request, beginning),
            limit=self._limit,
            correlation_id=correlation_id_of(self._response),
        )


def _limit_of(response: httpx.Response) -> int:
    """Return the limit of the request, or that of the client if there is an error instead."""
    extensions = response.request.extensions
    options: CallOptions = extensions[CALL_OPTIONS]
    limit: int = extensions[BODY_LIMIT] if response.is_success else options.max_body_bytes
    return limit


def _check_encoding(response: httpx.Response) -> None:
    encodings = _encodings_of(response)
    if len(encodings) > 1 or not _BOUNDED.issuperset(encodings):
        raise _encoding_error(response, f"as {ACCEPTED_ENCODINGS} at most")


def _encodings_of(response: httpx.Response) -> list[str]:
    """Return those encodings of a body that httpx decodes."""
    values = response.headers.get("content-encoding", "").lower().split(",")
    return [value.strip() for value in values if value.strip() in _DECODED]


def _encoding_error(response: httpx.Response, requested: str) -> ResponseValidationError:
    return ResponseValidationError(
        f"{request_line(response.request)}: the response ({response.status_code}) is encoded as "
        f"{', '.join(_encodings_of(response))}, but was requested {requested}",
        status_code=response.status_code,
        body=b"",
        correlation_id=correlation_id_of(response),
    )
