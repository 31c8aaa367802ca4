"""Answers in the server's own words."""

from __future__ import annotations

import json

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyai_conversations._http.raw_json import RawSummary, on_one_line, parse_raw_page, raw_json

IDS = {"conversationId": "CA1", "accountId": "ws-1", "projectId": "PROJECT-1"}

leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
values = st.recursive(
    leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=5
)
conversations = st.dictionaries(st.text(), values, max_size=3).map(
    lambda extra: {f"x{name}": value for name, value in extra.items()} | IDS
)


def response(body: bytes) -> httpx.Response:
    request = httpx.Request("GET", "https://api.us.poly.ai/v1", headers={"X-API-KEY": "secret-key"})
    return httpx.Response(200, content=body, request=request)


def page_of(body: str) -> list[str]:
    sent = parse_raw_page(response(body.encode("utf-8", "surrogatepass"))).conversations
    return [summary.raw_json for summary in sent if isinstance(summary, RawSummary)]


@settings(max_examples=100)
@given(
    st.lists(conversations, max_size=4),
    st.sampled_from([None, 0, 2]),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_every_conversation_of_a_page_is_there_as_it_was_sent(
    sent: list[dict[str, object]],
    indent: int | None,
    ascii_only: bool,
    dice: object,
) -> None:
    members = {"count": len(sent), "conversations": sent, "limit": 50, "offset": 0, "more": [{}]}
    names = sorted(members, key=lambda _: dice.random())  # type: ignore[attr-defined]
    page = {name: members[name] for name in names}
    texts = page_of(json.dumps(page, indent=indent, ensure_ascii=ascii_only))
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
def test_a_number_is_not_written_anew(number: str) -> None:
    conversation = f'{json.dumps(IDS)[:-1]} ,"n" : {number}\n }}'
    body = f'{{"conversations" : [ {conversation} ],"count":1,"limit":1,"offset":0}}'
    assert page_of(body) == [conversation.replace("\n", " ")]


def test_of_a_name_given_twice_the_last_value_counts() -> None:
    body = json.dumps({"conversations": [IDS], "count": 1, "limit": 1, "offset": 0})
    assert page_of('{"conversations":[],' + body[1:]) == [json.dumps(IDS)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32-le"])
def test_any_encoding_of_json_is_read(encoding: str) -> None:
    assert raw_json(response('{"a": "ü"}'.encode(encoding))) == '{"a": "ü"}'


def test_what_steers_a_terminal_is_escaped_and_means_the_same() -> None:
    text = '{"a":\r\n"\x7f\x9b2J\u2028"}'
    assert on_one_line(text) == '{"a":  "\\u007f\\u009b2J\\u2028"}'
    assert json.loads(on_one_line(text)) == json.loads(text)


def test_a_key_that_the_server_echoes_is_cut_out() -> None:
    conversation = json.dumps({**IDS, "note": "secret-key"})
    body = f'{{"conversations":[{conversation}],"count":1,"limit":1,"offset":0}}'
    assert page_of(body) == [conversation.replace("secret-key", "[key]")]
    assert "secret-key" not in raw_json(response(body.encode()))
