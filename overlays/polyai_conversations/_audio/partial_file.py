"""A file that is being downloaded: its bytes so far, and what is needed to resume it.

The bytes are in `.name.part` beside the target. `.name.part.json` says which recording they belong
to, so that a later call, or another process, can resume the download.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Final

import attrs

from polyai_conversations._files import exclusive_lock, replace_file, sync_file

from .ranges import ResumeToken

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from io import FileIO
    from pathlib import Path

_BLOCK_SIZE: Final = 2**20


@contextmanager
def open_partial_file(target: Path) -> Generator[PartialFile]:
    """Open or create the partial file of a target, and keep other writers out until it is closed.

    Raises:
        FileBusyError: Another thread or process is downloading to the same target.
        OSError: The file cannot be opened.

    """
    message = (
        f"{target} is being written by another call or process; wait for it to finish, or choose "
        f"another name"
    )
    with (
        exclusive_lock(target.with_name(f".{target.name}.lock"), message),
        target.with_name(f".{target.name}.part").open("a+b", buffering=0) as file,
        closing(PartialFile(target, file)) as partial,
    ):
        yield partial


class PartialFile:
    """The bytes of a file that have arrived.

    Args:
        target: The file that is to be written.
        file: The open partial file.

    Attributes:
        size: Number of bytes that have arrived.
        resume_token: The recording that they belong to; None if they cannot be resumed.

    """

    def __init__(self, target: Path, file: FileIO) -> None:
        self._target = target
        self._file = file
        self._path = target.with_name(f".{target.name}.part")
        self._metadata = target.with_name(f".{target.name}.part.json")
        self._digest = hashlib.sha256()
        self.resume_token = self._read_metadata()
        self.size = self._path.stat().st_size
        if self.resume_token is None:
            self._truncate(0)

    def discard(self) -> None:
        """Remove all bytes, so that the download starts over."""
        self.start(0, None)

    def start(self, offset: int, resume_token: ResumeToken | None) -> None:
        """Keep the bytes before `offset`, and expect the next bytes of the given recording."""
        self._truncate(offset)
        self._digest = hashlib.sha256()
        if resume_token != self.resume_token:
            self._write_metadata(resume_token)

    def read_blocks(self) -> Iterator[bytes]:
        """Read and hash the bytes that have arrived."""
        self._file.seek(0)
        while block := self._file.read(_BLOCK_SIZE):
            self._digest.update(block)
            yield block

    def append(self, block: bytes) -> None:
        """Write and hash bytes.

        Raises:
            OSError: They cannot be written. Those that were written before remain in the file.

        """
        rest = memoryview(block)
        while rest:
            written = self._file.write(rest)
            self._digest.update(rest[:written])
            self.size += written
            rest = rest[written:]

    def commit(self) -> str:
        """Move the file to its target, once it is on the disk.

        Returns:
            Its SHA-256, in hexadecimal digits.

        """
        sync_file(self._file)
        self._file.close()
        replace_file(self._path, self._target)
        self._metadata.unlink(missing_ok=True)
        return self._digest.hexdigest()

    def close(self) -> None:
        """Keep the bytes if their download can be resumed, and remove them if not."""
        self._file.close()
        if self.resume_token is None:
            self._path.unlink(missing_ok=True)
            self._metadata.unlink(missing_ok=True)

    def _truncate(self, size: int) -> None:
        self._file.truncate(size)
        self.size = size

    def _write_metadata(self, resume_token: ResumeToken | None) -> None:
        # It is written before the first byte, so that it never describes another recording's bytes.
        self.resume_token = None
        self._metadata.unlink(missing_ok=True)
        if resume_token is not None:
            self._metadata.write_text(json.dumps(attrs.asdict(resume_token)))
            self.resume_token = resume_token

    def _read_metadata(self) -> ResumeToken | None:
        try:
            metadata = json.loads(self._metadata.read_text())
            return ResumeToken(url=metadata["url"], validator=metadata["validator"])
        except (OSError, ValueError, LookupError, TypeError):
            return None
