"""Opens a streamed recording with the standard library's WAV reader."""

from __future__ import annotations

import struct
import wave
from typing import IO, Final

from .wav_validator import WavValidator

_MAX_RIFF_SIZE: Final = 2**32
_RIFF_SIZE_OFFSET: Final = 4
_SIZE_FIELD: Final = 4


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
    header, size = validator.reader.finish(), validator.received
    if header.data_size is None and size < _MAX_RIFF_SIZE:
        file.seek(_RIFF_SIZE_OFFSET)
        file.write(struct.pack("<I", size - _RIFF_SIZE_OFFSET - _SIZE_FIELD))
        file.seek(header.data_offset - _SIZE_FIELD)
        file.write(struct.pack("<I", size - header.data_offset))
    file.seek(0)
    return SpooledWaveReader(file)
