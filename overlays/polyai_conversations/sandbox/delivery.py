"""How a recording travels: whole or from a byte on, with its size or without, or cut on the way."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.responses import StreamingResponse

from .answers import RefusedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.datastructures import Headers
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

    from .tape import Tape

    Cuts = Mapping[int, int]

HANG_UP: Final = "hang_up"
"""Name in an ASGI scope's state of the function that closes its connection."""

_RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


class Delivery:
    """Answers with recordings.

    Args:
        ranges: Whether a part may be asked for.
        chunked: Whether the size is kept back, as by a server that sends while it records.
        cuts: After how many bytes of its body the nth answer (the first is 1) breaks off.

    """

    def __init__(self, *, ranges: bool, chunked: bool, cuts: Cuts) -> None:
        self._ranges = ranges
        self._chunked = chunked
        self._cuts = cuts
        self._answers = 0

    def answer(self, request: Request, tape: Tape) -> Response:
        """Answer a request for a recording.

        Raises:
            RefusedError: It asks for a part behind the end.

        """
        self._answers += 1
        start, stop = 0, tape.size
        headers = {"Accept-Ranges": "none"}
        part = None
        if self._ranges:
            headers = {"Accept-Ranges": "bytes", "ETag": tape.etag}
            part = wanted_part(request.headers, tape)
        if part is not None:
            start, stop = part
            headers["Content-Range"] = f"bytes {start}-{stop - 1}/{tape.size}"
        if not self._chunked:
            headers["Content-Length"] = str(stop - start)
        status = HTTPStatus.OK if part is None else HTTPStatus.PARTIAL_CONTENT
        cut = self._cuts.get(self._answers, math.inf)
        if cut >= stop - start:
            return StreamingResponse(_sent(tape, start, stop), status, headers, "audio/wav")
        return _Broken(_sent(tape, start, start + int(cut)), status, headers, "audio/wav")


def wanted_part(headers: Headers, tape: Tape) -> tuple[int, int] | None:
    """Read which part is asked for, as first byte and first byte after it; None for the whole.

    Raises:
        RefusedError: There is no such part.

    """
    given = _RANGE.fullmatch(headers.get("range", ""))
    if given is None or given.groups() == ("", ""):
        return None
    if headers.get("if-range", tape.etag) != tape.etag:
        return None
    first, last = given.groups()
    start = int(first) if first else max(tape.size - int(last), 0)
    stop = min(int(last) + 1, tape.size) if first and last else tape.size
    if start >= stop:
        raise RefusedError(
            HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
            "RANGE_NOT_SATISFIABLE",
            f"The recording has {tape.size} bytes",
            {"Content-Range": f"bytes */{tape.size}"},
        )
    return start, stop


def check_cuts(cuts: object) -> None:
    """Insist on a script of whole numbers.

    Raises:
        ValueError: It is none.

    """
    numbers = [*cuts, *cuts.values()] if isinstance(cuts, Mapping) else [None]
    if not all(isinstance(number, int) and number >= 0 for number in numbers):
        raise ValueError(
            "disconnect_after must be a mapping from the number of a recording response to the "
            f"number of bytes after which to disconnect, not {cuts!r}"
        )


class _Broken(StreamingResponse):
    """Promises more than it sends, and hangs up."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send(
            {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        )
        async for piece in self.body_iterator:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        scope["state"][HANG_UP]()
        while (await receive())["type"] != "http.disconnect":
            continue


async def _sent(tape: Tape, start: int, stop: int) -> AsyncIterator[bytes]:
    # Starlette would take a plain iterator to another thread for each piece.
    for piece in tape.pieces(start, stop):
        yield piece
