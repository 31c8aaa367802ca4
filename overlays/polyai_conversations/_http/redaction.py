"""Describes requests and responses for errors and logs, without the API key."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Final

import httpx

CORRELATION_ID: Final = "X-PolyAI-Correlation-Id"
KEY_HEADER: Final = "X-API-KEY"


def request_line(request: httpx.Request) -> str:
    """Return the method and the path as sent, such as `GET /v1/agents/A/conversations`."""
    path, _, _ = request.url.raw_path.decode().partition("?")
    return f"{request.method} {path}"


def correlation_id_of(response: httpx.Response) -> str | None:
    """Return the correlation id of the response, or else the one of the request."""
    request_id: str | None = response.request.headers.get(CORRELATION_ID)
    response_id: str | None = response.headers.get(CORRELATION_ID)
    return redact_key(response, response_id.encode()).decode() if response_id else request_id


def redacted_body(response: httpx.Response) -> bytes:
    """Return the body as received, except for the API key if the server echoed it."""
    return redact_key(response, response.content)


def redact_key(response: httpx.Response, data: bytes) -> bytes:
    """Replace the API key by `[key]`, even where it is escaped as in JSON or in URLs."""
    key = response.request.headers.get(KEY_HEADER)
    return _key_pattern(key).sub(b"[key]", data) if key else data


def scrub_traceback(error: BaseException) -> BaseException:
    """Remove tracebacks and requests from an error and from the errors that caused it.

    Frames inside the HTTP libraries hold the request's headers, and error trackers record the local
    variables of frames, so the key would end up in their reports.
    """
    cause: BaseException | None = error
    while cause is not None:
        cause.__traceback__ = None
        if isinstance(cause, httpx.RequestError):
            with suppress(RuntimeError):  # raised if the error has no request
                cause.request = httpx.Request(cause.request.method, cause.request.url)
        cause = cause.__cause__ or cause.__context__
    return error


def _key_pattern(key: str) -> re.Pattern[bytes]:
    letters = (
        rf"(?:\\?{re.escape(letter)}|\\u(?i:{ord(letter):04x})|%(?i:{ord(letter):02x}))"
        for letter in key
    )
    return re.compile("".join(letters).encode())
