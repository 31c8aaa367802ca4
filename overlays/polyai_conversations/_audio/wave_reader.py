"""Opens a recording that was streamed with the standard library's WAV reader."""

from __future__ import annotations

import struct
import wave
from typing import IO

from .wav_validator import WavValidator


class SpooledWaveReader(wave.Wave_read):
    """A reader that closes its temporary file when it is closed."""

    def __init__(self, file: IO[bytes]) -> None:
        self._spooled = file
        super().__init__(file)

    def close(self) -> None:
        """Close the reader and its file."""
        super().close()
        self._spooled.close()


def wave_reader(file: IO[bytes], validator: WavValidator) -> wave.Wave_read:
    """Return a reader for a complete recording; sizes missing from the header are filled in.

    Raises:
        wave.Error: The samples are not PCM.
    """
    for offset, size in validator.header_patches():
        file.seek(offset)
        file.write(struct.pack("<I", size))
    file.seek(0)
    return SpooledWaveReader(file)
