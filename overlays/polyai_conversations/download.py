"""A recording on its way into a file: never half a file, and a cut is mended where it can be.

The bytes gather beside the target, in `.name.part`, and take its place only when they are whole
and safe on the disk. What the part came from stands in `.name.part.json`, so that a later call can
go on where an earlier one was cut. No network here: the clients bring the answers.
"""

from __future__ import annotations

import hashlib
import json
import os
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Self

import attrs

from .intake import Intake
from .resume import Origin, full_size, origin_of, range_headers, start_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    import httpx

    from .errors import APIStatusError, IncompleteRecordingError
    from .wav import WavFormat

    Progress = Callable[[int, int | None], object]

_BLOCK = 2**20


@attrs.frozen
class SavedRecording:
    """A recording that was saved whole.

    Attributes:
        path: The file.
        bytes: Its size.
        sha256: Its SHA-256, in hexadecimal digits.
        format: How its samples are to be read.

    """

    path: Path
    bytes: int
    sha256: str
    format: WavFormat


class Download:
    """One file to be, over as many answers as it takes.

    Args:
        target: The file.
        overwrite: Whether it may take the place of a file that is there.
        on_progress: Is told the bytes there are and the bytes there will be, or None.

    Raises:
        FileExistsError: There is such a file, and it may not be overwritten.

    """

    def __init__(
        self, target: str | os.PathLike[str], on_progress: Progress | None, *, overwrite: bool
    ) -> None:
        self._target = Path(target)
        if not overwrite and self._target.exists():
            raise FileExistsError(f"{self._target} exists; pass overwrite=True to replace it")
        self._part = self._target.with_name(f".{self._target.name}.part")
        self._note = self._target.with_name(f".{self._target.name}.part.json")
        self._on_progress = on_progress
        self._origin: Origin | None = None
        self._intake: Intake | None = None
        self._digest = hashlib.sha256()

    def __enter__(self) -> Self:
        self._file = self._part.open("a+b")
        self._origin = self._remembered()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()
        if self._origin is None:
            self._part.unlink(missing_ok=True)
            self._note.unlink(missing_ok=True)

    def aim(self, request: httpx.Request) -> None:
        """Ask for what is missing."""
        for name in ("Range", "If-Range"):
            request.headers.pop(name, None)
        if self._origin is not None and self._origin.request != str(request.url):
            self.forget()
        have = self._file.seek(0, os.SEEK_END)
        if self._origin is not None and have:
            request.headers.update(range_headers(self._origin, have))

    def begin(self, response: httpx.Response) -> None:
        """Take up an answer, before its body.

        Raises:
            IncompleteRecordingError: It does not fit the part that is there; ask anew.

        """
        start = start_of(response, self._origin, self._file.seek(0, os.SEEK_END))
        if start is None:
            self.forget()
            raise Intake(response, None).incomplete()
        self._file.truncate(start)
        self._remember(origin_of(response))
        self._intake = Intake(response, full_size(response, start))
        self._digest = hashlib.sha256()
        self._file.seek(0)
        while block := self._file.read(_BLOCK):
            self._count(block)

    def take(self, chunk: bytes) -> None:
        """Take the next bytes.

        Raises:
            NotAWavError: They show that this is no WAV file.

        """
        self._count(chunk)
        self._file.write(chunk)
        if self._on_progress is not None and self._intake is not None:
            self._on_progress(self._intake.received, self._intake.expected)

    def finish(self) -> SavedRecording:
        """Judge the whole and put it in its place.

        Raises:
            NotAWavError: It is no WAV file.
            IncompleteRecordingError: It is shorter than promised.

        """
        assert self._intake is not None  # noqa: S101 - `begin` came before
        self._intake.finish()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._part.replace(self._target)
        _sync_folder(self._target.parent)
        self._origin = None
        size, file_format = self._intake.received, self._intake.format
        return SavedRecording(self._target, size, self._digest.hexdigest(), file_format)

    def incomplete(self) -> IncompleteRecordingError:
        """Make the error for a body that broke off."""
        assert self._intake is not None  # noqa: S101 - `begin` came before
        return self._intake.incomplete()

    def forget(self) -> None:
        """Start over: what is there is of no use."""
        self._remember(None)
        self._file.truncate(0)

    def may_start_over(self, error: APIStatusError) -> bool:
        """Start over if the server refused to go on from where the part ends; tell whether so."""
        if error.status_code != HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE or not self._origin:
            return False
        self.forget()
        return True

    def _count(self, chunk: bytes) -> None:
        assert self._intake is not None  # noqa: S101 - `begin` came before
        try:
            self._intake.take(chunk)
        except Exception:
            self._origin = None  # no WAV file: nothing to go on from
            raise
        self._digest.update(chunk)

    def _remember(self, origin: Origin | None) -> None:
        self._origin = origin
        if origin is None:
            self._note.unlink(missing_ok=True)
        else:
            self._note.write_text(json.dumps(attrs.asdict(origin)))

    def _remembered(self) -> Origin | None:
        try:
            note = json.loads(self._note.read_text())
            return Origin(request=note["request"], validator=note["validator"])
        except (OSError, ValueError, LookupError, TypeError):
            self._file.truncate(0)
            return None


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
