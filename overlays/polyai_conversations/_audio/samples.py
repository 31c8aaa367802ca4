"""Decodes the samples of a WAV file into a NumPy array; needs the extra `numpy`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .wav import HeaderReader

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[Any]

try:
    import numpy as np
except ImportError as missing:
    raise ImportError(
        'decoding samples needs numpy: pip install "polyai-conversations[numpy]"'
    ) from missing

_PCM, _FLOAT, _A_LAW, _MU_LAW = 1, 3, 6, 7


def decode_samples(file: bytes) -> Samples:
    """Return the samples of a WAV file, of shape (frames, channels).

    The types are those of the file: uint8 (128 is silence), int16, int32, float32 or float64.
    24-bit samples become int32 of the same value; A-law and µ-law become int16.

    Raises:
        BadHeaderError: It is not a WAV file.
        ValueError: The sample format is not supported.
    """
    reader = HeaderReader()
    header = reader.feed(file) or reader.finish()
    wav = header.format
    kind = (wav.encoding, 8 * wav.bytes_per_frame // wav.channels)
    decode = _DECODERS.get(kind)
    if decode is None:
        raise ValueError(f"{kind[1]}-bit samples with format tag {kind[0]} are not supported")
    frames = header.within(len(file)).frames or 0
    data = np.frombuffer(file, np.uint8, frames * wav.bytes_per_frame, header.data_offset)
    return decode(data).reshape(frames, wav.channels)


def _as(dtype: str) -> Callable[[Samples], Samples]:
    return lambda data: data.view(dtype)


def _24_bits(data: Samples) -> Samples:
    wide = np.zeros((len(data) // 3, 4), np.uint8)
    wide[:, 1:] = data.reshape(-1, 3)
    widened: Samples = wide.view("<i4")[:, 0] >> 8
    return widened


def _from_mu_law() -> Samples:
    """Return the value of each of the 256 codes of G.711 µ-law."""
    code = ~np.arange(256, dtype=np.uint8)
    size = ((code & 0x0F).astype(np.int16) << 3) + 0x84
    size = (size << ((code & 0x70) >> 4)) - 0x84
    return np.where(code & 0x80, -size, size).astype(np.int16)


def _from_a_law() -> Samples:
    """Return the value of each of the 256 codes of G.711 A-law."""
    code = np.arange(256, dtype=np.uint8) ^ 0x55
    segment = ((code & 0x70) >> 4).astype(np.int16)
    size = ((code & 0x0F).astype(np.int16) << 4) + 8
    size = np.where(segment > 0, (size + 0x100) << np.maximum(segment - 1, 0), size)
    return np.where(code & 0x80, size, -size).astype(np.int16)


_DECODERS: dict[tuple[int, int], Callable[[Samples], Samples]] = {
    (_PCM, 8): _as("u1"),
    (_PCM, 16): _as("<i2"),
    (_PCM, 24): _24_bits,
    (_PCM, 32): _as("<i4"),
    (_FLOAT, 32): _as("<f4"),
    (_FLOAT, 64): _as("<f8"),
    (_MU_LAW, 8): lambda data: _from_mu_law()[data],
    (_A_LAW, 8): lambda data: _from_a_law()[data],
}
