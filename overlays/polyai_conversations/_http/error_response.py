"""Creates typed errors for error statuses, failed connections and invalid bodies."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Generator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote

import httpx

from polyai_conversations._deadline import Deadline
from polyai_conversations._printable import excerpt
from polyai_conversations.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    DeadlineExceededError,
    ResponseValidationError,
    error_class,
)

from .redaction import (
    CORRELATION_ID,
    correlation_id_of,
    redact_text,
    redacted_body,
    request_line,
    scrub,
)
from .redirects import location_of
from .response_validation import ValidationIssue
from .retry import is_certificate_error, retry_after_seconds

_NO_RECORDING: Final = "CONVERSATIONS_RECORDING_NOT_FOUND"
_AGENT: Final = re.compile(r"/agents/([^/?#]+)")


def status_error(response: httpx.Response) -> APIStatusError:
    """Create the error for a response with an error status, whose body must have been read."""
    body = redacted_body(response)
    envelope = _error_envelope(body)
    correlation_id = correlation_id_of(response)
    server_message = _text(envelope, "error_message") or _text(envelope, "error")
    status = response.status_code
    code = _text(envelope, "error_code")
    phrase = code or httpx.codes.get_reason_phrase(status) or "(unknown status)"
    quoted = server_message or ("" if code else excerpt(body))
    parts = (
        f"{request_line(response.request)}: {status} {phrase}",
        f": {quoted.removesuffix('.')}" if quoted else "",
        f". {_hint(response, code)}",
        f" (correlation id {correlation_id})" if correlation_id else "",
    )
    return error_class(status)(
        "".join(parts),
        status_code=status,
        body=body,
        error_code=code,
        error_id=_text(envelope, "error_id"),
        error_message=server_message,
        retry_after=retry_after_seconds(response.headers),
        correlation_id=correlation_id,
    )


def connection_error(request: httpx.Request, error: httpx.HTTPError) -> APIConnectionError:
    """Create the error for a request that got no complete response."""
    host = request.url.netloc.decode()
    kind = type(error).__name__
    reason = redact_text(request, str(error)) or kind
    error_type = APIConnectionError
    if isinstance(error, httpx.TimeoutException):
        error_type = APITimeoutError
        problem = (
            f"{host} did not respond in time ({kind}); try again, or allow more time with timeout="
        )
    elif is_certificate_error(error):
        problem = (
            f"the certificate of {host} cannot be verified ({reason}); check base_url, or pass a "
            "transport= that trusts its issuer"
        )
    elif isinstance(error, httpx.ConnectError):
        problem = f"no connection to {host} ({reason}); check the network, and region or base_url"
    else:
        problem = f"the connection to {host} failed ({kind}: {reason})"
    return error_type(
        f"{request_line(request)}: {problem}", correlation_id=request.headers.get(CORRELATION_ID)
    )


def deadline_error(request: httpx.Request, deadline: Deadline) -> DeadlineExceededError:
    """Create the error for a call that took longer than its deadline."""
    return DeadlineExceededError(
        f"{request_line(request)}: {request.url.netloc.decode()} took longer than the deadline of "
        f"{deadline.seconds:g} s for the whole call; try again, or allow more time with deadline=",
        correlation_id=request.headers.get(CORRELATION_ID),
    )


@contextmanager
def map_exceptions(request: httpx.Request) -> Generator[None]:
    """Turn httpx's errors into this package's."""
    try:
        yield
    except httpx.HTTPError as error:
        raise connection_error(request, error) from scrub(error, request)


def validation_error(response: httpx.Response, issue: ValidationIssue) -> ResponseValidationError:
    """Create the error for a success response whose body violates the contract."""
    request = response.request
    field = None if issue.field is None else redact_text(request, issue.field)
    problem = redact_text(request, issue.problem)
    return ResponseValidationError(
        f"{request_line(response.request)} succeeded ({response.status_code}), but its response "
        f"violates the contract: {field or 'the body'} {problem}",
        status_code=response.status_code,
        body=redacted_body(response),
        field=field,
        correlation_id=correlation_id_of(response),
    )


def _error_envelope(body: bytes) -> dict[str, Any]:
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return envelope if isinstance(envelope, dict) else {}


def _text(envelope: dict[str, Any], name: str) -> str | None:
    value = envelope.get(name)
    return value if isinstance(value, str) and value else None


def _hint(response: httpx.Response, error_code: str | None) -> str:
    """Say what the user can do about the error."""
    url = response.request.url
    status = response.status_code
    match = _AGENT.search(url.raw_path.decode())
    agent = f"agent {unquote(match[1])!r}" if match else "this resource"
    location = location_of(response)
    if location is not None:
        return (
            f"Redirects are not followed (this one leads to {location!r}): check region or base_url"
        )
    if status == HTTPStatus.UNAUTHORIZED:
        return (
            f"{url.host} does not accept this API key. A key works only in the region where it was "
            "created: check that region (or base_url) matches the key"
        )
    if status == HTTPStatus.FORBIDDEN:
        return f"The API key has no access to {agent} on {url.host}: check agent_id"
    if status == HTTPStatus.NOT_FOUND:
        return _not_found_hint(f"{agent} on {url.host}", error_code)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _rate_limit_hint(response)
    return _general_hint(response)


def _general_hint(response: httpx.Response) -> str:
    if response.is_server_error:
        return (
            "The server failed: try again later; if it persists, give the correlation id to "
            "PolyAI's support"
        )
    if response.status_code == HTTPStatus.REQUEST_TIMEOUT:
        return "The server did not receive the request in time: try again later"
    if response.is_client_error:
        return "The server refuses the request: check the arguments"
    return "The API does not respond like this: check region or base_url, and proxies in between"


def _not_found_hint(agent: str, error_code: str | None) -> str:
    if error_code == _NO_RECORDING:
        return "Chats have no recording, and a call has none until it ends"
    return (
        f"The request was for {agent}: check the id and agent_id, and that region (or base_url) is "
        "that of the account, because another region may respond like this, too"
    )


def _rate_limit_hint(response: httpx.Response) -> str:
    seconds = retry_after_seconds(response.headers)
    if seconds is None:
        return "Send fewer requests at once, and try again later"
    return f"Try again in {max(math.ceil(seconds), 1)} s"
