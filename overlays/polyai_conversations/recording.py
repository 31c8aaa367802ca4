"""A recording: the WAV file that the API sends for a conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Breach
from .operation import invalid

if TYPE_CHECKING:
    import httpx


def whole_recording(response: httpx.Response) -> bytes:
    """Give the recording that a read answer holds.

    Raises:
        ResponseValidationError: It is not a WAV file.

    """
    body = response.content
    if body[:4] not in {b"RIFF", b"RF64", b"BW64"} or body[8:12] != b"WAVE":
        kind = response.headers.get("content-type", "no content type")
        raise invalid(response, Breach(None, f"is not a WAV file ({len(body)} bytes, {kind})"))
    return body
