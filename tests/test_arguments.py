"""Bad arguments are a ValueError before anything is sent; good ones arrive unchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polyai_conversations import ConversationsClient
from polyai_conversations.models import AnnotationItem
from polyai_conversations_api.api.conversations import get_conversation

if TYPE_CHECKING:
    from collections.abc import Callable

    from clients import Connect

GOOD = {"turnId": 3, "role": "agent", "annotationType": "wrong_info"}
DETAIL = {"conversationId": "c", "accountId": "a", "projectId": "p"}


def nothing_may_be_sent(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"{request.url} was asked for")


@pytest.fixture
def client(connect: Connect) -> Any:
    return connect(transport=httpx.MockTransport(nothing_may_be_sent))


CALLS: dict[str, Callable[[Any, Any], Any]] = {
    "get_conversation": lambda client, id_: client.get_conversation(id_),
    "add_annotations": lambda client, id_: client.add_annotations(id_, [GOOD]),
    "upsert_note": lambda client, id_: client.upsert_note(id_, "note"),
    "read_audio": lambda client, id_: client.read_audio(id_),
    "for_agent": lambda client, id_: client.for_agent(id_),
    "call": lambda client, id_: client.call(get_conversation, id_),
}


@pytest.mark.parametrize("id_", ["", "  ", ".", "..", None, 3, b"id", "\ud800"], ids=ascii)
@pytest.mark.parametrize("name", CALLS)
def test_an_id_that_fits_no_path_is_refused(client: Any, name: str, id_: Any) -> None:
    with pytest.raises(ValueError, match="_id "):
        CALLS[name](client, id_)


RULES: dict[str, tuple[Callable[[Any], Any], str]] = {
    "limit 0": (lambda c: c.list_page(limit=0), "limit must be at least 1"),
    "limit True": (lambda c: c.list_page(limit=True), "limit must be a whole number"),
    "limit 1.5": (lambda c: c.list_page(limit=1.5), "limit must be a whole number"),
    "offset -1": (lambda c: c.list_page(offset=-1), "offset must be at least 0"),
    "page_size 0": (lambda c: c.list_conversations(page_size=0), "page_size must be at least 1"),
    "max_items -1": (lambda c: c.list_conversations(max_items=-1), "max_items must be at least"),
    "start -1": (lambda c: c.list_conversations(start=-1), "start must be at least 0"),
    "prefetch 0": (lambda c: c.list_conversations(prefetch=0), "prefetch must be at least 1"),
    "direction": (
        lambda c: c.read_audio("id", "both"),
        "direction must be one of agent, combined, user",
    ),
    "redacted": (lambda c: c.read_audio("id", redacted="no"), "redacted must be True or False"),
    "an operation by name": (lambda c: c.call("get_conversation"), "operation must be a module"),
    "note": (lambda c: c.upsert_note("id", None), "note must be a string"),
    "no annotations": (lambda c: c.add_annotations("id", []), "at least one annotation"),
    "one mapping": (lambda c: c.add_annotations("id", GOOD), "must be a list of annotations"),
    "a text": (lambda c: c.add_annotations("id", "wrong"), "must be a list of annotations"),
    "an item of no kind": (lambda c: c.add_annotations("id", [1]), r"annotations\[0\] must be a"),
    "no role": (
        lambda c: c.add_annotations("id", [GOOD, {"turnId": 1}]),
        r"annotations\[1\] lacks 'role'",
    ),
    "turnId -1": (
        lambda c: c.add_annotations("id", [{**GOOD, "turnId": -1}]),
        r"annotations\[0\]\['turnId'\] must be at least 0",
    ),
    "role boss": (
        lambda c: c.add_annotations("id", [{**GOOD, "role": "boss"}]),
        "must be one of .*user",
    ),
    "type": (
        lambda c: c.add_annotations(
            "id",
            [AnnotationItem(turn_id=1, role="user", annotation_type="bad")],  # type: ignore[arg-type]
        ),
        "must be one of missing_topic",
    ),
}


@pytest.mark.parametrize(("call", "message"), RULES.values(), ids=RULES)
def test_a_broken_rule_is_named(client: Any, call: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(client)


def test_a_call_with_too_few_ids_says_which_it_wants(client: Any) -> None:
    with pytest.raises(TypeError, match="agent_id, conversation_id"):
        client.call(get_conversation)


@pytest.mark.parametrize(
    "id_", ["a/b", "a?b", "50%", "%2F", "a b", "é 漢 🙂", "a..b", "../x", "#", "a+b&c=d", "..."]
)
def test_an_id_arrives_unchanged(connect: Connect, id_: str) -> None:
    seen: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.raw_path)
        return httpx.Response(200, json=DETAIL)

    connect(transport=httpx.MockTransport(answer)).for_agent(id_).get_conversation(id_)
    parts = seen[0].decode().split("/")
    assert [unquote(parts[3]), unquote(parts[5])] == [id_, id_]
    assert len(parts) == 6


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=200)
@given(st.text(min_size=1).filter(lambda id_: id_.strip() and id_ not in {".", ".."}))
def test_any_id_is_one_segment_of_the_path(id_: str) -> None:
    seen: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.raw_path)
        return httpx.Response(200, json=DETAIL)

    transport = httpx.MockTransport(answer)
    with ConversationsClient(api_key="k", agent_id="a", region="us", transport=transport) as client:
        client.get_conversation(id_)
    assert unquote(seen[0].decode().removeprefix("/v1/agents/a/conversations/")) == id_
    assert seen[0].count(b"/") == 5


def test_annotations_may_be_mappings_or_items(connect: Connect) -> None:
    bodies: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        bodies.append(request.content)
        return httpx.Response(201, json={"success": True})

    client = connect(transport=httpx.MockTransport(answer))
    item = AnnotationItem(turn_id=3, role="agent", annotation_type="wrong_info")
    client.add_annotations("id", [GOOD])
    client.add_annotations("id", (entry for entry in [item]))
    client.add_annotations("id", [{**GOOD, "comment": "kept"}])
    assert bodies[0] == bodies[1]
    assert b'"comment":"kept"' in bodies[2]
