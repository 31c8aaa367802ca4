"""JSON is parsed in the same way whether msgspec is installed or not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_conversations._http import json_parser
from polyai_conversations._http.json_parser import parse_json

if TYPE_CHECKING:
    from collections.abc import Callable

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
)
NUMBER = r"-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?"
BODIES = {
    "integer of 65 bits": b"18446744073709551616",
    "integer of 5,000 digits": b"1" * 5_000,
    "number beyond a double": b"[1e400, -1e400]",
    "smallest double": b"5e-324",
    "many digits": b"0.1234567890123456789012345678901234567890",
    "negative zero": b"[-0, -0.0]",
    "NaN": b'{"a": NaN}',
    "infinity": b"-Infinity",
    "lone surrogate": rb'["\ud800", "\udc00\ud800"]',
    "surrogate pair": rb'"\ud83d\ude00"',
    "surrogate in UTF-8": b'"\xed\xa0\x80"',
    "invalid UTF-8": b'"\xff"',
    "same key twice": b'{"a": 1, "b": 2, "a": 3}',
    "byte order mark": b'\xef\xbb\xbf{"a": 1}',
    "UTF-16": '{"a": "ä"}'.encode("utf-16"),
    "UTF-32": '{"a": "ä"}'.encode("utf-32"),
    "blanks": b" \n\r\t[1\n, 2 ] ",
    "other blanks": b"\x0c1",
    "raw control character": b'"\t"',
    "escaped control character": rb'"\u0000"',
    "leading zero": b"01",
    "trailing comma": b"[1,]",
    "two values": b"{} {}",
    "single quotes": b"{'a': 1}",
    "nothing": b"",
    "900 nested arrays": b"[" * 900 + b"]" * 900,
    "100,000 nested arrays": b"[" * 100_000 + b"]" * 100_000,
    "100,000 nested objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
}


@pytest.fixture(scope="module")
def parse_without_msgspec() -> Callable[[bytes], object]:
    def parse(body: bytes) -> object:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(json_parser, "_msgspec", lambda: None)
            return parse_json(body)

    return parse


def outcome(parse: Callable[[bytes], object], body: bytes) -> str:
    """The result, in a form that tells 1 from 1.0 and from True, or the error."""
    try:
        return repr(parse(body))
    except (ValueError, RecursionError) as error:
        return f"{type(error).__name__}: {error}"


def test_msgspec_is_used() -> None:
    assert json_parser._msgspec() is not None


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_unusual_json_has_the_same_result(
    parse_without_msgspec: Callable[[bytes], object], body: bytes
) -> None:
    assert outcome(parse_json, body) == outcome(parse_without_msgspec, body)


@given(value=JSON, ascii_only=st.booleans())
def test_any_json_has_the_same_result(
    parse_without_msgspec: Callable[[bytes], object], value: object, ascii_only: bool
) -> None:
    body = json.dumps(value, ensure_ascii=ascii_only).encode(errors="surrogatepass")
    assert outcome(parse_json, body) == outcome(parse_without_msgspec, body)


@given(value=JSON, data=st.data())
def test_damaged_json_has_the_same_result(
    parse_without_msgspec: Callable[[bytes], object], value: object, data: st.DataObject
) -> None:
    body = json.dumps(value, ensure_ascii=False).encode(errors="surrogatepass")
    start = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(start, min(start + 2, len(body))))
    damaged = body[:start] + data.draw(st.binary(max_size=2)) + body[end:]
    assert outcome(parse_json, damaged) == outcome(parse_without_msgspec, damaged)


@given(number=st.from_regex(NUMBER, fullmatch=True))
def test_any_number_has_the_same_result(
    parse_without_msgspec: Callable[[bytes], object], number: str
) -> None:
    body = number.encode()
    assert outcome(parse_json, body) == outcome(parse_without_msgspec, body)
