"""Files that appear only when they are complete: locks, atomic replacement, partial downloads.

A download is written to `.name.part` beside the target, which only this user can read.
`.name.part.json` identifies the file on the server, so that a later call, or another process, can
resume it.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager, suppress
from io import FileIO
from pathlib import Path
from shutil import SpecialFileError
from typing import IO, Final

import attrs

from ._http.range_requests import ResumeToken
from ._private_files import (
    open_private,
    read_private,
    remove_link,
    share_as_usual,
    write_private,
)
from .errors import FileBusyError

OnProgress = Callable[[int, int | None], object]
"""Called with the bytes received so far and the total number of bytes, or None if unknown."""

_BLOCK_SIZE: Final = 2**20
# The user may write to the directory but not read it, or the file system cannot sync directories.
_CANNOT_SYNC_DIRECTORY: Final = frozenset({errno.EACCES, errno.EINVAL, errno.ENOTSUP})


@attrs.frozen
class SavedFile:
    """A response body that has been saved to a file.

    Attributes:
        path: The file.
        bytes: Its size in bytes.
        sha256: Its SHA-256, in hexadecimal digits.
    """

    path: Path
    bytes: int
    sha256: str


@contextmanager
def exclusive_lock(path: Path, message: str) -> Generator[None]:
    """Hold a lock file against other threads and processes for the duration of the `with` block.

    Args:
        path: The lock file, which is removed at the end.
        message: Text of the error if the lock is taken.

    Raises:
        FileBusyError: Another thread or process holds the lock.
        OSError: The lock file cannot be created.
    """
    from filelock import FileLock, Timeout  # here, because it takes longer than a call

    try:
        remove_link(path)
        with FileLock(path, timeout=0, thread_local=False):
            try:
                yield
            finally:
                # The file is removed while the lock is held. Whoever has opened it by then notices.
                with suppress(OSError):  # Windows refuses; there, filelock removes the file
                    path.unlink()
    except Timeout:
        raise FileBusyError(message) from None


def sync_file(file: IO[bytes]) -> None:
    """Flush everything that was written to a file to the disk."""
    file.flush()
    os.fsync(file.fileno())


def replace_file(source: Path, target: Path) -> None:
    """Move a file that has been synced and closed to its final name."""
    source.replace(target)
    try:
        _sync_directory(target.parent)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC_DIRECTORY:
            raise


@contextmanager
def open_partial_file(target: Path, *, overwrite: bool) -> Generator[PartialFile]:
    """Open or create the partial file of a target, and lock it against other writers.

    Raises:
        FileNotFoundError: The target's directory does not exist.
        IsADirectoryError: The target is a directory.
        SpecialFileError: The target is a pipe, a socket or a device.
        FileExistsError: The target exists, and `overwrite` is false.
        FileBusyError: Another thread or process is downloading to the same target.
        OSError: The file cannot be opened.
    """
    _check_target(target, overwrite=overwrite)
    message = (
        f"{target} is being written by another call or process; wait for it to finish, or choose "
        "another name"
    )
    with (
        exclusive_lock(target.with_name(f".{target.name}.lock"), message),
        open_private(target.with_name(f".{target.name}.part")) as file,
        closing(PartialFile(target, file)) as partial,
    ):
        _check_target(target, overwrite=overwrite)  # another writer may just have finished
        yield partial


class PartialFile:
    """The part of a file that has been downloaded.

    Args:
        target: The file that is to be written.
        file: The open partial file.

    Attributes:
        size: Number of bytes that have arrived.
        resume_token: The file on the server that they belong to; None if they cannot be resumed.
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
        """Keep the bytes before `offset`, and expect the next bytes of the given file."""
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
        """Flush the file to the disk and move it to its target.

        Returns:
            Its SHA-256, in hexadecimal digits.
        """
        share_as_usual(self._file, self._path)
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
        # It is written before the first byte, so that it never describes another file's bytes.
        self.resume_token = None
        self._metadata.unlink(missing_ok=True)
        if resume_token is not None:
            write_private(self._metadata, json.dumps(attrs.asdict(resume_token)))
            self.resume_token = resume_token

    def _read_metadata(self) -> ResumeToken | None:
        try:
            metadata = json.loads(read_private(self._metadata))
            return ResumeToken(url=metadata["url"], validator=metadata["validator"])
        except (OSError, ValueError, LookupError, TypeError):
            return None


def _sync_directory(path: Path) -> None:
    if sys.platform == "win32":
        return
    directory = os.open(path, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _check_target(path: Path, *, overwrite: bool) -> None:
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path.parent} is not a directory; create it first")
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a directory; name a file in it")
    if _is_special_file(path):
        raise SpecialFileError(
            f"{path} is a pipe, a socket or a device, which a file would replace; name a regular "
            "file, or one that does not exist"
        )
    if not overwrite and os.path.lexists(path):
        raise FileExistsError(f"{path} exists; pass overwrite=True to replace it")


def _is_special_file(path: Path) -> bool:
    if path.is_symlink() and path.readlink().is_relative_to("/proc"):
        return True  # such as /dev/stdout, even if the output of the process goes to a file
    return path.exists() and not path.is_file()
