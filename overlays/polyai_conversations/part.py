"""What there is of a file that is being fetched, and where it came from; on the disk.

The bytes lie beside the file to be, in `.name.part`; what they came from stands in
`.name.part.json`, so that a later call, or a later process, can go on from there.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Final

import attrs

from .claim import claim
from .resume import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BLOCK: Final = 2**20
_SENT_AHEAD: Final = 2**23


class Part:
    """The part of one file, ours alone until it is closed.

    Args:
        target: The file to be.

    Attributes:
        origin: What the bytes came from; None where they cannot be gone on from.

    Raises:
        FileBusyError: Someone else is writing it.
        OSError: It cannot be opened.

    """

    def __init__(self, target: Path) -> None:
        self._target = target
        self._path = target.with_name(f".{target.name}.part")
        self._note = target.with_name(f".{target.name}.part.json")
        self._file = claim(self._path)
        self._sent_ahead = 0
        self._is_placed = False
        self._noted = self._read_note() if self.size else None
        self.origin = self._noted
        if self.origin is None:
            self._file.truncate(0)

    @property
    def size(self) -> int:
        """Number of bytes there are."""
        return os.fstat(self._file.fileno()).st_size

    def begin(self, start: int, origin: Origin | None) -> None:
        """Keep the bytes before `start`, and let those of this origin follow."""
        self._file.truncate(start)
        self._sent_ahead = start
        self.origin = origin

    def blocks(self) -> Iterator[bytes]:
        """Read what there is."""
        self._file.seek(0)
        while block := self._file.read(_BLOCK):
            yield block

    def write(self, block: memoryview) -> None:
        """Add bytes of the origin.

        Raises:
            OSError: They cannot be written.

        """
        self._write_note()
        while block:
            block = block[self._file.write(block) :]
        self._send_ahead()

    def end(self) -> None:
        """Say that what is written next is the rest: whence it came matters only if noted yet."""
        if self.origin != self._noted:
            self.origin = None  # a note of something else must not outlive it

    def place(self) -> None:
        """Put the file in its place, once the disk has it."""
        os.fsync(self._file.fileno())
        self._note.unlink(missing_ok=True)
        self._close_on_windows()
        self._path.replace(self._target)
        self._is_placed = True
        _sync_folder(self._target.parent)

    def close(self) -> None:
        """Let others have it; what cannot be gone on from is removed."""
        self._close_on_windows()
        if self.origin is None and not self._is_placed:
            self._path.unlink(missing_ok=True)
            self._note.unlink(missing_ok=True)
        self._file.close()

    def _close_on_windows(self) -> None:
        # Elsewhere the claim holds until the file is in its place; there, none can be moved open.
        if sys.platform == "win32":
            self._file.close()

    def _send_ahead(self) -> None:
        """Let the disk begin, so that little is left to wait for at the end."""
        if sys.platform != "linux":
            return
        waiting = self._file.tell() - self._sent_ahead
        if waiting >= _SENT_AHEAD:
            # Linux begins to write what it hears will not be needed, and waits for nothing.
            os.posix_fadvise(self._file.fileno(), self._sent_ahead, waiting, os.POSIX_FADV_DONTNEED)
            self._sent_ahead += waiting

    def _write_note(self) -> None:
        """Say what the bytes come from, before they are there."""
        if self._noted == self.origin:
            return
        if self.origin is None:
            self._note.unlink(missing_ok=True)
        else:
            self._note.write_text(json.dumps(attrs.asdict(self.origin)))
        self._noted = self.origin

    def _read_note(self) -> Origin | None:
        try:
            note = json.loads(self._note.read_text())
            return Origin(request=note["request"], validator=note["validator"])
        except (OSError, ValueError, LookupError, TypeError):
            return None


def _sync_folder(folder: Path) -> None:
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
