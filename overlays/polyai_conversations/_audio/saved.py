"""A recording that has been saved to a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import attrs

from polyai_conversations._notebook import recording_html

from .wav import BadHeaderError, HeaderReader

if TYPE_CHECKING:
    from pathlib import Path

    from .samples import Samples
    from .wav import WavFormat

OnProgress = Callable[[int, int | None], object]
"""Called with the bytes that have arrived and the size in bytes, or None if it is unknown."""

_BLOCK_SIZE: Final = 2**16


@attrs.frozen
class SavedRecording:
    """A recording that has been saved completely.

    Attributes:
        path: The file.
        bytes: Its size in bytes.
        sha256: Its SHA-256, in hexadecimal digits.
        format: Its sample format.

    """

    path: Path
    bytes: int
    sha256: str
    format: WavFormat

    def read_samples(self) -> Samples:
        """Read the samples as a NumPy array of shape (frames, channels); needs the extra `numpy`.

        The types are those of the file: uint8 (128 is silence), int16, int32, float32 or float64.
        24-bit samples become int32 of the same value; A-law and µ-law become int16.

        Raises:
            ImportError: NumPy is not installed.
            ValueError: The sample format is not supported.

        """
        from .samples import decode_samples  # noqa: PLC0415 - numpy is an extra

        return decode_samples(self.path.read_bytes())

    def _repr_html_(self) -> str:
        return recording_html(self)


def is_complete(path: Path) -> bool:
    """Return whether a file is a complete recording."""
    try:
        with path.open("rb") as file:
            reader = HeaderReader()
            while reader.header is None and (block := file.read(_BLOCK_SIZE)):
                reader.feed(block)
            return path.stat().st_size >= reader.finish().least_size
    except (FileNotFoundError, BadHeaderError):
        return False


def check_target(path: Path, *, overwrite: bool) -> None:
    """Check that a recording can be saved to a path.

    Raises:
        FileNotFoundError: The directory does not exist.
        IsADirectoryError: The path is a directory.
        FileExistsError: The file exists, and `overwrite` is false.

    """
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path.parent} is not a directory; create it first")
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a directory; name a file in it")
    if not overwrite and path.exists():
        raise FileExistsError(f"{path} exists; pass overwrite=True to replace it")
