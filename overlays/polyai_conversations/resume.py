"""Whether and where a download that was cut may go on; a pure reading of headers.

Bytes of two recordings must never be joined. So a download goes on only where the server names the
recording by a strong validator and confirms, with status 206, that it sends on from the very byte.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import attrs

from .intake import body_size

if TYPE_CHECKING:
    import httpx

_CONTENT_RANGE: Final = re.compile(r"bytes (\d{1,19})-(\d{1,19})/(\d{1,19}|\*)", re.ASCII)


@attrs.frozen
class Origin:
    """What a part of a recording came from.

    Attributes:
        request: The address that was asked, with its query.
        validator: The strong ETag that the server gave.

    """

    request: str
    validator: str


def origin_of(response: httpx.Response) -> Origin | None:
    """Tell what a body comes from, or None where a cut in it could not be mended."""
    validator = response.headers.get("etag", "")
    is_strong = validator.startswith('"') and validator.isascii()
    # A part of an encoded body cannot be decoded by itself.
    is_encoded = response.headers.get("content-encoding", "identity") != "identity"
    if not is_strong or is_encoded or response.headers.get("accept-ranges") == "none":
        return None
    return Origin(str(response.request.url), validator)


def range_headers(origin: Origin, have: int) -> dict[str, str]:
    """Give the headers that ask for the rest, or for all if the recording has changed."""
    return {"Range": f"bytes={have}-", "If-Range": origin.validator}


def start_of(response: httpx.Response, origin: Origin | None, have: int) -> int | None:
    """Tell at which byte of the file a body begins, or None where it does not fit what is there."""
    if response.status_code != HTTPStatus.PARTIAL_CONTENT:
        return 0
    given = _content_range(response)
    if given is None or origin is None or origin_of(response) != origin:
        return None
    first, last, total = given.groups()
    reaches_the_end = total in {"*", str(int(last) + 1)}
    return have if int(first) == have and reaches_the_end else None


def full_size(response: httpx.Response, start: int) -> int | None:
    """Tell the size of the whole file, where the server says it."""
    given = _content_range(response)
    if given is not None and given[3] != "*":
        return int(given[3])
    size = body_size(response)
    return None if size is None else start + size


def _content_range(response: httpx.Response) -> re.Match[str] | None:
    if response.status_code != HTTPStatus.PARTIAL_CONTENT:
        return None
    return _CONTENT_RANGE.fullmatch(response.headers.get("content-range", ""))
