"""An HTTP server for one recording, to be used through `httpx.MockTransport`."""

from __future__ import annotations

import asyncio
import hashlib
import re
from typing import TYPE_CHECKING

import attrs
import httpx

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


@attrs.define
class Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A response body for either kind of client.

    Attributes:
        chunks: The chunks in which it arrives.
        error: Raised after the last chunk, if any.
        closed: Whether the client has closed it.

    """

    chunks: list[bytes]
    error: BaseException | None = None
    closed: bool = False

    def __iter__(self) -> Iterator[bytes]:
        yield from self.chunks
        if self.error is not None:
            raise self.error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self:
            await asyncio.sleep(0)
            yield chunk

    def close(self) -> None:
        self.closed = True

    async def aclose(self) -> None:
        self.closed = True


def split(data: bytes, size: int) -> list[bytes]:
    """Split into chunks of a size in bytes; the last one may be shorter."""
    return [data[at : at + size] for at in range(0, len(data), size)]


def etag_of(file: bytes) -> str:
    """Return the ETag under which `RecordingServer` serves a recording."""
    return f'"{hashlib.sha256(file).hexdigest()}"'


@attrs.define
class RecordingServer:
    """Serves a recording with a strong ETag, and resumes it where the client asks.

    Attributes:
        file: The recording.
        chunk_size: Size of the chunks that it sends, in bytes.
        breaks_at: One response each breaks off at these bytes of the file, in order.
        requests: The requests so far.

    """

    file: bytes
    chunk_size: int = 600_000
    breaks_at: list[int] = attrs.Factory(list)
    requests: list[httpx.Request] = attrs.Factory(list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        etag = etag_of(self.file)
        start = _range_start(request, etag)
        if start >= len(self.file):
            return httpx.Response(416)
        end = self.breaks_at.pop(0) if self.breaks_at else len(self.file)
        error = httpx.ReadError("reset") if end < len(self.file) else None
        return httpx.Response(
            206 if start else 200,
            headers={
                "content-type": "audio/wav",
                "content-length": str(len(self.file) - start),
                "etag": etag,
                "content-range": f"bytes {start}-{len(self.file) - 1}/{len(self.file)}",
            },
            stream=Body(split(self.file[start:end], self.chunk_size), error),
        )


def _range_start(request: httpx.Request, etag: str) -> int:
    asked = re.fullmatch(r"bytes=(\d+)-", request.headers.get("range", ""))
    return int(asked[1]) if asked and request.headers["if-range"] == etag else 0
