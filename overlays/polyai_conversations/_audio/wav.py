"""Parses the header of a RIFF/WAVE file from bytes as they arrive; no I/O.

It supports RIFF, and RF64 and BW64 for files above 4 GiB; chunks in any order before `data`; the
extensible format; and the sizes `0` and `0xFFFFFFFF`, which writers use when they do not know the
length in advance.
"""

from __future__ import annotations

import struct
from typing import Final

import attrs

SEARCH_LIMIT: Final = 2**20
"""The samples must begin within this number of bytes."""

_MAGIC: Final = (b"RIFF", b"RF64", b"BW64")
_RIFF_HEADER: Final = 12
_CHUNK_HEADER: Final = 8
_UNKNOWN_SIZES: Final = (0, 0xFFFF_FFFF)
_EXTENSIBLE: Final = 0xFFFE
_MAX_QUOTED: Final = 60


class BadHeaderError(Exception):
    """The bytes are not a WAV file; the message says what was found."""


@attrs.frozen
class WavFormat:
    """The sample format of a recording.

    Attributes:
        encoding: The format tag: 1 for PCM, 3 for floating point, 6 for A-law, 7 for µ-law.
        sample_rate: Frames per second, in Hz.
        channels: Samples per frame.
        bits_per_sample: Size of a sample in bits.
        bytes_per_frame: Size of a frame in bytes.
        frames: Number of frames, or None while it is unknown.
    """

    encoding: int
    sample_rate: int
    channels: int
    bits_per_sample: int
    bytes_per_frame: int
    frames: int | None = None

    @property
    def duration(self) -> float | None:
        """Length in seconds, or None while it is unknown."""
        return None if self.frames is None else self.frames / self.sample_rate


@attrs.frozen
class WavHeader:
    """What the header of a file says about its samples.

    Attributes:
        format: The sample format.
        data_offset: Offset of the first sample in bytes.
        data_size: Size of the samples in bytes, or None if the writer did not know it.
    """

    format: WavFormat
    data_offset: int
    data_size: int | None

    @property
    def min_size(self) -> int:
        """The smallest size in bytes that a complete file can have."""
        return self.data_offset + (self.data_size or 0)

    def within(self, size: int | None) -> WavFormat:
        """Return the format of a file of `size` bytes, with its number of frames if it is known."""
        data_size = self.data_size
        if data_size is None and size is not None:
            data_size = max(size - self.data_offset, 0)
        if data_size is None:
            return self.format
        return attrs.evolve(self.format, frames=data_size // self.format.bytes_per_frame)


class HeaderReader:
    """Parses the first bytes of a file, in chunks of any size, until the header is complete."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._next_chunk = _RIFF_HEADER
        self._format: WavFormat | None = None
        self._long_data_size: int | None = None
        self.header: WavHeader | None = None

    def feed(self, data: bytes) -> WavHeader | None:
        """Parse more bytes.

        Returns:
            The header once it is complete, and None before.

        Raises:
            BadHeaderError: This is not a WAV file.
        """
        if self.header is None:
            self._buffer += data[:SEARCH_LIMIT]  # what follows is never parsed
            self._check_magic()
            while self._read_chunk():
                pass
        return self.header

    def finish(self) -> WavHeader:
        """Return the header at the end of the file.

        Raises:
            BadHeaderError: The header is incomplete.
        """
        if self.header is not None:
            return self.header
        if not self._buffer:
            raise BadHeaderError("it is empty")
        raise BadHeaderError(f"it ends within its header, after {len(self._buffer)} bytes")

    def _check_magic(self) -> None:
        start = bytes(self._buffer[:_RIFF_HEADER])
        has_magic = any(magic.startswith(start[:4]) for magic in _MAGIC)
        if not (has_magic and b"WAVE".startswith(start[8:])):
            raise BadHeaderError(f"it begins with {bytes(self._buffer[:_MAX_QUOTED])!r}")

    def _read_chunk(self) -> bool:
        """Parse the next chunk if it has arrived; return whether another may follow."""
        start = self._next_chunk
        body = start + _CHUNK_HEADER
        if body > SEARCH_LIMIT:
            raise BadHeaderError(f"its samples do not begin within {SEARCH_LIMIT} bytes")
        if body > len(self._buffer):
            return False
        name, size = struct.unpack_from("<4sI", self._buffer, start)
        if name == b"data":
            self._read_data(body, size)
            return False
        if name in {b"fmt ", b"ds64"}:
            if body + size > SEARCH_LIMIT:
                raise BadHeaderError(f"its {name.decode()!r} chunk claims {size} bytes")
            if body + size > len(self._buffer):
                return False
            self._read_description(name, bytes(self._buffer[body : body + size]))
        self._next_chunk = body + size + size % 2
        return True

    def _read_description(self, name: bytes, chunk: bytes) -> None:
        if name == b"fmt ":
            self._format = _format(chunk)
        elif len(chunk) >= struct.calcsize("<QQ"):
            _, self._long_data_size = struct.unpack_from("<QQ", chunk)

    def _read_data(self, offset: int, size: int) -> None:
        if self._format is None:
            raise BadHeaderError("its samples come before their format")
        known = None if size in _UNKNOWN_SIZES else size
        if size == max(_UNKNOWN_SIZES) and self._long_data_size:
            known = self._long_data_size
        self.header = WavHeader(self._format, offset, known)
        self._buffer = bytearray()


def _format(chunk: bytes) -> WavFormat:
    try:
        encoding, channels, rate, _, frame, bits = struct.unpack_from("<HHIIHH", chunk)
        if encoding == _EXTENSIBLE:
            (encoding,) = struct.unpack_from("<H", chunk, 24)
    except struct.error:
        raise BadHeaderError(f"its 'fmt ' chunk has only {len(chunk)} bytes") from None
    if not (channels and rate and frame):
        raise BadHeaderError(
            f"its format is invalid: {channels} channels, {rate} Hz, {frame} bytes per frame"
        )
    return WavFormat(encoding, rate, channels, bits, frame)
