"""The walk over a list that changes between any two requests, against a model of the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from polyai_conversations import PaginationError
from polyai_conversations._paging.paginator import OffsetPaginator, PageRequest
from polyai_conversations.models import ConversationSummaryResponse, GetConversationsResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

MOST_REQUESTS = 3_000


def page_of(ids: Iterable[str], total: int, limit: int, offset: int) -> GetConversationsResponse:
    rows = [ConversationSummaryResponse(id_, "account", "project") for id_ in ids]
    return GetConversationsResponse(rows, total, limit, offset)


@attrs.frozen
class Change:
    """A conversation that arrives or leaves; the place is a share of the list, in thousandths."""

    arrives: bool
    place: int


@attrs.define
class Server:
    """A list, and what happens to it before each request."""

    ids: list[str]
    changes: Iterator[list[Change]]
    cap: int
    requests: int = 0
    first_seen: list[str] | None = None
    left: set[str] = attrs.field(factory=set)

    def answer(self, request: PageRequest) -> GetConversationsResponse:
        self.requests += 1
        assert self.requests < MOST_REQUESTS, "the walk does not end"
        if self.first_seen is None:
            self.first_seen = list(self.ids)
        else:
            self._change()
        limit = min(request.limit, self.cap)
        rows = self.ids[request.offset : request.offset + limit]
        return page_of(rows, len(self.ids), limit, request.offset)

    def _change(self) -> None:
        for change in next(self.changes, []):
            if change.arrives:
                place = change.place * len(self.ids) // 1000
                self.ids.insert(place, f"arrived-{self.requests}-{change.place}-{len(self.ids)}")
            elif self.ids:
                self.left.add(self.ids.pop(change.place * len(self.ids) // 1001))


def walk_through(
    walk: OffsetPaginator, answer: Callable[[PageRequest], GetConversationsResponse], ahead: int
) -> list[str]:
    """Drive a walk as a pager does, with the pages of each batch fetched last one first."""
    ids: list[str] = []
    under_way: dict[PageRequest, GetConversationsResponse] = {}
    while not walk.done:
        wanted = walk.next_requests(ahead)
        assert 1 <= len(wanted) <= ahead
        under_way = {request: page for request, page in under_way.items() if request in wanted}
        for request in reversed(wanted):
            if request not in under_way:
                under_way[request] = answer(request)
        fresh = walk.receive_page(wanted[0], under_way.pop(wanted[0]))
        ids += [conversation.conversation_id for conversation in fresh]
    return ids


PLACES = {
    "newest first": st.one_of(st.just(0), st.integers(0, 1000)),
    "oldest first": st.one_of(st.just(1000), st.integers(0, 1000)),
}


def changes(arrivals: st.SearchStrategy[int]) -> st.SearchStrategy[list[list[Change]]]:
    arrival = st.builds(Change, st.just(True), arrivals)
    departure = st.builds(Change, st.just(False), st.integers(0, 1000))
    return st.lists(st.lists(st.one_of(arrival, departure), max_size=6), max_size=40)


@pytest.mark.parametrize("order", PLACES)
@given(data=st.data())
def test_what_stays_is_yielded_once_and_nothing_twice(order: str, data: st.DataObject) -> None:
    size = data.draw(st.integers(0, 80), "conversations at first")
    script = data.draw(changes(PLACES[order]), "changes before each request")
    cap = data.draw(st.one_of(st.just(10**6), st.integers(2, 10)), "the server's cap")
    page_size = data.draw(st.integers(2, 30), "page size")
    ahead = data.draw(st.integers(1, 6), "prefetch")
    server = Server([f"id-{n}" for n in range(size)], iter(script), cap)

    ids = walk_through(OffsetPaginator(page_size, 0, None), server.answer, ahead)

    event(f"left: {min(len(server.left), 5)}")
    stayed = [id_ for id_ in server.first_seen or [] if id_ not in server.left]
    assert len(set(ids)) == len(ids), "a conversation came twice"
    assert [id_ for id_ in ids if id_ in set(stayed)] == stayed, "a conversation was missed"


@given(
    size=st.integers(0, 60),
    start=st.integers(0, 70),
    max_items=st.one_of(st.none(), st.integers(0, 70)),
    page_size=st.integers(1, 20),
    ahead=st.integers(1, 6),
)
def test_a_still_list_is_cut_as_asked(
    size: int, start: int, max_items: int | None, page_size: int, ahead: int
) -> None:
    ids = [f"id-{n}" for n in range(size)]
    server = Server(ids, iter(()), cap=10**6)
    walk = OffsetPaginator(page_size, start, max_items)
    walked = walk_through(walk, server.answer, ahead)
    end = None if max_items is None else start + max_items
    assert walked == ids[start:end]
    if walked:
        assert walk.next_offset == start + len(walked)


@pytest.mark.parametrize(("page_size", "pages"), [(100, 51), (1000, 6), (5000, 1)], ids=str)
def test_a_still_list_costs_one_row_of_overlap_a_page(page_size: int, pages: int) -> None:
    server = Server([f"id-{n}" for n in range(5000)], iter(()), cap=10**6)
    walk_through(OffsetPaginator(page_size, 0, None), server.answer, 1)
    assert server.requests == pages


def ignores_offset(request: PageRequest) -> GetConversationsResponse:
    return page_of((f"id-{n}" for n in range(request.limit)), 5000, request.limit, 0)


def shuffles_one_page(request: PageRequest) -> GetConversationsResponse:
    turned = request.offset % request.limit
    ids = [f"id-{(n + turned) % request.limit}" for n in range(request.limit)]
    return page_of(ids, 5000, request.limit, request.offset)


def grows_by_one_page_forever(request: PageRequest) -> GetConversationsResponse:
    total = 40 + request.offset // 1000
    return page_of((f"id-{n}" for n in range(request.limit)), total, request.limit, 0)


@pytest.mark.parametrize("answer", [ignores_offset, shuffles_one_page, grows_by_one_page_forever])
@pytest.mark.parametrize("page_size", [2, 10, 30])
@pytest.mark.parametrize("ahead", [1, 4])
def test_pages_that_do_not_advance_end_in_an_error(
    answer: Callable[[PageRequest], GetConversationsResponse], page_size: int, ahead: int
) -> None:
    requests = 0

    def counting(request: PageRequest) -> GetConversationsResponse:
        nonlocal requests
        requests += 1
        return answer(request)

    with pytest.raises(PaginationError, match="do not advance"):
        walk_through(OffsetPaginator(page_size, 0, None), counting, ahead)
    # The walk looks twice as far each time, so a list of 5,000 is through in 13 steps.
    assert requests <= 20, "that took more than a handful of requests"


def test_a_total_that_promises_too_much_ends_with_the_empty_page() -> None:
    ids = [f"id-{n}" for n in range(25)]

    def boasting(request: PageRequest) -> GetConversationsResponse:
        rows = ids[request.offset : request.offset + request.limit]
        return page_of(rows, 1000, request.limit, request.offset)

    assert walk_through(OffsetPaginator(10, 0, None), boasting, 3) == ids
