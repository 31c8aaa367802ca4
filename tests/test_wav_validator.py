"""Checking a recording while its bytes arrive, and the errors that describe a bad one."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_conversations import IncompleteRecordingError, NotAWavError
from polyai_conversations._audio.wav_validator import WavValidator, validated_recording
from polyai_conversations._http.api_key import ApiKey
from polyai_conversations._http.redaction import API_KEY
from wav_factory import wav

if TYPE_CHECKING:
    from collections.abc import Iterable

FILE = wav(bytes(range(200)))
HEADER = 44
KEY = "the-secret-key"
UNKNOWN = 0xFFFF_FFFF


def response(
    content: bytes = b"", status: int = 200, content_type: str | None = None
) -> httpx.Response:
    request = httpx.Request(
        "GET",
        "https://api.example/v1/conversations/id/audio",
        headers={"X-PolyAI-Correlation-Id": "c-1"},
        extensions={API_KEY: ApiKey(KEY)},
    )
    headers = {} if content_type is None else {"content-type": content_type}
    return httpx.Response(status, headers=headers, content=content, request=request)


def check(
    pieces: Iterable[bytes], expected: int | None, content_type: str | None = None
) -> WavValidator:
    validator = WavValidator(response(content_type=content_type), expected)
    for piece in pieces:
        validator.feed(piece)
    validator.finish()
    return validator


@pytest.mark.parametrize("expected", [None, len(FILE)])
@given(data=st.data())
def test_a_complete_recording_is_accepted_however_it_is_split(
    expected: int | None, data: st.DataObject
) -> None:
    splits = sorted(data.draw(st.sets(st.integers(0, len(FILE)), max_size=20)))
    pieces = [FILE[a:b] for a, b in zip([0, *splits], [*splits, len(FILE)], strict=True)]
    validator = check(pieces, expected)
    assert validator.received == validator.expected == len(FILE)
    assert validator.format.frames == 100


def test_bytes_after_the_samples_belong_to_the_recording() -> None:
    validator = check([FILE, b"LIST"], len(FILE) + 4)
    assert validator.received == validator.expected == len(FILE) + 4
    assert validator.format.frames == 100


def test_the_number_of_frames_is_unknown_until_the_end_if_nothing_says_it() -> None:
    validator = WavValidator(response(), None)
    validator.feed(wav(bytes(200), UNKNOWN))
    assert validator.format.frames is None
    validator.finish()
    assert validator.format.frames == 100


@pytest.mark.parametrize(
    ("file", "expected", "announced"),
    [
        (FILE[:-1], None, len(FILE)),
        (FILE[:-1], len(FILE), len(FILE)),
        (FILE[:-1], len(FILE) - 1, len(FILE)),  # its header knows better
        (FILE, len(FILE) + 1, len(FILE) + 1),
        (FILE[:HEADER], None, len(FILE)),
        (FILE[: HEADER - 1], len(FILE), len(FILE)),
        (FILE[:1], len(FILE), len(FILE)),
        (wav(bytes(200), UNKNOWN)[:-1], len(FILE), len(FILE)),
    ],
    ids=itertools.count(),
)
def test_a_recording_that_is_cut_off_reports_how_much_arrived(
    file: bytes, expected: int | None, announced: int
) -> None:
    with pytest.raises(
        IncompleteRecordingError, match=f"{len(file)} of {announced} bytes"
    ) as error:
        check([file], expected)
    assert (error.value.received, error.value.expected) == (len(file), announced)
    assert (error.value.status_code, error.value.correlation_id) == (200, "c-1")
    assert file.startswith(error.value.body)


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (b"", None),
        (b"", 0),
        (b"", 500),  # nothing arrived that could be the beginning of a recording
        (FILE[: HEADER - 1], None),
        (FILE[: HEADER - 1], HEADER - 1),
        (b"<html>", None),
        (b'{"error": "no"}', 500),
    ],
    ids=itertools.count(),
)
def test_a_body_that_is_not_wav_is_not_taken_for_one_that_is_cut_off(
    file: bytes, expected: int | None
) -> None:
    with pytest.raises(NotAWavError) as error:
        check([file], expected)
    assert error.value.body == file
    assert (error.value.status_code, error.value.correlation_id) == (200, "c-1")


def test_the_error_names_the_content_type_and_the_beginning_of_the_body() -> None:
    page = b"<html>" + b"a" * 100
    with pytest.raises(NotAWavError, match=r"begins with b'<html>a{54}' \(status 200, text/html"):
        check([page], None, content_type="text/html")
    with pytest.raises(NotAWavError, match="no content type"):
        check([page], None)


def test_an_error_keeps_the_first_4096_bytes() -> None:
    page = b"<" + bytes(10_000)
    with pytest.raises(NotAWavError) as not_wav:
        check([page], None)
    assert not_wav.value.body == page[:4096]
    long_header = FILE[:12] + b"LIST" + (20_000).to_bytes(4, "little") + bytes(10_000)
    with pytest.raises(IncompleteRecordingError) as incomplete:
        check([long_header[at : at + 1000] for at in range(0, len(long_header), 1000)], 50_000)
    assert incomplete.value.body == long_header[:4096]


@pytest.mark.parametrize(
    ("chunk", "kept"),
    [
        (b"<" + bytes(4090) + KEY.encode() + bytes(100), b"<" + bytes(4090) + b"[key]"),
        (1000 * KEY.encode(), 293 * b"[key]"),
        (b"<" + KEY[:-1].encode(), b"<[key]"),
    ],
    ids=["where the body is cut", "often", "where the first chunk ends"],
)
def test_a_key_that_the_body_repeats_is_redacted(chunk: bytes, kept: bytes) -> None:
    with pytest.raises(NotAWavError) as error:
        check([chunk, KEY[-1:].encode()], None)
    assert error.value.body == kept


@pytest.mark.parametrize("key", ["KEY", "key"])  # they sort before and after "[key]"
def test_a_key_that_the_body_repeats_is_not_quoted(key: str) -> None:
    answer = response()
    answer.request.extensions[API_KEY] = ApiKey(key)
    with pytest.raises(NotAWavError) as error:
        WavValidator(answer, None).feed(b"<" + key.encode() + b"-" * 80)
    assert f"begins with b'<[key]{'-' * 54}' (" in str(error.value)


def test_an_empty_recording_is_complete_after_its_header() -> None:
    assert check([wav(b"")], None).expected == HEADER


def test_bytes_after_the_header_are_not_kept() -> None:
    validator = WavValidator(response(), None)
    validator.feed(FILE[:HEADER])
    validator.feed(b"samples")
    assert validator.incomplete().body == FILE[:HEADER]


def test_the_size_is_left_out_if_it_is_unknown() -> None:
    validator = WavValidator(response(), None)
    validator.feed(FILE[:100])
    assert "broke off after 100 bytes" in str(validator.incomplete())


def test_a_body_that_has_been_read_is_returned_if_it_is_a_recording() -> None:
    assert validated_recording(response(FILE)) == FILE
    with pytest.raises(IncompleteRecordingError):
        validated_recording(response(FILE[:-1]))
    with pytest.raises(NotAWavError):
        validated_recording(response(b"no"))
    with pytest.raises(IncompleteRecordingError):  # a part that was not requested
        validated_recording(response(FILE, 206))


def test_the_format_is_recognized_once_the_header_is_complete() -> None:
    validator = WavValidator(response(), None)
    validator.feed(FILE[: HEADER - 1])
    assert not validator.is_recognized
    validator.feed(FILE[HEADER - 1 : HEADER])
    assert validator.is_recognized
