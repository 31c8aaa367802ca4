"""The paginator, against a model of a server whose list changes between any two requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from polyai_conversations import PaginationError
from polyai_conversations._paging.list_operation import PageRequest
from polyai_conversations._paging.paginator import OffsetPaginator
from polyai_conversations.models import ConversationSummaryResponse, GetConversationsResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

MAX_REQUESTS = 3_000


def make_page(ids: Iterable[str], total: int, request: PageRequest) -> GetConversationsResponse:
    rows = [ConversationSummaryResponse(id_, "account", "project") for id_ in ids]
    return GetConversationsResponse(rows, total, request.limit, request.offset)


@attrs.frozen
class Change:
    """A conversation that is added or removed; the place is in thousandths of the list."""

    is_added: bool
    place: int


@attrs.define
class Server:
    """A server whose list changes before each request but the first.

    Attributes:
        ids: The list.
        changes: What changes before each request.
        max_limit: The most conversations that a page has.
        requests: Number of requests so far.
        ids_at_first: The list at the first request.
        removed: The conversations that have been removed.
    """

    ids: list[str]
    changes: Iterator[list[Change]] = attrs.field(factory=lambda: iter(()))
    max_limit: int = 10**6
    requests: int = 0
    ids_at_first: list[str] | None = None
    removed: set[str] = attrs.field(factory=set)

    def respond(self, request: PageRequest) -> GetConversationsResponse:
        self.requests += 1
        assert self.requests < MAX_REQUESTS, "the paginator does not finish"
        if self.ids_at_first is None:
            self.ids_at_first = list(self.ids)
        else:
            self._change()
        end = request.offset + min(request.limit, self.max_limit)
        return make_page(self.ids[request.offset : end], len(self.ids), request)

    def _change(self) -> None:
        for change in next(self.changes, []):
            if change.is_added:
                place = change.place * len(self.ids) // 1000
                self.ids.insert(place, f"added-{self.requests}-{change.place}-{len(self.ids)}")
            elif self.ids:
                self.removed.add(self.ids.pop(change.place * len(self.ids) // 1001))


def paginate(
    paginator: OffsetPaginator,
    respond: Callable[[PageRequest], GetConversationsResponse],
    prefetch: int,
) -> list[str]:
    """Return all ids, as a pager does, but fetch the last one of several pages first."""
    ids: list[str] = []
    pages: dict[PageRequest, GetConversationsResponse] = {}
    while not paginator.done:
        requests = paginator.next_requests(prefetch)
        assert 1 <= len(requests) <= prefetch
        pages = {request: page for request, page in pages.items() if request in requests}
        for request in reversed(requests):
            if request not in pages:
                pages[request] = respond(request)
        new = paginator.receive_page(requests[0], pages.pop(requests[0]))
        ids += [conversation.conversation_id for conversation in new]
    return ids


PLACES = {
    "newest first": st.one_of(st.just(0), st.integers(0, 1000)),
    "oldest first": st.one_of(st.just(1000), st.integers(0, 1000)),
}


def changes(places: st.SearchStrategy[int]) -> st.SearchStrategy[list[list[Change]]]:
    addition = st.builds(Change, is_added=st.just(value=True), place=places)
    removal = st.builds(Change, is_added=st.just(value=False), place=st.integers(0, 1000))
    return st.lists(st.lists(st.one_of(addition, removal), max_size=6), max_size=40)


@pytest.mark.parametrize("order", PLACES)
@given(data=st.data())
def test_conversations_that_stay_in_the_list_are_returned_once_and_none_twice(
    order: str, data: st.DataObject
) -> None:
    size = data.draw(st.integers(0, 80), "conversations at the first request")
    script = data.draw(changes(PLACES[order]), "changes before each request")
    max_limit = data.draw(st.one_of(st.just(10**6), st.integers(2, 10)), "maximum page size")
    page_size = data.draw(st.integers(2, 30), "page size")
    prefetch = data.draw(st.integers(1, 6), "prefetch")
    server = Server([f"id-{n}" for n in range(size)], iter(script), max_limit)

    ids = paginate(OffsetPaginator(page_size, 0, None), server.respond, prefetch)

    event(f"removed: {min(len(server.removed), 5)}")
    stayed = [id_ for id_ in server.ids_at_first or [] if id_ not in server.removed]
    assert len(set(ids)) == len(ids), "a conversation was returned twice"
    assert [id_ for id_ in ids if id_ in set(stayed)] == stayed, "a conversation was missed"


@given(
    size=st.integers(0, 60),
    start=st.integers(0, 70),
    max_items=st.one_of(st.none(), st.integers(0, 70)),
    page_size=st.integers(1, 20),
    prefetch=st.integers(1, 6),
)
def test_start_and_max_items_select_part_of_a_list_that_does_not_change(
    size: int, start: int, max_items: int | None, page_size: int, prefetch: int
) -> None:
    ids = [f"id-{n}" for n in range(size)]
    paginator = OffsetPaginator(page_size, start, max_items)
    returned = paginate(paginator, Server(ids).respond, prefetch)
    end = None if max_items is None else start + max_items
    assert returned == ids[start:end]
    if returned:
        assert paginator.next_offset == start + len(returned)


@pytest.mark.parametrize(("page_size", "pages"), [(100, 51), (1000, 6), (5000, 1)], ids=str)
def test_pages_overlap_by_one_conversation(page_size: int, pages: int) -> None:
    server = Server([f"id-{n}" for n in range(5000)])
    paginate(OffsetPaginator(page_size, 0, None), server.respond, 1)
    assert server.requests == pages


def ignores_offset(request: PageRequest) -> GetConversationsResponse:
    return make_page((f"id-{n}" for n in range(request.limit)), 5000, request)


def rotates_one_page(request: PageRequest) -> GetConversationsResponse:
    rotation = request.offset % request.limit
    ids = [f"id-{(n + rotation) % request.limit}" for n in range(request.limit)]
    return make_page(ids, 5000, request)


def ignores_offset_and_grows(request: PageRequest) -> GetConversationsResponse:
    total = 60 + request.offset // 1000
    return make_page((f"id-{n}" for n in range(request.limit)), total, request)


@pytest.mark.parametrize("respond", [ignores_offset, rotates_one_page, ignores_offset_and_grows])
@pytest.mark.parametrize("page_size", [2, 10, 30])
@pytest.mark.parametrize("prefetch", [1, 4])
def test_pages_that_do_not_advance_are_an_error(
    respond: Callable[[PageRequest], GetConversationsResponse], page_size: int, prefetch: int
) -> None:
    requests = 0

    def count_request(request: PageRequest) -> GetConversationsResponse:
        nonlocal requests
        requests += 1
        return respond(request)

    with pytest.raises(PaginationError, match=r"do not advance|is incomplete"):
        paginate(OffsetPaginator(page_size, 0, None), count_request, prefetch)
    # The paginator looks twice as far ahead each time, so 13 steps reach the end of 5,000, and it
    # reads the list twice.
    assert requests <= 40


def with_total(ids: list[str], total: int) -> Callable[[PageRequest], GetConversationsResponse]:
    return lambda request: make_page(
        ids[request.offset : request.offset + request.limit], total, request
    )


@pytest.mark.parametrize("start", [0, 5])
def test_empty_page_ends_a_list_whose_total_is_slightly_too_high(start: int) -> None:
    ids = [f"id-{n}" for n in range(25)]
    respond = with_total(ids, 25 + 49)
    assert paginate(OffsetPaginator(10, start, None), respond, 3) == ids[start:]


@pytest.mark.parametrize("start", [0, 5])
@pytest.mark.parametrize("excess", [50, 1000])
def test_empty_page_far_before_the_end_is_an_error(excess: int, start: int) -> None:
    ids = [f"id-{n}" for n in range(25)]
    respond = with_total(ids, 25 + excess)
    message = f"reports {25 + excess} items, but .* and an empty page for offset 25"
    with pytest.raises(PaginationError, match=message) as caught:
        paginate(OffsetPaginator(10, start, None), respond, 3)
    assert caught.value.next_offset == 25


@pytest.mark.parametrize("start", [0, 5])
@pytest.mark.parametrize("page", [0, 1, 5])
def test_conversations_after_a_single_empty_page_are_returned(page: int, start: int) -> None:
    ids = [f"id-{n}" for n in range(200)]
    empty = {start + 9 * page}

    def respond(request: PageRequest) -> GetConversationsResponse:
        if request.offset in empty:
            empty.remove(request.offset)
            return make_page([], 200, request)
        return with_total(ids, 200)(request)

    assert paginate(OffsetPaginator(10, start, None), respond, 1) == ids[start:]


def test_empty_page_beyond_the_list_does_not_end_it_while_looking_ahead() -> None:
    ids = [f"id-{n}" for n in range(35)]
    added = [f"added-{n}" for n in range(9)]
    requests = 0

    def respond(request: PageRequest) -> GetConversationsResponse:
        nonlocal requests
        requests += 1
        rows = ids if requests == 1 else added + ids
        return with_total(rows, len(rows) + 40)(request)

    assert paginate(OffsetPaginator(10, 0, None), respond, 1) == ids
