"""Exclusive locks and atomic replacement of files."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING

from filelock import FileLock, Timeout

from .errors import FileBusyError

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


@contextmanager
def exclusive_lock(path: Path, message: str) -> Generator[None]:
    """Hold a lock, which excludes other threads and processes, during the `with` block.

    Args:
        path: The lock file, which is removed at the end.
        message: Text of the error if the lock is taken.

    Raises:
        FileBusyError: Another thread or process holds the lock.
        OSError: The lock file cannot be created.

    """
    try:
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
    """Wait until everything that was written to a file is on the disk."""
    file.flush()
    os.fsync(file.fileno())


def replace_file(source: Path, target: Path) -> None:
    """Move a closed file, whose content is on the disk, to its final name."""
    source.replace(target)
    if sys.platform == "win32":
        return
    directory = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
