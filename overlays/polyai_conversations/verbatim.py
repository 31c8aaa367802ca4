"""Answers in the server's own words, for those who want what was sent and not what was understood.

A model keeps every value, but not how it was written: `1.0` or `1.00`, `1e3` or `1000.0`. Here a
JSON text is cut, never written anew. No I/O.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from polyai_conversations_api.api.conversations import list_conversations
from polyai_conversations_api.models import ConversationSummaryResponse

from .operation import result
from .status import evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from polyai_conversations_api.models import GetConversationsResponse

_decode = json.JSONDecoder().raw_decode
_BLANK: Final = re.compile(r"[ \t\n\r]*")
# Line breaks stand between values alone. The others are for terminals to obey, and stand in strings
# alone, where they may as well be escaped.
_ON_ONE_LINE: Final = {
    **{ord(blank): " " for blank in "\r\n"},
    **{code: f"\\u{code:04x}" for code in (*range(0x7F, 0xA0), 0x2028, 0x2029)},
}


class SentSummary(ConversationSummaryResponse):
    """A summary with the JSON text, on one line, in which it was sent."""

    sent: str


def sent_page(response: httpx.Response) -> GetConversationsResponse:
    """Read a page of the list whose conversations are `SentSummary`.

    Raises:
        ResponseValidationError: The body is not what the contract says.

    """
    page: GetConversationsResponse = result(list_conversations, response)
    members = dict(_members(_text(response)))
    page.conversations = [_summary(text) for text in _elements(members["conversations"])]
    return page


def sent_text(response: httpx.Response) -> str:
    """Give the JSON text of an answer that was found good, on one line."""
    return on_one_line(_text(response))


def on_one_line(text: str) -> str:
    """Write a JSON text on one line, with nothing that steers a terminal, and the same value."""
    return text.strip().translate(_ON_ONE_LINE)


def _summary(text: str) -> SentSummary:
    summary = SentSummary.from_dict(json.loads(text))
    summary.sent = on_one_line(text)
    return summary


def _text(response: httpx.Response) -> str:
    body = evidence(response)
    return body.decode(json.detect_encoding(body), "surrogatepass")


def _members(text: str) -> Iterator[tuple[str, str]]:
    for start, end in _pieces(text):
        name, name_end = _decode(text, start)
        value_start = _after_blank(text, _after_blank(text, name_end) + len(":"))
        yield name, text[value_start:end]


def _elements(text: str) -> Iterator[str]:
    for start, end in _pieces(text):
        yield text[start:end]


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Tell where each member of an object, or each element of a list, begins and ends."""
    at = _after_blank(text, _after_blank(text, 0) + len("["))
    while text[at] not in "]}":
        start = at
        _, end = _decode(text, start)
        at = _after_blank(text, end)
        if text[at] == ":":
            _, end = _decode(text, _after_blank(text, at + 1))
            at = _after_blank(text, end)
        yield start, end
        if text[at] == ",":
            at = _after_blank(text, at + 1)


def _after_blank(text: str, at: int) -> int:
    blank = _BLANK.match(text, at)
    assert blank is not None  # noqa: S101 - it matches nothing too
    return blank.end()
