"""The pagers: what they request and when."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import attrs
import httpx
import pytest

from polyai_conversations import PaginationError, ServerError
from polyai_conversations.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from clients import Connect
    from polyai_conversations.models import GetConversationsResponse

    Serve = Callable[..., tuple[Any, "ListServer"]]


@attrs.define
class ListServer:
    """A list behind a transport for both kinds of client, with a record of the requests.

    Attributes:
        size: Number of conversations in the list.
        max_limit: The most conversations that a page has.
        delay: Seconds before each response.
        fails_from: The offset from which pages fail, or None.
        ignores_offset: Whether every page is the first.
        offsets: The offsets that were requested.
        max_running: The most requests that were under way at once.
    """

    size: int
    max_limit: int = 1000
    delay: float = 0.0
    fails_from: int | None = None
    ignores_offset: bool = False
    offsets: list[int] = attrs.field(factory=list)
    max_running: int = 0
    _running: int = 0
    _lock: threading.Lock = attrs.field(factory=threading.Lock)

    def transport(self, kind: str) -> httpx.MockTransport:
        return httpx.MockTransport(self._respond if kind == "sync" else self._respond_async)

    def _respond(self, request: httpx.Request) -> httpx.Response:
        self._start(request)
        time.sleep(self.delay)
        return self._finish(request)

    async def _respond_async(self, request: httpx.Request) -> httpx.Response:
        self._start(request)
        try:
            await asyncio.sleep(self.delay)
        finally:
            response = self._finish(request)
        return response

    def _start(self, request: httpx.Request) -> None:
        with self._lock:
            self.offsets.append(int(request.url.params["offset"]))
            self._running += 1
            self.max_running = max(self.max_running, self._running)

    def _finish(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            self._running -= 1
        offset = 0 if self.ignores_offset else int(request.url.params["offset"])
        limit = min(int(request.url.params["limit"]), self.max_limit)
        if self.fails_from is not None and offset + limit > self.fails_from:
            return httpx.Response(503)
        rows = [
            {"conversationId": f"id-{n}", "accountId": "account", "projectId": "project"}
            for n in range(self.size)[offset : offset + limit]
        ]
        body = {"conversations": rows, "count": self.size, "limit": limit, "offset": offset}
        return httpx.Response(200, json=body)


@pytest.fixture
def serve(connect: Connect, kind: str) -> Serve:
    """Serve a list; return a client and the server."""

    def serve(**settings: Any) -> tuple[Any, ListServer]:
        server = ListServer(**settings)
        return connect(transport=server.transport(kind), max_retries=0), server

    return serve


def ids_of(conversations: Any) -> list[str]:
    return [conversation.conversation_id for conversation in conversations]


def numbered(*numbers: int) -> list[str]:
    return [f"id-{n}" for n in range(*numbers)]


def test_no_request_is_sent_before_the_iteration_starts(serve: Serve) -> None:
    client, server = serve(size=5)
    pager = client.list_conversations()
    assert pager.total is None
    assert server.offsets == []


def test_each_iteration_starts_from_the_beginning(serve: Serve) -> None:
    client, server = serve(size=25)
    pager = client.list_conversations(page_size=10)
    assert ids_of(pager) == numbered(25)
    requests = len(server.offsets)
    server.size = 26
    assert ids_of(pager) == numbered(26)
    assert pager.total == 26
    assert len(server.offsets) == 2 * requests


def test_pages_do_not_repeat_conversations(serve: Serve) -> None:
    client, _ = serve(size=25)
    pages: list[GetConversationsResponse] = list(client.list_conversations(page_size=10).pages())
    assert [len(page.conversations) for page in pages] == [10, 9, 6]
    assert {page.count for page in pages} == {25}


@pytest.mark.parametrize("size", [0, 1, 9, 10, 11, 19, 20])
def test_list_of_any_size_is_returned_completely(serve: Serve, size: int) -> None:
    client, _ = serve(size=size)
    assert ids_of(client.list_conversations(page_size=10)) == numbered(size)


def test_start_and_max_items_select_part_of_the_list(serve: Serve) -> None:
    client, server = serve(size=1000)
    pager = client.list_conversations(page_size=10, start=7, max_items=25)
    assert ids_of(pager) == numbered(7, 32)
    assert pager.next_offset == 32
    assert max(server.offsets) < 32, "pages beyond the last item were requested"


def test_max_items_of_0_requests_nothing(serve: Serve) -> None:
    client, server = serve(size=1000)
    assert ids_of(client.list_conversations(max_items=0)) == []
    assert server.offsets == []


def test_server_may_limit_the_page_size(serve: Serve) -> None:
    client, _ = serve(size=100, max_limit=7)
    assert ids_of(client.list_conversations(page_size=50)) == numbered(100)


@pytest.mark.parametrize("prefetch", [1, 3])
def test_prefetch_is_the_number_of_pages_requested_at_once(serve: Serve, prefetch: int) -> None:
    client, server = serve(size=200, delay=0.01)
    assert len(ids_of(client.list_conversations(page_size=10, prefetch=prefetch))) == 200
    assert server.max_running == prefetch


def test_slow_reader_holds_a_bounded_number_of_pages(serve: Serve) -> None:
    client, server = serve(size=1000)
    with closing(client.list_conversations(page_size=10, prefetch=3).pages()) as pages:
        for received in range(1, 6):
            next(pages)
            time.sleep(0.01)
            assert len(server.offsets) <= received + 2 * 3


def test_failed_page_raises_after_the_pages_before_it_and_can_be_continued(serve: Serve) -> None:
    client, server = serve(size=100, fails_from=45)
    pager = client.list_conversations(page_size=10)
    received: list[str] = []
    with pytest.raises(ServerError):
        received.extend(conversation.conversation_id for conversation in pager)
    assert received == numbered(pager.next_offset)
    assert len(received) > 30
    server.fails_from = None
    received += ids_of(client.list_conversations(page_size=10, start=pager.next_offset))
    assert received == numbered(100)


def test_server_that_ignores_the_offset_is_an_error(serve: Serve) -> None:
    client, server = serve(size=500, ignores_offset=True)
    with pytest.raises(PaginationError, match="ignore"):
        ids_of(client.list_conversations(page_size=10))
    assert len(server.offsets) <= 30


@pytest.mark.parametrize("prefetch", [1, 4])
def test_list_that_changes_is_read_completely_over_a_socket(
    connect: Connect, prefetch: int
) -> None:
    with Sandbox(conversations=300, seed=7, insertions=1.5, deletions=0.7) as sandbox:
        at_first = [row["conversationId"] for row in sandbox.store.page(1000, 0)]
        client = connect(
            api_key=sandbox.api_key, agent_id=sandbox.agent_id, region=None, base_url=sandbox.url
        )
        ids = ids_of(client.list_conversations(page_size=20, prefetch=prefetch))
        stayed = [id_ for id_ in at_first if id_ in sandbox.store]
    assert len(stayed) < 300, "no conversation was deleted, so nothing was tested"
    assert len(set(ids)) == len(ids), "a conversation was returned twice"
    assert set(stayed) <= set(ids), "a conversation was missed"
