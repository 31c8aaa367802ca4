"""Whether and where a download continues: the decisions without any I/O."""

from __future__ import annotations

import httpx
import pytest

from polyai_conversations._http.range_requests import (
    ResumeToken,
    content_length,
    file_size,
    resume_offset,
    resume_token_of,
    set_range_headers,
)

URL = "https://api.example/audio?direction=user"
ETAG = '"v1"'
TOKEN = ResumeToken(URL, ETAG)
NINETEEN_DIGITS = "9" * 19


def response(headers: dict[str, str], status: int = 200) -> httpx.Response:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    return httpx.Response(status, headers=raw, request=httpx.Request("GET", URL))


def partial(content_range: str, etag: str = ETAG) -> httpx.Response:
    return response({"content-range": content_range, "etag": etag}, 206)


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        ({"etag": ETAG}, TOKEN),
        ({"etag": ETAG, "accept-ranges": "bytes"}, TOKEN),
        ({"etag": ETAG, "content-encoding": "identity"}, TOKEN),
        ({"etag": ETAG, "accept-ranges": "none"}, None),
        ({"etag": ETAG, "content-encoding": "gzip"}, None),
        ({"etag": ETAG, "content-encoding": "br"}, None),
        ({"etag": ETAG, "content-encoding": "zstd"}, None),
        ({"etag": 'W/"v1"'}, None),
        ({"etag": "v1"}, None),
        ({"etag": '"caf\u00e9"'}, None),
        ({"etag": ""}, None),
        ({}, None),
    ],
    ids=str,
)
def test_a_download_can_be_resumed_if_a_strong_etag_identifies_the_recording(
    headers: dict[str, str], token: ResumeToken | None
) -> None:
    assert resume_token_of(response(headers)) == token


@pytest.mark.parametrize(
    ("token", "size", "expected"),
    [
        (TOKEN, 1, "bytes=1-"),
        (TOKEN, 40_000, "bytes=40000-"),
        (TOKEN, 0, None),
        (None, 40_000, None),
        (None, 0, None),
        # Both sort after and before this URL.
        (ResumeToken("https://api.example/audio?direction=agent", ETAG), 40_000, None),
        (ResumeToken("https://api.example/audio?direction=zebra", ETAG), 40_000, None),
    ],
    ids=str,
)
def test_only_the_rest_of_the_same_recording_is_requested(
    token: ResumeToken | None, size: int, expected: str | None
) -> None:
    request = httpx.Request("GET", URL, headers={"Range": "bytes=7-", "If-Range": '"old"'})
    set_range_headers(request, token, size)
    assert request.headers.get("range") == expected
    assert request.headers.get("if-range") == (None if expected is None else ETAG)


def test_range_headers_are_added_to_a_request_without_any() -> None:
    request = httpx.Request("GET", URL)
    set_range_headers(request, TOKEN, 5)
    assert (request.headers["range"], request.headers["if-range"]) == ("bytes=5-", ETAG)


@pytest.mark.parametrize("status", [200, 203, 205, 207, 416])
def test_a_response_that_is_not_partial_starts_at_the_beginning(status: int) -> None:
    whole = response({"content-range": "bytes 10-99/100", "etag": ETAG}, status)
    assert resume_offset(whole, TOKEN, 10) == 0


def test_a_range_from_the_requested_byte_to_the_last_continues_the_file() -> None:
    assert resume_offset(partial("bytes 10-99/100"), TOKEN, 10) == 10


@pytest.mark.parametrize(
    ("content_range", "etag"),
    [
        ("bytes 9-99/100", ETAG),
        ("bytes 11-99/100", ETAG),
        ("bytes 0-99/100", ETAG),
        ("bytes 10-98/100", ETAG),  # ends too early
        ("bytes 10-99/99", ETAG),
        ("bytes 10-99/*", ETAG),  # may end too early
        ("bytes 10-99/100", '"v0"'),
        ("bytes 10-99/100", '"v2"'),
        ("bytes 10-99/100", ""),
        ("", ETAG),
        ("bytes */100", ETAG),
        ("items 10-99/100", ETAG),
        ("bytes 10-99/100, 120-130/140", ETAG),
        ("bytes \u00b9\u00b2-99/100", ETAG),
        (f"bytes 10-{NINETEEN_DIGITS}/1{'0' * 19}", ETAG),
    ],
)
def test_a_range_of_other_bytes_or_of_another_recording_is_refused(
    content_range: str, etag: str
) -> None:
    assert resume_offset(partial(content_range, etag), TOKEN, 10) is None


def test_a_partial_response_without_a_token_is_refused() -> None:
    assert resume_offset(partial("bytes 10-99/100"), None, 10) is None


@pytest.mark.parametrize(
    ("answer", "offset", "size"),
    [
        (response({"content-length": "90"}), 0, 90),
        (response({"content-length": "90"}), 10, 100),
        (response({}), 10, None),
        (partial("bytes 10-99/100"), 10, 100),
        (response({"content-range": "bytes 10-99/*", "content-length": "90"}, 206), 10, 100),
        (response({"content-range": "bytes 10-99/*"}, 206), 10, None),
        (response({"content-range": "nonsense", "content-length": "90"}, 206), 10, 100),
        # Only a partial response has a range.
        (response({"content-range": "bytes 10-99/500", "content-length": "90"}), 0, 90),
        (response({"content-range": "bytes 10-99/500", "content-length": "90"}, 207), 0, 90),
        (partial(f"bytes 10-99/{NINETEEN_DIGITS}"), 10, int(NINETEEN_DIGITS)),
    ],
)
def test_the_size_of_the_file_comes_from_the_range_or_from_the_length(
    answer: httpx.Response, offset: int, size: int | None
) -> None:
    assert file_size(answer, offset) == size


@pytest.mark.parametrize(
    ("headers", "length"),
    [
        ({"content-length": "0"}, 0),
        ({"content-length": "44"}, 44),
        ({"content-length": "44", "content-encoding": "identity"}, 44),
        ({"content-length": "44", "content-encoding": "gzip"}, None),
        ({"content-length": "44", "content-encoding": "br"}, None),
        ({"content-length": "44", "content-encoding": "zstd"}, None),
        ({"content-length": "-1"}, None),
        ({"content-length": "4 4"}, None),
        ({"content-length": "\u00b2"}, None),
        ({"content-length": ""}, None),
        ({}, None),
    ],
    ids=str,
)
def test_a_length_that_does_not_count_the_bytes_of_the_file_is_ignored(
    headers: dict[str, str], length: int | None
) -> None:
    assert content_length(response(headers)) == length
