"""Describes requests and responses for errors and logs, without the API key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from types import TracebackType
from typing import Final

import httpx

from .api_key import ApiKey

CORRELATION_ID: Final = "X-PolyAI-Correlation-Id"
KEY_HEADER: Final = "X-API-KEY"

API_KEY: Final = "polyai_api_key"
"""The extension of a request that holds its `ApiKey`."""

_LIBRARIES_WITH_HEADERS: Final = ("httpcore", "httpx._models", "collections.abc")
"""Modules whose frames hold headers; those of other modules may call code of the user."""


def request_line(request: httpx.Request) -> str:
    """Return the method and the path as sent, such as `GET /v1/agents/A/conversations`."""
    path, _, _ = request.url.raw_path.decode().partition("?")
    return f"{request.method} {path}"


def correlation_id_of(response: httpx.Response) -> str | None:
    """Return the correlation id of the response, or else the one of the request."""
    request_id: str | None = response.request.headers.get(CORRELATION_ID)
    response_id: str | None = response.headers.get(CORRELATION_ID)
    return redact_text(response.request, response_id) if response_id else request_id


def redacted_body(response: httpx.Response) -> bytes:
    """Return the body as received, except for the API key if the server echoed it."""
    return redact_key(response.request, response.content)


def redact_key(request: httpx.Request, data: bytes) -> bytes:
    """Replace the API key in bytes from outside by `[key]`."""
    return redact_text(request, data.decode("latin-1")).encode("latin-1")


def redact_beginning(request: httpx.Request, data: bytes) -> bytes:
    """Replace the API key in the first bytes of a body, even if they end within it."""
    api_key: ApiKey | None = request.extensions.get(API_KEY)
    if api_key is None:
        return data
    return api_key.redact_beginning(data.decode("latin-1")).encode("latin-1")


def redact_text(request: httpx.Request, text: str) -> str:
    """Replace the API key in a text from outside by `[key]`.

    The key stays in its `ApiKey`, because Ctrl-C may record the variables of this function.
    """
    api_key: ApiKey | None = request.extensions.get(API_KEY)
    return text if api_key is None else api_key.redact(text)


def redact_head(response: httpx.Response, request: httpx.Request) -> None:
    """Replace the API key in the status line and in the headers of a response."""
    reason = response.extensions.get("reason_phrase")
    if reason is not None:
        response.extensions["reason_phrase"] = redact_key(request, reason)
    lines = response.headers.raw
    joined = b"\n".join(part for line in lines for part in line)
    if redact_key(request, joined) != joined:
        response.headers = httpx.Headers(
            [(redact_key(request, name), redact_key(request, value)) for name, value in lines]
        )


def scrub(error: BaseException, request: httpx.Request) -> BaseException:
    """Remove the API key from an error of the HTTP libraries and from the errors that caused it.

    Their messages may quote what the server sent. Their requests and the local variables of their
    frames contain the headers that were sent, and error trackers record both.
    """
    for cause in _causes(error):
        cause.__traceback__ = None
        _redact_attributes(cause, request)
        if isinstance(cause, httpx.RequestError):
            with suppress(RuntimeError):  # raised if the error has no request
                cause.request = httpx.Request(cause.request.method, cause.request.url)
    return error


def cut_library_frames(error: BaseException) -> None:
    """Remove the frames of libraries whose variables contain headers from the tracebacks."""
    for cause in _causes(error):
        cause.__traceback__ = _without_library_frames(cause.__traceback__)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, and the errors that caused it or were being handled when it was raised."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        cause = waiting.pop()
        if cause is not None and id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            waiting += (cause.__context__, cause.__cause__)


def _redact_attributes(error: BaseException, request: httpx.Request) -> None:
    error.args = tuple(_redact_value(request, value) for value in error.args)
    for name, value in vars(error).items():  # such as the document of a JSONDecodeError
        vars(error)[name] = _redact_value(request, value)
    if isinstance(error, UnicodeDecodeError):
        error.object = redact_key(request, error.object)


def _redact_value(request: httpx.Request, value: object) -> object:
    if isinstance(value, str):
        return redact_text(request, value)
    return redact_key(request, value) if isinstance(value, bytes) else value


def _without_library_frames(traceback: TracebackType | None) -> TracebackType | None:
    step = traceback
    if step is None or _is_library_frame(step):
        return None
    while step.tb_next is not None:
        if _is_library_frame(step.tb_next):
            step.tb_next = None
        else:
            step = step.tb_next
    return traceback


def _is_library_frame(step: TracebackType) -> bool:
    module: str = step.tb_frame.f_globals.get("__name__", "")
    return module.startswith(_LIBRARIES_WITH_HEADERS)
