"""Decoding samples into NumPy arrays."""

from __future__ import annotations

import struct
import sys
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from polyai_conversations._audio.samples import decode_samples
from wav_factory import chunk, extensible, fmt, riff, wav

if TYPE_CHECKING:
    from pathlib import Path

    from clients import Connect

FORMATS: dict[str, tuple[bytes, bytes, str, list[list[float]]]] = {
    "8 bits": (fmt(bits=8), bytes([0, 128, 255]), "uint8", [[0], [128], [255]]),
    "16 bits": (fmt(), struct.pack("<3h", -32768, 0, 32767), "int16", [[-32768], [0], [32767]]),
    "24 bits": (
        fmt(bits=24),
        b"\x00\x00\x80\xff\xff\xff\xff\xff\x7f",
        "int32",
        [[-(2**23)], [-1], [2**23 - 1]],
    ),
    "32 bits": (fmt(bits=32), struct.pack("<2i", -(2**31), 7), "int32", [[-(2**31)], [7]]),
    "floats": (fmt(3, bits=32), struct.pack("<2f", -1.0, 0.5), "float32", [[-1.0], [0.5]]),
    "doubles": (fmt(3, bits=64), struct.pack("<2d", -1.0, 0.1), "float64", [[-1.0], [0.1]]),
    "two channels": (fmt(channels=2), struct.pack("<4h", 1, 2, 3, 4), "int16", [[1, 2], [3, 4]]),
    "extensible": (extensible(), struct.pack("<2h", 5, -5), "int16", [[5], [-5]]),
    "A-law": (fmt(6, bits=8), b"\xaa\x2a\xd5\x55", "int16", [[32256], [-32256], [8], [-8]]),
    "µ-law": (fmt(7, bits=8), b"\x80\x00\xff\x7f", "int16", [[32124], [-32124], [0], [0]]),
}


@pytest.mark.parametrize(
    ("format_chunk", "data", "dtype", "values"), FORMATS.values(), ids=list(FORMATS)
)
def test_samples_have_the_values_and_the_type_of_the_file(
    format_chunk: bytes, data: bytes, dtype: str, values: list[list[float]]
) -> None:
    file = riff(chunk(b"fmt ", format_chunk), chunk(b"data", data), chunk(b"LIST", b"after"))
    samples = decode_samples(file)
    assert samples.dtype == dtype
    assert samples.tolist() == values
    assert samples.ndim == 2


@pytest.mark.parametrize("size", [0, 0xFFFF_FFFF])
def test_a_file_of_unknown_size_is_decoded_to_its_end(size: int) -> None:
    assert decode_samples(wav(struct.pack("<3h", 1, 2, 3), size)).tolist() == [[1], [2], [3]]


def test_a_file_without_samples_has_no_frames() -> None:
    assert decode_samples(wav(b"")).shape == (0, 1)


def test_an_unknown_sample_format_is_refused() -> None:
    file = riff(chunk(b"fmt ", fmt(0x31)), chunk(b"data", b"\0\0"))
    with pytest.raises(ValueError, match="16-bit samples with format tag 49 are not supported"):
        decode_samples(file)


def test_streamed_and_saved_recordings_return_the_same_samples(
    connect: Connect, tmp_path: Path
) -> None:
    file = wav(struct.pack("<3h", 1, -2, 3))
    client = connect(transport=httpx.MockTransport(lambda _: httpx.Response(200, content=file)))
    saved = client.save_audio("id", tmp_path / "call.wav")
    with client.open_audio("id") as recording:
        streamed = recording.read_samples()
    assert streamed.tolist() == saved.read_samples().tolist() == [[1], [-2], [3]]


def test_without_numpy_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    modules: Any = sys.modules
    monkeypatch.delitem(sys.modules, "polyai_conversations._audio.samples")
    monkeypatch.setitem(modules, "numpy", None)
    with pytest.raises(ImportError, match=r"pip install \"polyai-conversations\[numpy\]\""):
        __import__("polyai_conversations._audio.samples")
