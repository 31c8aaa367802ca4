"""Opens files that only this user can read, beside files that others may have planted.

In a directory that others can write to, a symbolic link with the name of a temporary file would
redirect what is written to it. A link, or a file of another user, is therefore replaced.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from io import BufferedWriter, FileIO
from pathlib import Path
from typing import Final

_NO_LINKS: Final = getattr(os, "O_NOFOLLOW", 0)  # Windows does not have it
_OWNER_ONLY: Final = 0o600


def open_private(path: Path) -> FileIO:
    """Open a file of this user, or create one, for reading and appending.

    Raises:
        OSError: It cannot be opened.
    """
    exists = _keep_own_file(path)
    return _open(path, "a+b", os.O_APPEND if exists else os.O_EXCL)


def write_private(path: Path, text: str) -> None:
    """Write a new file in place of an existing one.

    Raises:
        OSError: It cannot be written.
    """
    path.unlink(missing_ok=True)
    with BufferedWriter(_open(path, "wb", os.O_EXCL)) as file:
        file.write(text.encode())


def read_private(path: Path) -> str:
    """Read a file of this user.

    Raises:
        OSError: It cannot be read, or is a link or a file of another user.
        ValueError: It is not UTF-8.
    """
    if not _is_own_file(path.lstat()):
        raise PermissionError(f"{path} is a link or belongs to another user")
    with _open(path, "rb", 0) as file:
        return file.read().decode()


def remove_link(path: Path) -> None:
    """Remove a symbolic link, so that whatever is opened with its name is not its target."""
    if path.is_symlink():
        path.unlink()


def share_as_usual(file: FileIO, path: Path) -> None:
    """Give a private file the permissions that the umask gives to new files.

    Raises:
        OSError: The permissions cannot be changed.
    """
    if sys.platform == "win32":
        return
    # Only a new file shows the umask without changing it for other threads.
    probe = path.with_name(f"{path.name}.mode")
    probe.unlink(missing_ok=True)
    descriptor = os.open(probe, os.O_CREAT | os.O_EXCL | os.O_WRONLY | _NO_LINKS, 0o666)
    try:
        mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
    finally:
        os.close(descriptor)
        probe.unlink()
    os.fchmod(file.fileno(), mode)


def _open(path: Path, mode: str, flags: int) -> FileIO:
    """Open a file with further flags, but never follow a link to it."""
    return FileIO(path, mode.replace("b", ""), opener=_opener(flags))


def _opener(further_flags: int) -> Callable[[str, int], int]:
    def opener(path: str, flags: int) -> int:
        return os.open(path, flags | further_flags | _NO_LINKS, _OWNER_ONLY)

    return opener


def _keep_own_file(path: Path) -> bool:
    """Return whether a file of this user exists; remove anything else with its name."""
    with suppress(FileNotFoundError):
        if _is_own_file(path.lstat()):
            return True
        path.unlink()
    return False


def _is_own_file(status: os.stat_result) -> bool:
    has_other_names = status.st_nlink > 1  # a hard link is as bad as a symbolic one
    is_own = sys.platform == "win32" or status.st_uid == os.geteuid()
    return stat.S_ISREG(status.st_mode) and is_own and not has_other_names
