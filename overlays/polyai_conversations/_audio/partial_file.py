"""A file that is being downloaded: its bytes so far, and what is needed to resume it.

The bytes are in `.name.part` beside the target. `.name.part.json` says which recording they belong
to, so that a later call, or another process, can continue.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from polyai_conversations._files import exclusive_lock, replace_file, sync_file

from .ranges import ResumeToken

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

_BLOCK_SIZE: Final = 2**20


@contextmanager
def open_partial_file(target: Path) -> Generator[PartialFile]:
    """Open the partial file of a target, or create it; no other writer can have it meanwhile.

    Raises:
        FileBusyError: Another thread or process is downloading to the same target.
        OSError: The file cannot be opened.

    """
    message = (
        f"{target} is being written by another call or process; wait for it to finish, or choose "
        "another name"
    )
    with exclusive_lock(target.with_name(f".{target.name}.lock"), message):
        partial = PartialFile(target)
        try:
            yield partial
        finally:
            partial.close()


class PartialFile:
    """The bytes of a file that have arrived.

    Attributes:
        size: Number of bytes.
        resume_token: The recording that they belong to; None if they cannot be continued.

    """

    def __init__(self, target: Path) -> None:
        self._target = target
        self._path = target.with_name(f".{target.name}.part")
        self._metadata = target.with_name(f".{target.name}.part.json")
        self._file = self._path.open("a+b", buffering=0)
        self._digest = hashlib.sha256()
        self.resume_token = self._read_metadata()
        self.size = self._path.stat().st_size
        if self.resume_token is None:
            self._truncate(0)

    def discard(self) -> None:
        """Drop everything, to start from the first byte."""
        self.start(0, None)

    def start(self, offset: int, resume_token: ResumeToken | None) -> None:
        """Keep the bytes before `offset`, and continue with bytes of the given recording."""
        self._truncate(offset)
        self._digest = hashlib.sha256()
        if resume_token != self.resume_token:
            self._write_metadata(resume_token)

    def read_blocks(self) -> Iterator[bytes]:
        """Read and hash the bytes that are there."""
        self._file.seek(0)
        while block := self._file.read(_BLOCK_SIZE):
            self._digest.update(block)
            yield block

    def append(self, block: bytes) -> None:
        """Hash and write bytes. After an error, none of them are in the file.

        Raises:
            OSError: They cannot be written.

        """
        self._digest.update(block)
        rest = memoryview(block)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except BaseException:
            self._truncate(self.size)
            raise
        self.size += len(block)

    def commit(self) -> str:
        """Move the file to its target, once it is on the disk.

        Returns:
            Its SHA-256, in hexadecimal digits.

        """
        sync_file(self._file)
        self._file.close()
        self._metadata.unlink(missing_ok=True)
        replace_file(self._path, self._target)
        return self._digest.hexdigest()

    def close(self) -> None:
        """Keep the bytes if they can be continued, and remove them if not."""
        self._file.close()
        if self.resume_token is None:
            self._path.unlink(missing_ok=True)

    def _truncate(self, size: int) -> None:
        self._file.truncate(size)
        self.size = size

    def _write_metadata(self, resume_token: ResumeToken | None) -> None:
        # Written before the first byte: bytes must never be taken for those of another recording.
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
