"""The pagers: what they send and when, and what they leave behind."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

import attrs
import httpx
import pytest

from faulty_server import FaultyServer, hang, respond
from polyai_conversations import ConversationsClient, PaginationError, ServerError
from polyai_conversations.sandbox import Sandbox

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from clients import Connect
    from polyai_conversations.models import GetConversationsResponse

    Serve = Callable[..., tuple[Any, "ListServer"]]


@attrs.define
class ListServer:
    """A list behind a transport that serves both kinds of client, and remembers what was asked."""

    size: int
    cap: int = 1000
    delay: float = 0.0
    fails_from: int | None = None
    retry_after: str | None = None
    ignores_offset: bool = False
    offsets: list[int] = attrs.field(factory=list)
    most_at_once: int = 0
    _at_once: int = 0
    _lock: threading.Lock = attrs.field(factory=threading.Lock)

    def transport(self, kind: str) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer if kind == "sync" else self._answer_async)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self._enter(request)
        time.sleep(self.delay)
        return self._leave(request)

    async def _answer_async(self, request: httpx.Request) -> httpx.Response:
        self._enter(request)
        try:
            await asyncio.sleep(self.delay)
        finally:
            response = self._leave(request)
        return response

    def _enter(self, request: httpx.Request) -> None:
        with self._lock:
            self.offsets.append(int(request.url.params["offset"]))
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)

    def _leave(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            self._at_once -= 1
        offset = 0 if self.ignores_offset else int(request.url.params["offset"])
        limit = min(int(request.url.params["limit"]), self.cap)
        if self.fails_from is not None and offset + limit > self.fails_from:
            said = {} if self.retry_after is None else {"retry-after": self.retry_after}
            return httpx.Response(503, headers=said)
        rows = [
            {"conversationId": f"id-{n}", "accountId": "account", "projectId": "project"}
            for n in range(self.size)[offset : offset + limit]
        ]
        body = {"conversations": rows, "count": self.size, "limit": limit, "offset": offset}
        return httpx.Response(200, json=body)


@pytest.fixture
def serve(connect: Connect, kind: str) -> Serve:
    def serve(**settings: Any) -> tuple[Any, ListServer]:
        max_retries = settings.pop("max_retries", 0)
        server = ListServer(**settings)
        return connect(transport=server.transport(kind), max_retries=max_retries), server

    return serve


def ids_of(conversations: Any) -> list[str]:
    return [conversation.conversation_id for conversation in conversations]


def numbered(*numbers: int) -> list[str]:
    return [f"id-{n}" for n in range(*numbers)]


def test_nothing_is_sent_before_the_pager_is_iterated(serve: Serve) -> None:
    client, server = serve(size=5)
    pager = client.list_conversations()
    assert pager.total is None
    assert server.offsets == []


def test_each_iteration_is_a_new_walk(serve: Serve) -> None:
    client, server = serve(size=25)
    pager = client.list_conversations(page_size=10)
    assert ids_of(pager) == numbered(25)
    asked = len(server.offsets)
    server.size = 26
    assert ids_of(pager) == numbered(26)
    assert pager.total == 26
    assert len(server.offsets) == 2 * asked


def test_pages_hold_what_no_page_before_held(serve: Serve) -> None:
    client, _ = serve(size=25)
    pages: list[GetConversationsResponse] = list(client.list_conversations(page_size=10).pages())
    assert [len(page.conversations) for page in pages] == [10, 9, 6]
    assert {page.count for page in pages} == {25}


@pytest.mark.parametrize("size", [0, 1, 9, 10, 11, 19, 20])
def test_a_list_of_any_size_comes_whole(serve: Serve, size: int) -> None:
    client, _ = serve(size=size)
    assert ids_of(client.list_conversations(page_size=10)) == numbered(size)


def test_start_and_max_items_cut_the_walk(serve: Serve) -> None:
    client, server = serve(size=1000)
    pager = client.list_conversations(page_size=10, start=7, max_items=25)
    assert ids_of(pager) == numbered(7, 32)
    assert pager.next_offset == 32
    assert max(server.offsets) < 32, "pages beyond the last item were asked for"


def test_a_server_may_cap_the_page_size(serve: Serve) -> None:
    client, _ = serve(size=100, cap=7)
    assert ids_of(client.list_conversations(page_size=50)) == numbered(100)


@pytest.mark.parametrize("prefetch", [1, 3])
def test_as_many_pages_are_under_way_as_prefetch_says(serve: Serve, prefetch: int) -> None:
    client, server = serve(size=200, delay=0.01)
    assert len(ids_of(client.list_conversations(page_size=10, prefetch=prefetch))) == 200
    assert server.most_at_once == prefetch


def test_a_slow_reader_is_not_run_ahead_of(serve: Serve) -> None:
    client, server = serve(size=1000)
    with closing(client.list_conversations(page_size=10, prefetch=3).pages()) as pages:
        for taken in range(1, 6):
            next(pages)
            time.sleep(0.01)
            assert len(server.offsets) <= taken + 2 * 3


def test_a_failed_page_raises_in_place_and_the_walk_can_go_on(serve: Serve) -> None:
    client, server = serve(size=100, fails_from=45)
    pager = client.list_conversations(page_size=10)
    yielded = []
    with pytest.raises(ServerError):  # noqa: PT012 - what came before the error counts
        for conversation in pager:
            yielded.append(conversation.conversation_id)  # noqa: PERF401 - likewise
    assert yielded == numbered(pager.next_offset)
    assert len(yielded) > 30
    server.fails_from = None
    yielded += ids_of(client.list_conversations(page_size=10, start=pager.next_offset))
    assert yielded == numbered(100)


def test_a_server_that_ignores_the_offset_is_found_out(serve: Serve) -> None:
    client, server = serve(size=500, ignores_offset=True)
    with pytest.raises(PaginationError, match="ignore"):
        ids_of(client.list_conversations(page_size=10))
    assert len(server.offsets) <= 12


def walk_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if "conversations" in thread.name]


def leave_by_break(pager: Any) -> None:
    for _ in pager:
        break


def leave_by_error(pager: Any) -> None:
    with suppress(ZeroDivisionError):
        for _ in pager:
            raise ZeroDivisionError


def leave_by_close(pager: Any) -> None:
    walk = iter(pager)
    next(walk)
    walk.close()


@pytest.mark.parametrize("leave", [leave_by_break, leave_by_error, leave_by_close])
def test_leaving_the_loop_stops_the_requests(serve: Serve, leave: Callable[[Any], None]) -> None:
    client, server = serve(size=10_000, delay=0.02)
    leave(client.list_conversations(page_size=10, prefetch=4))
    assert walk_threads() == []
    assert len(server.offsets) <= 10
    asked = list(server.offsets)
    time.sleep(0.05)
    assert server.offsets == asked, "requests go on after the loop was left"


def test_leaving_the_loop_does_not_wait_for_retries(serve: Serve) -> None:
    client, server = serve(size=500, fails_from=15, retry_after="20", max_retries=4)
    started = time.monotonic()
    leave_by_break(client.list_conversations(page_size=10, prefetch=4))
    assert time.monotonic() - started < 10, "the loop waited for pages that nobody wants"
    assert walk_threads() == []
    assert len(server.offsets) <= 5


def page_of(first: int) -> bytes:
    ids = {"accountId": "a", "projectId": "p"}
    rows = [{"conversationId": f"c{n}", **ids} for n in range(first, first + 10)]
    return json.dumps({"conversations": rows, "count": 90, "limit": 10, "offset": first}).encode()


def test_leaving_the_loop_does_not_wait_for_a_server_that_says_nothing(connect: Connect) -> None:
    with FaultyServer(respond(200, page_of(0)), hang) as server:
        client = connect(region=None, base_url=server.url, timeout=30)
        started = time.monotonic()
        leave_by_break(client.list_conversations(page_size=10, prefetch=4))
        assert time.monotonic() - started < 10, "the loop waited for answers that nobody wants"
        assert walk_threads() == []


def test_leaving_a_loop_leaves_the_calls_of_other_threads_alone() -> None:
    arrived = threading.Event()

    def late(connection: socket.socket) -> bool:
        arrived.set()
        time.sleep(0.5)
        return respond(200, page_of(0))(connection)

    with FaultyServer(late, respond(200, page_of(0)), hang) as server:
        settings: dict[str, Any] = {"api_key": "key", "agent_id": "agent", "base_url": server.url}
        with ConversationsClient(**settings) as client, ThreadPoolExecutor(1) as other:
            waited_for = other.submit(client.list_page)
            assert arrived.wait(10)
            leave_by_break(client.list_conversations(page_size=10, prefetch=4))
            assert waited_for.result().count == 90


@pytest.mark.parametrize("prefetch", [1, 4])
def test_a_changing_list_is_walked_over_real_http(connect: Connect, prefetch: int) -> None:
    with Sandbox(conversations=300, seed=7, insertions=1.5, deletions=0.7) as sandbox:
        at_first = [row["conversationId"] for row in sandbox.store.page(1000, 0)]
        client = connect(
            api_key=sandbox.api_key, agent_id=sandbox.agent_id, region=None, base_url=sandbox.url
        )
        ids = ids_of(client.list_conversations(page_size=20, prefetch=prefetch))
        stayed = [id_ for id_ in at_first if id_ in sandbox.store]
    assert len(stayed) < 300, "nothing left, so nothing was tested"
    assert len(set(ids)) == len(ids), "a conversation came twice"
    assert set(stayed) <= set(ids), "a conversation was missed"


def test_what_happens_before_a_request_can_be_scripted(connect: Connect) -> None:
    with Sandbox(conversations=30, seed=7, insertions={2: 25}, deletions={3: 4}) as sandbox:
        client = connect(
            api_key=sandbox.api_key, agent_id=sandbox.agent_id, region=None, base_url=sandbox.url
        )
        assert [client.list_page().count for _ in range(3)] == [30, 55, 51]
