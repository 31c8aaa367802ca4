"""File names for recordings: distinct for distinct ids, and valid on every file system."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

_MAX_STEM: Final = 150
_RESERVED: Final = frozenset(
    {"con", "prn", "aux", "nul"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(10)}
)


def recording_filename(conversation_id: str, direction: str, *, redacted: bool) -> str:
    """Return the file name of a recording, such as `ID.wav` or `ID.user.redacted.wav`."""
    parts = [direction] * (direction != "combined") + ["redacted"] * redacted
    return ".".join([safe_filename(conversation_id), *parts, "wav"])


def recording_filenames(conversation_id: str) -> Iterator[str]:
    """Yield every name that `recording_filename` can return for a conversation.

    Recordings of both speakers come first, and redacted ones last.
    """
    for redacted in (False, True):
        for direction in ("combined", "user", "agent"):
            yield recording_filename(conversation_id, direction, redacted=redacted)


def safe_filename(conversation_id: str) -> str:
    """Return a file name, without its extension, that no other id has.

    Letters, digits, `-` and `_` are kept; other characters are escaped as in URLs. If the id has
    capital letters, `~` and a number encode which, so that names also differ on file systems that
    ignore case. A name that would exceed 150 characters is cut and ends in the SHA-256 of the id.
    """
    quoted = quote(conversation_id, safe="", errors="surrogatepass")
    escaped = quoted.replace(".", "%2E").replace("~", "%7E")
    if escaped.lower() in _RESERVED:
        escaped = f"%{ord(escaped[0]):02X}{escaped[1:]}"
    capitals = sum(1 << n for n, letter in enumerate(conversation_id) if "A" <= letter <= "Z")
    stem = f"{escaped}~{capitals:x}" if capitals else escaped
    if len(stem) <= _MAX_STEM:
        return stem
    digest = hashlib.sha256(conversation_id.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{escaped[: _MAX_STEM - len(digest) - 2]}~~{digest}"
