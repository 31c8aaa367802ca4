"""The JSON text of responses as the server sent it; no I/O.

A model keeps every value, but not whether it was written as `1.0` or `1.00`, `1e3` or `1000.0`.
This module only cuts the text into pieces and never serializes values again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

import httpx

from polyai_conversations_api.api.conversations import list_conversations
from polyai_conversations_api.models import ConversationSummaryResponse, GetConversationsResponse

from .operation import parse_response
from .redaction import redacted_body

_decode = json.JSONDecoder().raw_decode
_WHITESPACE: Final = re.compile(r"[ \t\n\r]*")
# Line breaks occur only between values. The other characters, which control terminals, occur only
# inside strings, where an escape sequence has the same meaning.
_ON_ONE_LINE: Final = {
    **{ord(blank): " " for blank in "\r\n"},
    **{code: f"\\u{code:04x}" for code in (*range(0x7F, 0xA0), 0x2028, 0x2029)},
}


class RawSummary(ConversationSummaryResponse):
    """A summary with the JSON text that the server sent, on one line."""

    raw_json: str


def parse_raw_page(response: httpx.Response) -> GetConversationsResponse:
    """Parse a page of the list into `RawSummary` objects.

    Raises:
        ResponseValidationError: The body violates the contract.
    """
    page: GetConversationsResponse = parse_response(list_conversations, response)
    members = dict(_members(_text(response)))
    page.conversations = [_summary(text) for text in _elements(members["conversations"])]
    return page


def raw_json(response: httpx.Response) -> str:
    """Return the JSON text of a valid response, on one line."""
    return on_one_line(_text(response))


def on_one_line(text: str) -> str:
    """Return equivalent JSON text on one line, without control characters."""
    return text.strip().translate(_ON_ONE_LINE)


def _summary(text: str) -> RawSummary:
    summary = RawSummary.from_dict(json.loads(text))
    summary.raw_json = on_one_line(text)
    return summary


def _text(response: httpx.Response) -> str:
    body = redacted_body(response)
    return body.decode(json.detect_encoding(body), "surrogatepass")


def _members(text: str) -> Iterator[tuple[str, str]]:
    for start, end in _spans(text):
        name, name_end = _decode(text, start)
        value_start = _skip_whitespace(text, _skip_whitespace(text, name_end) + len(":"))
        yield name, text[value_start:end]


def _elements(text: str) -> Iterator[str]:
    for start, end in _spans(text):
        yield text[start:end]


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each member of an object, or of each element of an array."""
    at = _skip_whitespace(text, _skip_whitespace(text, 0) + len("["))
    while text[at] not in "]}":
        start = at
        _, end = _decode(text, start)
        at = _skip_whitespace(text, end)
        if text[at] == ":":
            _, end = _decode(text, _skip_whitespace(text, at + 1))
            at = _skip_whitespace(text, end)
        yield start, end
        if text[at] == ",":
            at = _skip_whitespace(text, at + 1)


def _skip_whitespace(text: str, at: int) -> int:
    match = _WHITESPACE.match(text, at)
    assert match is not None  # noqa: S101 - it also matches the empty string
    return match.end()
