"""Responds with recordings: whole or partial, with or without a size, complete or truncated."""

from __future__ import annotations

import math
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.responses import StreamingResponse

from .error_responses import ApiError
from .faults import DisconnectSchedule, TruncatedResponse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.datastructures import Headers
    from starlette.requests import Request
    from starlette.responses import Response

    from polyai_conversations.sandbox.audio.source import AudioSource

_RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


class AudioResponder:
    """Responds to requests for recordings.

    Args:
        accept_ranges: Whether to support range requests.
        chunked: Whether to use chunked transfer encoding instead of `Content-Length`.
        disconnect_after: Which responses to truncate.

    """

    def __init__(
        self, *, accept_ranges: bool, chunked: bool, disconnect_after: DisconnectSchedule
    ) -> None:
        self._accept_ranges = accept_ranges
        self._chunked = chunked
        self._disconnect_after = disconnect_after
        self._responses = 0

    def respond(self, request: Request, source: AudioSource) -> Response:
        """Return the response to a request for a recording.

        Raises:
            ApiError: The requested range starts beyond the end.

        """
        self._responses += 1
        status, start, stop = HTTPStatus.OK, 0, source.size
        headers = {"Accept-Ranges": "none"}
        if self._accept_ranges:
            headers = {"Accept-Ranges": "bytes", "ETag": source.etag}
            if requested := requested_range(request.headers, source):
                status, (start, stop) = HTTPStatus.PARTIAL_CONTENT, requested
                headers["Content-Range"] = f"bytes {start}-{stop - 1}/{source.size}"
        if not self._chunked:
            headers["Content-Length"] = str(stop - start)
        sent = self._disconnect_after.get(self._responses, math.inf)
        if sent >= stop - start:
            return StreamingResponse(_stream(source, start, stop), status, headers, "audio/wav")
        body = _stream(source, start, start + int(sent))
        return TruncatedResponse(body, status, headers, "audio/wav")


def requested_range(headers: Headers, source: AudioSource) -> tuple[int, int] | None:
    """Return the requested range: the offset of its first byte and the one after its last.

    Returns None if the request is for the whole recording.

    Raises:
        ApiError: The range starts beyond the end.

    """
    match = _RANGE.fullmatch(headers.get("range", ""))
    if match is None or match.groups() == ("", ""):
        return None
    if headers.get("if-range", source.etag) != source.etag:
        return None
    first, last = match.groups()
    start = int(first) if first else max(source.size - int(last), 0)
    stop = min(int(last) + 1, source.size) if first and last else source.size
    if start >= stop:
        raise ApiError(
            HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
            None,
            f"The recording has {source.size} bytes",
            {"Content-Range": f"bytes */{source.size}"},
        )
    return start, stop


async def _stream(source: AudioSource, start: int, stop: int) -> AsyncIterator[bytes]:
    # Starlette would run a synchronous iterator in a thread, one hop per chunk.
    for chunk in source.chunks(start, stop):
        yield chunk
