"""A recording that has been saved to a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from polyai_conversations._notebook import audio_html

from .wav import BadHeaderError, HeaderReader

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes

    from .samples import Samples
    from .wav import WavFormat

_BLOCK_SIZE: Final = 2**16


@attrs.frozen
class SavedRecording:
    """A recording that has been saved to a file.

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
        from .samples import decode_samples

        return decode_samples(self.path.read_bytes())

    def plot(self, axes: Axes | None = None) -> Axes:
        """Draw the waveform, one channel below the other; needs the extra `notebook`.

        Args:
            axes: The matplotlib axes to draw on. Default: those of a new figure.

        Raises:
            ImportError: matplotlib is not installed.
            ValueError: The sample format is not supported.
        """
        from .waveform import plot_waveform

        return plot_waveform(self.read_samples(), self.format.sample_rate, axes)

    def _repr_html_(self) -> str:
        duration = self.format.duration
        length = "unknown length" if duration is None else f"{duration:.1f} s"
        channels = f"{self.format.channels} channel{'s' * (self.format.channels != 1)}"
        details = f"{self.bytes:,} bytes; {length}, {self.format.sample_rate:,} Hz, {channels}"
        return audio_html(self.path, f"{self.path} ({details})")


def is_complete(path: Path) -> bool:
    """Return whether a file is a complete recording."""
    if not path.is_file():
        return False  # opening a pipe would wait for its writer
    try:
        with path.open("rb") as file:
            reader = HeaderReader()
            while reader.header is None:
                block = file.read(_BLOCK_SIZE)
                reader.feed(block) if block else reader.finish()
            return path.stat().st_size >= reader.header.min_size
    except (FileNotFoundError, BadHeaderError):
        return False
