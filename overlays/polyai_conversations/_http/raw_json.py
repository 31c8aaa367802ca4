"""The JSON text of responses as the server sent it; no I/O.

A model keeps every value, but not whether it was written as `1.0` or `1.00`, `1e3` or `1000.0`.
This module only cuts the text into pieces and never serializes values again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import httpx

from polyai_conversations_api.api.conversations import list_conversations
from polyai_conversations_api.models import ConversationSummaryResponse, GetConversationsResponse

from .redaction import redacted_body
from .response_parsing import parse_response

_decode = json.JSONDecoder().raw_decode
_SEPARATORS: Final = re.compile(r"[ \t\n\r,:]*")
# Line breaks occur only between values. The other characters, which control terminals, occur only
# inside strings, where an escape sequence has the same meaning.
_NOT_ON_ONE_LINE: Final = re.compile("[\r\n\x7f-\x9f\u2028\u2029]")


class RawSummary(ConversationSummaryResponse):
    """A summary with the JSON text that the server sent, on one line."""

    raw_json: str


def parse_raw_page(response: httpx.Response) -> GetConversationsResponse:
    """Parse a page of the list into `RawSummary` objects.

    Raises:
        ResponseValidationError: The body violates the contract.
    """
    page: GetConversationsResponse = parse_response(list_conversations, response)
    values = _values(_text(response))
    members = {name: text for (name, _), (_, text) in zip(values, values, strict=True)}
    page.conversations = [_summary(*each) for each in _values(members["conversations"])]
    return page


def raw_json(response: httpx.Response) -> str:
    """Return the JSON text of a valid response, on one line."""
    return on_one_line(_text(response))


def on_one_line(text: str) -> str:
    """Return equivalent JSON text on one line, without control characters."""
    return _NOT_ON_ONE_LINE.sub(_without_control, text.strip())


def _without_control(match: re.Match[str]) -> str:
    character = match[0]
    return " " if character in "\r\n" else f"\\u{ord(character):04x}"


def _summary(value: dict[str, Any], text: str) -> RawSummary:
    summary = RawSummary.from_dict(value)
    summary.raw_json = on_one_line(text)
    return summary


def _text(response: httpx.Response) -> str:
    body = redacted_body(response)
    return body.decode(json.detect_encoding(body), "surrogatepass")


def _values(text: str) -> Iterator[tuple[Any, str]]:
    """Yield each element of a valid array, or each name and each value of a valid object.

    Each comes with its text.
    """
    at = _skip_separators(text, _skip_separators(text, 0) + len("["))
    while text[at] not in "]}":
        value, end = _decode(text, at)
        yield value, text[at:end]
        at = _skip_separators(text, end)


def _skip_separators(text: str, at: int) -> int:
    match = _SEPARATORS.match(text, at)
    assert match is not None  # noqa: S101 - it also matches the empty string
    return match.end()
