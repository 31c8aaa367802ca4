"""Filters: which conversations they select, and lists that are read with one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from polyai_conversations import ConversationFilter
from polyai_conversations._paging.paginator import OffsetPaginator
from polyai_conversations.models import ConversationSummaryResponse, GetConversationsResponse
from polyai_conversations.sandbox import Sandbox
from polyai_conversations.views import ConversationView, view

if TYPE_CHECKING:
    from clients import Connect

IDS = {"conversationId": "c", "accountId": "a", "projectId": "p"}
CALL = {
    "channel": "VOICE-SIP",
    "clientEnv": "live",
    "direction": "inbound",
    "handoff": False,
    "polyScore": 3.5,
    "duration": 60,
}


def call_with(**fields: Any) -> ConversationView:
    return view(ConversationSummaryResponse.from_dict(IDS | fields))


MATCHING: list[dict[str, Any]] = [
    {},
    {"channel": "VOICE-SIP"},
    {"channel": "voice-sip"},
    {"channel": ["CHAT", "VOICE-SIP"]},
    {"client_env": "LIVE"},
    {"direction": ("inbound", "outbound")},
    {"handoff": False},
    {"min_score": 3.5},
    {"max_score": 3.5},
    {"min_score": 3, "max_score": 4},
    {"min_duration": timedelta(minutes=1)},
    {"channel": "VOICE-SIP", "client_env": "live", "handoff": False, "min_score": 1},
]
NOT_MATCHING: list[dict[str, Any]] = [
    {"channel": "VOICE"},
    {"channel": ("CHAT", "SMS")},
    {"client_env": "sandbox"},
    {"direction": "outbound"},
    {"handoff": True},
    {"min_score": 3.6},
    {"max_score": 3.4},
    {"min_duration": timedelta(seconds=61)},
    {"channel": "VOICE-SIP", "max_score": 1},
]


@pytest.mark.parametrize("arguments", MATCHING, ids=str)
def test_conversation_that_meets_every_argument_matches(arguments: dict[str, Any]) -> None:
    assert ConversationFilter(**arguments)(call_with(**CALL)) is True


@pytest.mark.parametrize("arguments", NOT_MATCHING, ids=str)
def test_conversation_that_fails_one_argument_does_not_match(arguments: dict[str, Any]) -> None:
    assert ConversationFilter(**arguments)(call_with(**CALL)) is False


@pytest.mark.parametrize("arguments", MATCHING[1:], ids=str)
def test_conversation_without_the_value_does_not_match(arguments: dict[str, Any]) -> None:
    assert ConversationFilter(**arguments)(call_with()) is False
    empty = dict.fromkeys(CALL)
    assert ConversationFilter(**arguments)(call_with(**empty)) is False


def test_filter_without_arguments_matches_conversations_without_values() -> None:
    assert ConversationFilter()(call_with()) is True


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"channel": ""}, "channel must be a string that is not empty"),
        ({"client_env": []}, "client_env must be a string"),
        ({"direction": ["inbound", 1]}, "direction must be a string"),
        ({"handoff": "no"}, "handoff must be True, False or None"),
        ({"min_score": "3"}, "min_score must be a number"),
        ({"min_score": True}, "min_score must be a number"),
        ({"max_score": float("nan")}, "max_score must be a number"),
        ({"min_score": 10**400}, "min_score must be a number that fits into a float"),
        ({"max_score": -(10**400)}, "max_score must be a number that fits into a float"),
        ({"min_score": 4, "max_score": 3}, "min_score must not be greater than max_score: 4 > 3"),
        ({"min_duration": 30}, r"min_duration must be a timedelta .*, such as timedelta"),
        ({"min_duration": timedelta(seconds=-1)}, "min_duration must be a timedelta of at least 0"),
    ],
)
def test_invalid_arguments_of_a_filter_are_rejected(
    arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        ConversationFilter(**arguments)


def list_of(*scores: float | None) -> httpx.MockTransport:
    """Serve a list of conversations with these scores."""
    rows: list[dict[str, Any]] = [
        {**IDS, "conversationId": f"c{n}", "polyScore": score} for n, score in enumerate(scores)
    ]

    def respond(request: httpx.Request) -> httpx.Response:
        offset, limit = (int(request.url.params[name]) for name in ("offset", "limit"))
        page = {"conversations": rows[offset : offset + limit], "count": len(rows)}
        return httpx.Response(200, json={**page, "limit": limit, "offset": offset})

    return httpx.MockTransport(respond)


def ids_of(conversations: Any) -> list[str]:
    return [conversation.conversation_id for conversation in conversations]


def test_list_returns_only_conversations_that_the_filter_selects(connect: Connect) -> None:
    client = connect(transport=list_of(*[5, 1, None, 1, 5] * 20))
    low = ConversationFilter(max_score=2)
    expected = [f"c{n}" for n in range(100) if n % 5 in {1, 3}]
    for page_size in (1, 2, 7, 100):
        assert ids_of(client.list_conversations(page_size=page_size, where=low)) == expected
    pager = client.list_conversations(page_size=7, where=low)
    pages = [ids_of(page.conversations) for page in pager.pages()]
    assert [each for page in pages for each in page] == expected
    assert all(pages)
    assert pager.total == 100


def test_any_function_of_a_view_can_select_conversations(connect: Connect) -> None:
    client = connect(transport=list_of(1, None, 4))
    calls = client.list_conversations(where=lambda call: call.poly_score)
    assert ids_of(calls) == ["c0", "c2"]


def test_max_items_counts_the_conversations_that_were_selected(connect: Connect) -> None:
    client = connect(transport=list_of(*[5, 5, 5, 1] * 25))
    for max_items in (0, 1, 2, 3, 25, 99):
        pager = client.list_conversations(
            page_size=10, max_items=max_items, where=ConversationFilter(max_score=2)
        )
        assert ids_of(pager) == [f"c{n}" for n in range(3, 100, 4)][:max_items]


def test_pages_are_full_and_prefetched_until_max_items_conversations_are_selected() -> None:
    paginator = OffsetPaginator(page_size=10, start=0, max_items=1, where=lambda _: False)
    (first,) = paginator.next_requests(4)
    rows = [IDS | {"conversationId": f"c{n}"} for n in range(first.limit)]
    page = {"conversations": rows, "count": 100, "limit": first.limit, "offset": 0}
    assert paginator.receive_page(first, GetConversationsResponse.from_dict(page)) == []
    requests = paginator.next_requests(4)
    assert [(each.offset, each.limit) for each in requests] == [
        (9, 10),
        (18, 10),
        (27, 10),
        (36, 10),
    ]


def test_iteration_continues_after_the_last_conversation_that_was_selected(
    connect: Connect,
) -> None:
    client = connect(transport=list_of(*[5, 5, 5, 1] * 25))
    low = ConversationFilter(max_score=2)
    found: list[str] = []
    start = 0
    while len(found) < 25:
        pager = client.list_conversations(page_size=10, max_items=2, start=start, where=low)
        found += ids_of(pager)
        start = pager.next_offset
    assert found == [f"c{n}" for n in range(3, 100, 4)]


def test_filtered_list_is_complete_while_conversations_arrive_and_leave(connect: Connect) -> None:
    with Sandbox(conversations=400, seed=7, insertions=1.5, deletions=0.5) as sandbox:
        before = [row for row in sandbox.store.page(1000, 0) if row["handoff"]]
        client = connect(
            api_key=sandbox.api_key,
            agent_id=sandbox.agent_id,
            base_url=sandbox.url,
            transport=None,
        )
        handed_off = ConversationFilter(handoff=True)
        found = list(client.list_conversations(page_size=20, where=handed_off))
        present = [row for row in before if row["conversationId"] in sandbox.store]
    assert all(each.handoff is True for each in found)
    assert len(set(ids_of(found))) == len(found)
    assert {row["conversationId"] for row in present} <= set(ids_of(found))


async def awaited(call: ConversationView) -> bool:
    return call.handoff is True


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({"channel": "CHAT"}, "where must be a ConversationFilter or a function"),
        (ConversationFilter, "where must be a ConversationFilter or a function"),
        (awaited, "where must be a function without async"),
    ],
)
def test_invalid_filter_of_a_list_is_rejected_before_anything_is_sent(
    connect: Connect, where: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        connect(transport=list_of(1)).list_conversations(where=where)


def test_error_in_a_filter_ends_the_iteration(connect: Connect) -> None:
    client = connect(transport=list_of(1, 2, 3))
    with pytest.raises(ZeroDivisionError):
        list(client.list_conversations(where=lambda _: 1 // 0))
