"""What an error answer says, as a pure reading of its status, headers and body."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from httpx_retries import Retry

from .errors import APIStatusError, error_class

if TYPE_CHECKING:
    import httpx

CORRELATION_ID: Final = "X-PolyAI-Correlation-Id"
KEY_HEADER: Final = "X-API-KEY"

_AGENT = re.compile(r"/agents/([^/?#]+)")


def status_error(response: httpx.Response) -> APIStatusError:
    """Make the error that stands for an answer that is no success; its body has been read."""
    request = response.request
    body = evidence(response)
    envelope = _envelope(body)
    correlation_id = correlation_id_of(response)
    said = _text(envelope, "error_message") or _text(envelope, "error")
    code = _text(envelope, "error_code")
    parts = (
        f"{describe(request)}: {response.status_code} {code or _phrase(response)}",
        f": {said}" if said else "",
        f". {advice}" if (advice := _advice(response)) else "",
        f" (correlation id {correlation_id})" if correlation_id else "",
    )
    return error_class(response.status_code)(
        "".join(parts),
        status_code=response.status_code,
        body=body,
        error_code=code,
        error_id=_text(envelope, "error_id"),
        error_message=said,
        retry_after=retry_after_seconds(response.headers),
        correlation_id=correlation_id,
    )


def describe(request: httpx.Request) -> str:
    """Name a request by its method and its path as sent, for logs and errors."""
    path, _, _ = request.url.raw_path.decode().partition("?")
    return f"{request.method} {path}"


def evidence(response: httpx.Response) -> bytes:
    """Give the body as it came, but for the key, should the server have echoed it."""
    return without_key(response, response.content)


def correlation_id_of(response: httpx.Response) -> str | None:
    """Give the id that the server answered under, or else the one that was sent."""
    sent_id: str | None = response.request.headers.get(CORRELATION_ID)
    answered_id: str | None = response.headers.get(CORRELATION_ID)
    return without_key(response, answered_id.encode()).decode() if answered_id else sent_id


def retry_after_seconds(headers: httpx.Headers) -> float | None:
    """Read `Retry-After`, seconds or a date, as seconds from now; None where it says nothing."""
    value = headers.get("retry-after")
    if value is None:
        return None
    try:
        return Retry().parse_retry_after(value)
    except (ValueError, OverflowError):
        return None


def without_key(response: httpx.Response, data: bytes) -> bytes:
    """Cut the key out of what a server sent, as plain text, in JSON strings and in addresses."""
    key = response.request.headers.get(KEY_HEADER)
    return _spelled(key).sub(b"[key]", data) if key else data


def _spelled(key: str) -> re.Pattern[bytes]:
    spellings = (
        rf"(?:\\?{re.escape(letter)}|\\u(?i:{ord(letter):04x})|%(?i:{ord(letter):02x}))"
        for letter in key
    )
    return re.compile("".join(spellings).encode())


def _envelope(body: bytes) -> dict[str, Any]:
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return envelope if isinstance(envelope, dict) else {}


def _text(envelope: dict[str, Any], name: str) -> str | None:
    value = envelope.get(name)
    return value if isinstance(value, str) and value else None


def _phrase(response: httpx.Response) -> str:
    try:
        return HTTPStatus(response.status_code).phrase
    except ValueError:
        return "(a status of no standard)"


def _advice(response: httpx.Response) -> str:
    url = response.request.url
    status = response.status_code
    agent = _AGENT.search(url.raw_path.decode())
    named = f"agent {unquote(agent[1])!r}" if agent else "this"
    if response.has_redirect_location:
        location = response.headers["location"]
        target = without_key(response, location.encode()).decode()
        return (
            f"Redirects are not followed (this one leads to {target!r}): check region or base_url"
        )
    if status == HTTPStatus.UNAUTHORIZED:
        return (
            f"{url.host} does not accept this API key. A key works only in the region in which it "
            "was made: check that region (or base_url) is the key's own"
        )
    if status == HTTPStatus.FORBIDDEN:
        return f"The API key has no access to {named} on {url.host}: check agent_id"
    if status == HTTPStatus.NOT_FOUND:
        return f"Looked for with {named} on {url.host}: check the id and agent_id"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _pause_advice(response)
    return ""


def _pause_advice(response: httpx.Response) -> str:
    seconds = retry_after_seconds(response.headers)
    if seconds is None:
        return "Send fewer requests at once, and try again later"
    return f"Try again in {seconds:.0f} s"
