"""File names for recordings: distinct for distinct ids, and valid on every file system."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

_MAX_STEM: Final = 150
"""File systems accept 255 bytes; the rest is for the suffixes, also of partial and lock files."""
_RESERVED: Final = frozenset(
    {"con", "prn", "aux", "nul"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(10)}
)
_CAPITAL_PREFIX: Final = re.compile(
    r"(?:CA|KA)(?=-?(?:[0-9a-f]{8,}|[a-f]*[0-9][0-9a-f]*)\Z)"
    r"|LOCAL(?=-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z)",
    re.ASCII | re.IGNORECASE,
)
"""The prefix of an id that PolyAI makes; it is written in capitals, and the rest in small letters.

A short word such as `cafe` has no such prefix, so that slugs keep their names.
"""


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

    The usual ids are kept: `CA` or `KA` and hexadecimal digits, `LOCAL-` and a UUID, and slugs of
    small letters, digits, `-` and `_`. In other ids, all other characters are escaped as in URLs.

    Names must also differ on file systems that ignore case, so among ids that differ only in case,
    one has no suffix: the usual id, or else the one in small letters. In the others, `~` and a
    number encode which letters are capitals. A name that would exceed 150 characters is cut and
    ends in the SHA-256 of the id.
    """
    quoted = quote(conversation_id, safe="", errors="surrogatepass")
    escaped = quoted.replace(".", "%2E").replace("~", "%7E")
    if escaped.lower() in _RESERVED:
        escaped = f"%{ord(escaped[0]):02X}{escaped[1:]}"
    capitals = sum(1 << n for n, letter in enumerate(conversation_id) if "A" <= letter <= "Z")
    stem = escaped if capitals == _usual_capitals(conversation_id) else f"{escaped}~{capitals:x}"
    if len(stem) <= _MAX_STEM:
        return stem
    digest = hashlib.sha256(conversation_id.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{escaped[: _MAX_STEM - len(digest) - 2]}~~{digest}"


def _usual_capitals(conversation_id: str) -> int:
    """Return the capitals of the only id without a suffix among those that differ only in case."""
    prefix = _CAPITAL_PREFIX.match(conversation_id)
    return (1 << prefix.end()) - 1 if prefix else 0
