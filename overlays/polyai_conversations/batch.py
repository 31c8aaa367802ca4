"""Many recordings into one folder: what each is called, and what came of it; no network."""

from __future__ import annotations

import hashlib
from contextlib import aclosing, closing
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import quote

import attrs

from .arguments import check_folder
from .concurrently import aeach, each
from .config import check_id
from .download import SavedRecording
from .wav import BadHeaderError, HeaderReader

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncGenerator, AsyncIterable, Callable, Generator, Iterable

    from polyai_conversations_api.models import (
        ConversationDetailResponse,
        ConversationSummaryResponse,
    )

    Called = str | ConversationSummaryResponse | ConversationDetailResponse
    Outcome = SavedRecording | Path | Exception
    OnOutcome = Callable[[str, Outcome], object]

Kind = TypeVar("Kind")

FILES_FOR_ONE: Final = 2
"""Files in the works for each recording that is being fetched: while the disk takes one, the next
is on its way."""

_LONGEST_STEM: Final = 150
_BLOCK: Final = 2**16
_RESERVED: Final = frozenset(
    {"con", "prn", "aux", "nul"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(10)}
)


@attrs.frozen
class AudioBatch:
    """What became of many recordings, each under its conversation's id, in the order of the ids.

    Attributes:
        saved: Those that were fetched now.
        skipped: The files that were there already.
        failed: Those that could not be had, and why.

    """

    saved: dict[str, SavedRecording]
    skipped: dict[str, Path]
    failed: dict[str, Exception]


class Batch:
    """A folder that fills with recordings.

    Args:
        directory: The folder; it is made if need be.
        direction: Who is heard in them.
        redacted: Whether personal data is silenced in them.

    """

    def __init__(
        self, directory: str | os.PathLike[str], direction: str, *, redacted: bool
    ) -> None:
        check_folder("directory", directory)
        self._directory = Path(directory)
        self._directory.mkdir(parents=True, exist_ok=True)
        self._direction = direction
        self._redacted = redacted
        self._outcomes: dict[str, Outcome | None] = {}

    def path(self, conversation_id: str) -> Path:
        """Give the file for a recording.

        Raises:
            ValueError: There cannot be a conversation of this id.

        """
        check_id("conversation_id", conversation_id)
        name = recording_name(conversation_id, self._direction, redacted=self._redacted)
        return self._directory / name

    def new_ids(self, called: Iterable[Called]) -> Generator[str]:
        """Give each id when it is first called."""
        with closing(each(called)) as source:
            for one in source:
                if (name := _id_of(one)) not in self._outcomes:
                    self._outcomes[name] = None
                    yield name

    async def anew_ids(
        self, called: Iterable[Called] | AsyncIterable[Called]
    ) -> AsyncGenerator[str]:
        """Give each id when it is first called."""
        async with aclosing(aeach(called)) as source:
            async for one in source:
                if (name := _id_of(one)) not in self._outcomes:
                    self._outcomes[name] = None
                    yield name

    def keep(self, conversation_id: str, outcome: Outcome) -> None:
        """Remember what became of a recording."""
        self._outcomes[conversation_id] = outcome

    def report(self) -> AudioBatch:
        """Sum up."""
        return AudioBatch(
            saved=self._those(SavedRecording),
            skipped=self._those(Path),
            failed=self._those(Exception),
        )

    def _those(self, kind: type[Kind]) -> dict[str, Kind]:
        return {name: what for name, what in self._outcomes.items() if isinstance(what, kind)}


def recording_name(conversation_id: str, direction: str, *, redacted: bool) -> str:
    """Name the file for a recording, like `ID.wav` or `ID.user.redacted.wav`."""
    parts = [direction] * (direction != "combined") + ["redacted"] * redacted
    return ".".join([file_stem(conversation_id), *parts, "wav"])


def file_stem(conversation_id: str) -> str:
    """Give a file name, without suffix, that no other id has, whatever the id holds.

    It is the id itself where that is letters, digits, `-` and `_`; anything else is written as in
    URLs. Where letters are capitals, `~` and a number tell which, so that names stay apart on file
    systems that take `A` and `a` for the same. Ids beyond 150 characters end in their SHA-256.
    """
    quoted = quote(conversation_id, safe="", errors="surrogatepass")
    written = quoted.replace(".", "%2E").replace("~", "%7E")
    if written.lower() in _RESERVED:
        written = f"%{ord(written[0]):02X}{written[1:]}"
    capitals = sum(1 << n for n, letter in enumerate(conversation_id) if "A" <= letter <= "Z")
    stem = f"{written}~{capitals:x}" if capitals else written
    if len(stem) <= _LONGEST_STEM:
        return stem
    digest = hashlib.sha256(conversation_id.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{written[: _LONGEST_STEM - len(digest) - 2]}~~{digest}"


def is_complete(path: Path) -> bool:
    """Tell whether a recording lies there whole."""
    try:
        with path.open("rb") as file:
            reader = HeaderReader()
            while reader.header is None:
                block = file.read(_BLOCK)
                reader.feed(block) if block else reader.finish()
            return path.stat().st_size >= reader.header.least_size
    except (FileNotFoundError, BadHeaderError):
        return False


def _id_of(called: object) -> str:
    """Give the id of a conversation, which may be given as its id or as itself.

    Raises:
        ValueError: It is neither.

    """
    conversation_id = getattr(called, "conversation_id", called)
    if not isinstance(conversation_id, str):
        raise ValueError(f"ids must hold ids or conversations, not {called!r}")
    return conversation_id
