"""The WAV header, whatever comes before the samples and however the bytes are split."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_conversations._audio.wav import BadHeaderError, HeaderReader, WavHeader
from wav_factory import chunk, extensible, fmt, riff, wav

if TYPE_CHECKING:
    from collections.abc import Iterable

SAMPLES = bytes(range(256)) * 4
UNKNOWN = 0xFFFF_FFFF


def read(pieces: Iterable[bytes]) -> WavHeader:
    reader = HeaderReader()
    for piece in pieces:
        reader.feed(piece)
    return reader.finish()


def ds64(data_size: int) -> bytes:
    return chunk(b"ds64", struct.pack("<QQQI", data_size + 100, data_size, 0, 0))


FMT = chunk(b"fmt ", fmt())
DATA = chunk(b"data", SAMPLES)
GOOD = {
    "plain": (riff(FMT, DATA), 44, len(SAMPLES)),
    "a LIST before the format": (riff(chunk(b"LIST", b"INFOx"), FMT, DATA), 58, len(SAMPLES)),
    "odd chunks are padded": (riff(FMT, chunk(b"note", b"odd"), DATA), 56, len(SAMPLES)),
    "a LIST after the samples": (riff(FMT, DATA, chunk(b"LIST", b"INFO")), 44, len(SAMPLES)),
    "extensible": (riff(chunk(b"fmt ", extensible()), DATA), 68, len(SAMPLES)),
    "streamed, size 0": (riff(FMT, chunk(b"data", SAMPLES, 0), size=0), 44, None),
    "streamed, size -1": (riff(FMT, chunk(b"data", SAMPLES, UNKNOWN), size=UNKNOWN), 44, None),
    "RF64": (riff(ds64(1024), FMT, chunk(b"data", SAMPLES, UNKNOWN), magic=b"RF64"), 80, 1024),
    "BW64": (riff(ds64(1024), FMT, chunk(b"data", SAMPLES, UNKNOWN), magic=b"BW64"), 80, 1024),
    "no samples": (riff(FMT, chunk(b"data", b"")), 44, None),
}


@pytest.mark.parametrize(("file", "offset", "size"), GOOD.values(), ids=GOOD)
@given(data=st.data())
def test_the_header_is_read_from_any_split(
    file: bytes, offset: int, size: int | None, data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(file)), max_size=40)))
    pieces = [file[a:b] for a, b in zip([0, *cuts], [*cuts, len(file)], strict=True)]
    header = read(pieces)
    assert (header.data_offset, header.data_size) == (offset, size)
    assert (header.format.sample_rate, header.format.channels) == (8000, 1)
    assert header.format.encoding == 1


@pytest.mark.parametrize(("file", "offset", "size"), GOOD.values(), ids=GOOD)
def test_frames_are_counted_once_the_size_is_known(
    file: bytes, offset: int, size: int | None
) -> None:
    header = read([file])
    expected = (len(file) - offset if size is None else size) // 2
    assert header.within(len(file)).frames == expected
    assert header.within(len(file)).duration == expected / 8000
    if size is None:
        assert header.within(None).frames is None
        assert header.within(None).duration is None


def test_stereo_frames_have_two_samples() -> None:
    header = read([riff(chunk(b"fmt ", fmt(channels=2, rate=16000, bits=24)), DATA)])
    assert header.format.bytes_per_frame == 6
    assert header.within(None).frames == len(SAMPLES) // 6


BAD = {
    "nothing": (b"", "empty"),
    "JSON": (b'{"error": "no"}', "begins with"),
    "HTML": (b"<html><body>502</body></html>", "begins with"),
    "another RIFF file": (b"RIFF\x10\0\0\0AVI LIST", "begins with"),
    "only the magic": (b"RIFF", "ends within its header"),
    "no samples chunk": (riff(FMT), "ends within its header"),
    "samples before the format": (riff(DATA, FMT), "before their format"),
    "a short format": (riff(chunk(b"fmt ", b"\1\0"), DATA), "only 2 bytes"),
    "a short extensible format": (riff(chunk(b"fmt ", fmt(0xFFFE)), DATA), "only 16 bytes"),
    "no channels": (riff(chunk(b"fmt ", fmt(channels=0)), DATA), "makes no sense"),
    "a format of 2 GiB": (riff(chunk(b"fmt ", b"", 2**31)), "claims"),
    "a LIST of 2 GiB": (riff(FMT, chunk(b"LIST", b"", 2**31)), "do not begin within"),
}


@pytest.mark.parametrize(("file", "found"), BAD.values(), ids=BAD)
@pytest.mark.parametrize("step", [1, 7, 10**6])
def test_what_is_no_wav_file_is_said_to_be_none(file: bytes, found: str, step: int) -> None:
    with pytest.raises(BadHeaderError, match=found):
        read(file[at : at + step] for at in range(0, len(file), step))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_header_or_a_clear_no(data: bytes) -> None:
    for file in (data, wav()[:44] + data, b"RIFF" + data, riff(data)):
        try:
            read([file])
        except BadHeaderError as error:
            assert str(error)  # noqa: PT017 - either outcome is good
