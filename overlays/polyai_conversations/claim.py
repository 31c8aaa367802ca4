"""A file that one writer at a time may have, among threads and processes alike."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from .errors import FileBusyError

if TYPE_CHECKING:
    from io import FileIO
    from pathlib import Path


def claim(path: Path) -> FileIO:
    """Open a file for appending, unbuffered, made if need be; it is ours until it is closed.

    On Windows nothing is claimed: there, a file that is open elsewhere cannot be replaced anyway.

    Raises:
        FileBusyError: Another writer has it.
        OSError: It cannot be opened.

    """
    while True:
        file = path.open("a+b", buffering=0)
        try:
            _lock(file, path)
            if _is_at(file, path):
                return file
        except BaseException:
            file.close()
            raise
        file.close()  # its last writer was done between our opening and our claim


def _is_at(file: FileIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


if sys.platform == "win32":

    def _lock(file: FileIO, path: Path) -> None: ...

else:
    import fcntl

    def _lock(file: FileIO, path: Path) -> None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FileBusyError(
                f"{path} is being written by someone else; wait until it is done, or choose "
                "another name"
            ) from None
