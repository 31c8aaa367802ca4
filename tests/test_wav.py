"""Parsing WAV headers, whatever their chunks and however the bytes are split."""

from __future__ import annotations

import struct
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_conversations._audio.wav import (
    SEARCH_LIMIT,
    BadHeaderError,
    HeaderReader,
    WavHeader,
)
from wav_factory import chunk, extensible, fmt, riff, wav

if TYPE_CHECKING:
    from collections.abc import Iterable

SAMPLES = bytes(range(256)) * 4
UNKNOWN = 0xFFFF_FFFF


def read_header(pieces: Iterable[bytes]) -> WavHeader:
    reader = HeaderReader()
    for piece in pieces:
        reader.feed(piece)
    return reader.finish()


def ds64(data_size: int) -> bytes:
    return chunk(b"ds64", struct.pack("<QQQI", data_size + 100, data_size, 0, 0))


FMT = chunk(b"fmt ", fmt())
DATA = chunk(b"data", SAMPLES)
VALID = {
    "plain": (riff(FMT, DATA), 44, len(SAMPLES)),
    "a LIST before the format": (riff(chunk(b"LIST", b"INFOx"), FMT, DATA), 58, len(SAMPLES)),
    "a padded chunk of odd size": (riff(FMT, chunk(b"note", b"odd"), DATA), 56, len(SAMPLES)),
    "a LIST after the samples": (riff(FMT, DATA, chunk(b"LIST", b"INFO")), 44, len(SAMPLES)),
    "extensible": (riff(chunk(b"fmt ", extensible()), DATA), 68, len(SAMPLES)),
    "unknown size as 0": (riff(FMT, chunk(b"data", SAMPLES, 0), size=0), 44, None),
    "unknown size as 0xFFFFFFFF": (
        riff(FMT, chunk(b"data", SAMPLES, UNKNOWN), size=UNKNOWN),
        44,
        None,
    ),
    "RF64": (riff(ds64(1024), FMT, chunk(b"data", SAMPLES, UNKNOWN), magic=b"RF64"), 80, 1024),
    "BW64": (riff(ds64(1024), FMT, chunk(b"data", SAMPLES, UNKNOWN), magic=b"BW64"), 80, 1024),
    "RF64 with a ds64 chunk that is too short": (
        riff(chunk(b"ds64", bytes(8)), FMT, chunk(b"data", SAMPLES, UNKNOWN), magic=b"RF64"),
        60,
        None,
    ),
    "RF64 with a ds64 chunk that has no more than the sizes": (
        riff(
            chunk(b"ds64", struct.pack("<QQ", 1100, 1024)),
            FMT,
            chunk(b"data", SAMPLES, UNKNOWN),
            magic=b"RF64",
        ),
        68,
        1024,
    ),
    "a size that RF64 need not extend": (riff(ds64(5000), FMT, DATA, magic=b"RF64"), 80, 1024),
    "RF64 with a size of 0": (
        riff(ds64(1024), FMT, chunk(b"data", SAMPLES, 0), magic=b"RF64"),
        80,
        None,
    ),
    "no samples": (riff(FMT, chunk(b"data", b"")), 44, None),
}


@pytest.mark.parametrize(("file", "offset", "size"), VALID.values(), ids=VALID)
@given(data=st.data())
def test_a_header_is_parsed_however_the_bytes_are_split(
    file: bytes, offset: int, size: int | None, data: st.DataObject
) -> None:
    splits = sorted(data.draw(st.sets(st.integers(0, len(file)), max_size=40)))
    pieces = [file[a:b] for a, b in zip([0, *splits], [*splits, len(file)], strict=True)]
    header = read_header(pieces)
    assert (header.data_offset, header.data_size) == (offset, size)
    assert (header.format.sample_rate, header.format.channels) == (8000, 1)
    assert header.format.encoding == 1


@pytest.mark.parametrize(("file", "offset", "size"), VALID.values(), ids=VALID)
def test_the_number_of_frames_is_known_once_the_size_is(
    file: bytes, offset: int, size: int | None
) -> None:
    header = read_header([file])
    expected = (len(file) - offset if size is None else size) // 2
    assert header.within(len(file)).frames == expected
    assert header.within(len(file)).duration == expected / 8000
    if size is None:
        assert header.within(None).frames is None
        assert header.within(None).duration is None


@pytest.mark.parametrize(
    ("description", "encoding"),
    [
        (fmt(1), 1),
        (fmt(7, bits=8), 7),
        (fmt(0xFFFF), 0xFFFF),
        (extensible(1), 1),
        (extensible(3, bits=32), 3),
    ],
    ids=["PCM", "mu-law", "in development", "extensible PCM", "extensible floating point"],
)
def test_the_encoding_is_the_format_tag_or_that_of_the_extension(
    description: bytes, encoding: int
) -> None:
    assert read_header([riff(chunk(b"fmt ", description), DATA)]).format.encoding == encoding


def test_stereo_frames_have_two_samples() -> None:
    header = read_header([riff(chunk(b"fmt ", fmt(channels=2, rate=16000, bits=24)), DATA)])
    assert header.format.bytes_per_frame == 6
    assert header.within(None).frames == len(SAMPLES) // 6


INVALID = {
    "an empty file": (b"", "empty"),
    "JSON": (b'{"error": "no"}', "begins with"),
    "HTML": (b"<html><body>502</body></html>", "begins with"),
    "another RIFF file": (b"RIFF\x10\0\0\0AVI LIST", "begins with"),
    "a big-endian file": (riff(FMT, DATA, magic=b"RIFX"), "begins with"),
    "only the magic": (b"RIFF", "ends within its header"),
    "no samples chunk": (riff(FMT), "ends within its header"),
    "samples before the format": (riff(DATA, FMT), "before their format"),
    "a format that is too short": (riff(chunk(b"fmt ", b"\1\0"), DATA), "only 2 bytes"),
    "an extensible format that is too short": (
        riff(chunk(b"fmt ", fmt(0xFFFE)), DATA),
        "only 16 bytes",
    ),
    "a format that is too short at the end": (riff(chunk(b"fmt ", b"\1\0")), "only 2 bytes"),
    "no channels": (
        riff(chunk(b"fmt ", struct.pack("<HHIIHH", 1, 0, 8000, 16000, 2, 16)), DATA),
        "its format is invalid: 0 channels",
    ),
    "no sample rate": (
        riff(chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 0, 0, 2, 16)), DATA),
        "its format is invalid: 1 channels, 0 Hz",
    ),
    "no bytes per frame": (
        riff(chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 8000, 16000, 0, 16)), DATA),
        "8000 Hz, 0 bytes per frame",
    ),
    "a format of 2 GiB": (riff(chunk(b"fmt ", b"", 2**31)), "claims"),
    "a LIST of 2 GiB": (riff(FMT, chunk(b"LIST", b"", 2**31)), "do not begin within"),
}


@pytest.mark.parametrize(("file", "message"), INVALID.values(), ids=INVALID)
@pytest.mark.parametrize("step", [1, 7, 10**6])
def test_a_file_that_is_not_wav_raises_an_error_that_says_why(
    file: bytes, message: str, step: int
) -> None:
    with pytest.raises(BadHeaderError, match=message):
        read_header(file[at : at + step] for at in range(0, len(file), step))


@given(st.binary(max_size=200))
def test_arbitrary_bytes_raise_no_other_error(data: bytes) -> None:
    for file in (data, wav()[:44] + data, b"RIFF" + data, riff(data)):
        with suppress(BadHeaderError):
            assert read_header([file]).data_offset <= len(file)


def padded(data_offset: int) -> bytes:
    """Return a file whose samples begin at an offset."""
    size = data_offset - len(riff(FMT)) - 16
    return riff(FMT, chunk(b"LIST", bytes(size)), DATA)


@pytest.mark.parametrize("step", [1000, SEARCH_LIMIT, 2 * SEARCH_LIMIT])
def test_the_samples_may_begin_within_one_mebibyte(step: int) -> None:
    file = padded(SEARCH_LIMIT)
    header = read_header(file[at : at + step] for at in range(0, len(file), step))
    assert (header.data_offset, header.data_size) == (SEARCH_LIMIT, len(SAMPLES))
    late = padded(SEARCH_LIMIT + 2)
    with pytest.raises(BadHeaderError, match="do not begin within 1048576 bytes"):
        read_header(late[at : at + step] for at in range(0, len(late), step))


@pytest.mark.parametrize(
    ("size", "message"), [(-1, "ends within"), (0, "ends within"), (1, "claims")]
)
def test_the_format_must_end_within_one_mebibyte(size: int, message: str) -> None:
    claimed = SEARCH_LIMIT - 20 + size
    with pytest.raises(BadHeaderError, match=message):
        read_header([riff(chunk(b"fmt ", fmt(), claimed))])


def test_the_error_quotes_the_first_60_bytes() -> None:
    with pytest.raises(BadHeaderError) as error:
        read_header([b"<" + bytes(range(65, 91)) * 4])
    quoted = (b"<" + bytes(range(65, 91)) * 4)[:60]
    assert str(error.value) == f"it begins with {quoted!r}"


@pytest.mark.parametrize(("data_size", "min_size"), [(None, 1068), (UNKNOWN, 44), (0, 44), (6, 50)])
def test_the_smallest_size_of_a_file_counts_its_samples(
    data_size: int | None, min_size: int
) -> None:
    assert read_header([wav(SAMPLES, data_size)]).min_size == min_size


@pytest.mark.parametrize(("bits", "frames"), [(8, [0, 0, 0, 1, 2]), (16, [0, 0, 0, 0, 1])])
def test_a_file_that_ends_with_its_header_has_no_frames(bits: int, frames: list[int]) -> None:
    header = read_header([riff(chunk(b"fmt ", fmt(bits=bits)), chunk(b"data", SAMPLES, UNKNOWN))])
    assert [header.within(size).frames for size in (0, 43, 44, 45, 46)] == frames


def test_a_header_that_is_complete_is_not_parsed_again() -> None:
    reader = HeaderReader()
    header = reader.feed(riff(FMT, DATA))
    assert reader.feed(b"<html>") is header
    assert reader.finish() is header
