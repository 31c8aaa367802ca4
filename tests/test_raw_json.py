"""Responses as the JSON text that the server sent."""

from __future__ import annotations

import json

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyai_conversations._http.api_key import ApiKey
from polyai_conversations._http.raw_json import RawSummary, on_one_line, parse_raw_page, raw_json
from polyai_conversations._http.redaction import API_KEY

IDS = {"conversationId": "CA1", "accountId": "ws-1", "projectId": "PROJECT-1"}

numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
leaves = st.none() | st.booleans() | numbers | st.text()
values = st.recursive(
    leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=5
)
conversations = st.dictionaries(st.text(), values, max_size=3).map(
    lambda extra: {f"x{name}": value for name, value in extra.items()} | IDS
)
members = st.permutations(["conversations", "count", "limit", "offset", "unknown"])


def make_response(body: bytes) -> httpx.Response:
    request = httpx.Request(
        "GET", "https://api.us.poly.ai/v1", extensions={API_KEY: ApiKey("secret-key")}
    )
    return httpx.Response(200, content=body, request=request)


def raw_summaries(body: str) -> list[str]:
    page = parse_raw_page(make_response(body.encode("utf-8", "surrogatepass")))
    return [summary.raw_json for summary in page.conversations if isinstance(summary, RawSummary)]


@settings(max_examples=100)
@given(
    sent=st.lists(conversations, max_size=4),
    order=members,
    indent=st.sampled_from([None, 0, 2]),
    ensure_ascii=st.booleans(),
)
def test_every_conversation_of_a_page_has_the_text_that_was_sent(
    sent: list[dict[str, object]], order: list[str], indent: int | None, *, ensure_ascii: bool
) -> None:
    page = {"conversations": sent, "count": len(sent), "limit": 50, "offset": 0, "unknown": [{}]}
    ordered = {name: page[name] for name in order}
    texts = raw_summaries(json.dumps(ordered, indent=indent, ensure_ascii=ensure_ascii))
    assert [json.loads(text) for text in texts] == sent
    assert not any("\n" in text for text in texts)


NUMBERS = [
    "1.0",
    "1.50",
    "1e3",
    "-0.0",
    "12345678901234567890123",
    "0.1000000000000000055511151231",
]


@pytest.mark.parametrize("number", NUMBERS)
def test_spelling_of_numbers_is_kept(number: str) -> None:
    conversation = f'{json.dumps(IDS)[:-1]} ,"n" : {number}\n }}'
    body = f'{{"conversations" : [ {conversation} ],"count":1,"limit":1,"offset":0}}'
    assert raw_summaries(body) == [conversation.replace("\n", " ")]


def test_last_of_several_members_with_the_same_name_counts() -> None:
    body = json.dumps({"conversations": [IDS], "count": 1, "limit": 1, "offset": 0})
    assert raw_summaries('{"conversations":[],' + body[1:]) == [json.dumps(IDS)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32-le"])
def test_every_encoding_of_json_is_decoded(encoding: str) -> None:
    assert raw_json(make_response('{"a": "ü"}'.encode(encoding))) == '{"a": "ü"}'


def test_control_characters_are_escaped_without_changing_the_value() -> None:
    text = '{"a":\r\n"\x7f\x9b2J\u2028"}'
    assert on_one_line(text) == '{"a":  "\\u007f\\u009b2J\\u2028"}'
    assert json.loads(on_one_line(text)) == json.loads(text)


def test_api_key_in_a_response_is_redacted() -> None:
    conversation = json.dumps({**IDS, "note": "secret-key"})
    body = f'{{"conversations":[{conversation}],"count":1,"limit":1,"offset":0}}'
    assert raw_summaries(body) == [conversation.replace("secret-key", "[key]")]
    assert "secret-key" not in raw_json(make_response(body.encode()))
