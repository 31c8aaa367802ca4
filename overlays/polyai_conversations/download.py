"""A recording on its way into a file: never half a file, and a cut is mended where it can be.

No network here: the clients bring the answers.
"""

from __future__ import annotations

from contextlib import ExitStack, suppress
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Self

import attrs

from .errors import NotAWavError
from .intake import Intake
from .notebook import recording_html
from .part import Part
from .resume import full_size, origin_of, range_headers, start_of
from .writer import BlockWriter

if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from concurrent.futures import Future
    from types import TracebackType

    import httpx

    from .errors import APIStatusError, IncompleteRecordingError
    from .samples import Samples
    from .wav import WavFormat

    Progress = Callable[[int, int | None], object]


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

    def read_samples(self) -> Samples:
        """Read the samples as a NumPy array of shape (frames, channels), with the extra `numpy`.

        They are as the file has them: uint8 (128 is silence), int16, int32, float32 or float64; 24
        bits become int32 of the same value, and A-law and µ-law the int16 that they stand for.

        Raises:
            ImportError: NumPy is not installed.
            ValueError: The samples are of another kind.

        """
        from .samples import samples_of  # noqa: PLC0415 - numpy is an extra

        return samples_of(self.path.read_bytes())

    def _repr_html_(self) -> str:
        return recording_html(self)


class Download:
    """One file to be, over as many answers as it takes.

    Args:
        target: The file.
        overwrite: Whether it may take the place of a file that is there.
        on_progress: Is told the bytes there are and the bytes there will be, or None.

    Raises:
        FileExistsError: There is such a file, and it may not be overwritten.
        FileBusyError: Someone else is writing it.
        OSError: There is no such folder, or the name is a folder's.

    """

    def __init__(
        self,
        target: str | os.PathLike[str],
        on_progress: Progress | None = None,
        *,
        overwrite: bool = True,
    ) -> None:
        self._target = Path(target)
        self._overwrite = overwrite
        self._check_target()
        self._on_progress = on_progress
        self._intake: Intake | None = None

    def __enter__(self) -> Self:
        self._part = Part(self._target)
        self._writer = BlockWriter(self._part.write)
        with ExitStack() as on_failure:
            on_failure.push(self)
            self._check_target()
            on_failure.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with ExitStack() as ending:
            ending.callback(self._part.close)
            ending.callback(self._writer.close)
            with suppress(OSError):  # what cannot be written is fetched again
                self._writer.flush()

    @property
    def is_begun(self) -> bool:
        """Whether there is a part."""
        return self._part.size > 0

    def aim(self, request: httpx.Request) -> None:
        """Ask for what is missing."""
        self._writer.flush()
        for name in ("Range", "If-Range"):
            request.headers.pop(name, None)
        origin = self._part.origin
        if origin is not None and origin.request != str(request.url):
            self._forget()
        elif origin is not None and self.is_begun:
            request.headers.update(range_headers(origin, self._part.size))

    def begin(self, response: httpx.Response) -> None:
        """Take up an answer, before its body.

        Raises:
            IncompleteRecordingError: It does not fit the part that is there; ask anew.

        """
        start = start_of(response, self._part.origin, self._part.size)
        if start is None:
            self._forget()
            raise Intake(response, None).incomplete()
        self._part.begin(start, origin_of(response))
        self._intake = Intake(response, full_size(response, start))
        self._writer.close()
        self._writer = BlockWriter(self._part.write)
        for block in self._part.blocks():
            self._judge(block)
            self._writer.count(block)

    def take(self, chunk: bytes) -> Future[None] | None:
        """Take the next bytes; give what to wait for before more are brought, where writing lags.

        Its result is an OSError if bytes cannot be written.

        Raises:
            NotAWavError: They show that this is no WAV file.

        """
        intake = self._judge(chunk)
        behind = self._writer.add(chunk)
        if self._on_progress is not None:
            self._on_progress(intake.received, intake.expected)
        return behind

    def finish(self) -> None:
        """Judge the whole.

        Raises:
            NotAWavError: It is no WAV file.
            IncompleteRecordingError: It is shorter than promised.

        """
        assert self._intake is not None  # noqa: S101 - `begin` came before
        self._intake.finish()

    def place(self) -> SavedRecording:
        """Put what was judged good in its place.

        Raises:
            OSError: It cannot be written.

        """
        assert self._intake is not None  # noqa: S101 - `finish` came before
        self._writer.settle()
        self._part.end()
        self._writer.flush()
        self._part.place()
        size, file_format = self._intake.received, self._intake.format
        return SavedRecording(self._target, size, self._writer.hexdigest(), file_format)

    def incomplete(self) -> IncompleteRecordingError:
        """Make the error for a body that broke off."""
        assert self._intake is not None  # noqa: S101 - `begin` came before
        return self._intake.incomplete()

    def may_start_over(self, error: APIStatusError) -> bool:
        """Start over if the server refused to go on from where the part ends; tell whether so."""
        out_of_range = error.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
        if not out_of_range or self._part.origin is None:
            return False
        self._forget()
        return True

    def _forget(self) -> None:
        self._part.begin(0, None)

    def _check_target(self) -> None:
        if not self._target.parent.is_dir():
            raise FileNotFoundError(f"{self._target.parent} is no folder; make it first")
        if self._target.is_dir():
            raise IsADirectoryError(f"{self._target} is a folder; name a file in it")
        if not self._overwrite and self._target.exists():
            raise FileExistsError(f"{self._target} exists; pass overwrite=True to replace it")

    def _judge(self, chunk: bytes) -> Intake:
        assert self._intake is not None  # noqa: S101 - `begin` came before
        try:
            self._intake.take(chunk)
        except NotAWavError:
            self._part.origin = None  # nothing to go on from
            raise
        return self._intake
