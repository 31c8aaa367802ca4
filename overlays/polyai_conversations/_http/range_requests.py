"""Decides from the headers whether and where an interrupted download continues; no I/O.

The bytes of two files must never be mixed, so a download continues only if the server identifies
the file by a strong ETag and confirms, with status 206, the offset that it sends from. It must also
say, by the total size, that the range reaches the end of the file: a server may send less than was
requested, and with a size of `*` nothing would show that bytes are missing.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Final

import attrs
import httpx

_CONTENT_RANGE: Final = re.compile(r"bytes (\d{1,19})-(\d{1,19})/(\d{1,19})", re.ASCII)


@attrs.frozen
class ResumeToken:
    """Identifies the file on the server that a partial file belongs to.

    Attributes:
        url: The URL that was requested, with its query.
        validator: The strong ETag that the server sent.
    """

    url: str
    validator: str


def resume_token_of(response: httpx.Response) -> ResumeToken | None:
    """Return the token that identifies a file, or None if its download cannot be resumed."""
    validator = response.headers.get("etag", "")
    is_strong = validator.startswith('"') and validator.isascii()
    # A part of a compressed body cannot be decoded by itself.
    is_encoded = response.headers.get("content-encoding", "identity") != "identity"
    if not is_strong or is_encoded or response.headers.get("accept-ranges") == "none":
        return None
    return ResumeToken(str(response.request.url), validator)


def set_range_headers(request: httpx.Request, token: ResumeToken | None, size: int) -> None:
    """Request the bytes after the first `size`, or the whole file if the recording has changed."""
    for name in ("Range", "If-Range"):
        request.headers.pop(name, None)
    if size and token is not None and token.url == str(request.url):
        request.headers.update({"Range": f"bytes={size}-", "If-Range": token.validator})


def resume_offset(response: httpx.Response, token: ResumeToken | None, size: int) -> int | None:
    """Return the offset in the file at which a response body begins.

    Args:
        response: The response, before its body is read.
        token: The recording that the partial file belongs to.
        size: The size of the partial file in bytes.

    Returns:
        `size` if the body continues the file, 0 if it starts from the beginning, None if it does
        neither.
    """
    if response.status_code != HTTPStatus.PARTIAL_CONTENT:
        return 0
    content_range = _content_range(response)
    if content_range is None or token is None or resume_token_of(response) != token:
        return None
    first, last, total = content_range.groups()
    reaches_the_end = int(last) + 1 == int(total)
    return size if int(first) == size and reaches_the_end else None


def file_size(response: httpx.Response, offset: int) -> int | None:
    """Return the size of the whole file in bytes, or None if the server does not say."""
    content_range = _content_range(response)
    if content_range is not None:
        return int(content_range[3])
    size = content_length(response)
    return None if size is None else offset + size


def content_length(response: httpx.Response) -> int | None:
    """Return the size of the body in bytes, or None if the server does not say."""
    if response.headers.get("content-encoding", "identity") != "identity":
        return None
    length = response.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else None


def _content_range(response: httpx.Response) -> re.Match[str] | None:
    if response.status_code != HTTPStatus.PARTIAL_CONTENT:
        return None
    return _CONTENT_RANGE.fullmatch(response.headers.get("content-range", ""))
