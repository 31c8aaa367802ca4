"""Which pages the paginator requests, step by step, and when it gives up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_conversations import PaginationError
from polyai_conversations._paging.list_operation import OffsetPaging, PageRequest
from polyai_conversations._paging.paginator import OffsetPaginator
from test_paginator import PLACES, Change, Server, changes, make_page, paginate

if TYPE_CHECKING:
    from collections.abc import Callable

    from polyai_conversations.models import GetConversationsResponse

    Respond = Callable[[PageRequest], GetConversationsResponse]

ARRIVAL = Change(is_added=True, place=0)
DEPARTURE = Change(is_added=False, place=0)
ARRIVAL_AT_THE_END = Change(is_added=True, place=1000)
DEPARTURE_AT_THE_END = Change(is_added=False, place=1000)


def ids(count: int) -> list[str]:
    return [f"id-{n}" for n in range(count)]


def walk(server: Server, start: int = 0) -> tuple[list[int], list[str]]:
    """Return the offsets that were requested, and the ids that were returned."""
    offsets: list[int] = []

    def respond(request: PageRequest) -> GetConversationsResponse:
        offsets.append(request.offset)
        return server.respond(request)

    returned = paginate(OffsetPaginator(10, start, None), respond, 1)
    return offsets, returned


# Pages of 10 of a list that has 35 rows at first. `[9 * [ARRIVAL]]` arrive before the second page.
STEPS: dict[str, tuple[list[list[Change]], list[int]]] = {
    "an unchanged list": ([], [0, 9, 18, 27]),
    "5 arrivals": ([5 * [ARRIVAL]], [0, 9, 18, 27, 36]),
    # The second page equals the first, so the paginator looks ahead, and back until it is anchored.
    "9 arrivals": ([9 * [ARRIVAL]], [0, 9, 27, 22, 20, 19, 18, 27, 36]),
    # The first row of the second page is unknown, so it goes back to the beginning.
    "10 arrivals": ([10 * [ARRIVAL]], [0, 9, 0, 9, 27, 22, 20, 19, 28, 37]),
    "30 arrivals": ([30 * [ARRIVAL]], [0, 9, 0, 9, 18, 27, 36, 45, 54, 63]),
    "100 arrivals": (
        [100 * [ARRIVAL]],
        [0, 9, 0, 9, 18, 27, 36, 45, 54, 63, 72, 81, 90, 99, 117, 112, 110, 109, 118, 127],
    ),
    "a departure": ([[DEPARTURE]], [0, 9, 0, 9, 18, 27]),
    "15 departures before the third page": ([[], 15 * [DEPARTURE]], [0, 9, 18, 9, 0, 9, 18]),
    "30 departures before the fourth page": ([[], [], 30 * [DEPARTURE]], [0, 9, 18, 27, 0]),
    "8 departures before the fourth page": ([[], [], 8 * [DEPARTURE]], [0, 9, 18, 27, 18]),
    "a list that becomes empty": ([[], 35 * [DEPARTURE]], [0, 9, 18, 0]),
    "many arrivals, and then departures": (
        [60 * [ARRIVAL], [], 50 * [DEPARTURE]],
        [0, 9, 0, 9, 0, 9, 27, 22, 20, 19, 28, 37],
    ),
}


@pytest.mark.parametrize(("script", "offsets"), STEPS.values(), ids=STEPS)
def test_pages_are_requested_at_these_offsets(
    script: list[list[Change]], offsets: list[int]
) -> None:
    assert walk(Server(ids(35), iter(script)))[0] == offsets


def test_a_walk_looks_twice_as_far_ahead_each_time_and_half_as_far_back() -> None:
    script = [*([[]] * 9), 80 * [ARRIVAL]]
    offsets, returned = walk(Server(ids(200), iter(script)))
    assert offsets[9:17] == [81, 90, 108, 135, 180, 162, 171, 180]
    assert returned == ids(200)


@pytest.mark.parametrize(("arrivals", "returned"), [(5, 35), (9, 35), (10, 45), (30, 65)])
def test_arrivals_are_returned_if_the_walk_goes_back_to_the_beginning(
    arrivals: int, returned: int
) -> None:
    server = Server(ids(35), iter([arrivals * [ARRIVAL]]))
    assert len(walk(server)[1]) == returned


def test_arrivals_before_rows_that_are_known_are_returned_too() -> None:
    script = [3 * [DEPARTURE], 4 * [ARRIVAL]]
    offsets, returned = walk(Server(ids(35), iter(script)))
    assert offsets == [0, 9, 0, 9, 18, 27]
    assert len(returned) == 35 + 4


@pytest.mark.parametrize(
    ("start", "arrivals", "offsets"),
    [
        (10, 0, [10, 19, 28]),
        (10, 12, [10, 19, 37, 32, 30, 39]),
        (10, 9, [10, 19, 34, 31, 29, 28, 37]),
        (1, 12, [1, 10, 28, 23, 21, 30, 39]),
    ],
)
def test_a_walk_that_starts_later_leaves_out_rows_that_move_past_its_start(
    start: int, arrivals: int, offsets: list[int]
) -> None:
    server = Server(ids(35), iter([arrivals * [ARRIVAL]]))
    assert walk(server, start) == (offsets, ids(35)[start:])


@given(data=st.data(), start=st.integers(1, 30))
def test_a_walk_that_starts_later_returns_once_what_followed_and_stayed(
    data: st.DataObject, start: int
) -> None:
    script = data.draw(changes(PLACES["newest first"]), "changes before each request")
    server = Server(ids(data.draw(st.integers(0, 60), "conversations")), iter(script))
    paginator = OffsetPaginator(data.draw(st.integers(2, 30), "page size"), start, None)
    returned = paginate(paginator, server.respond, data.draw(st.integers(1, 6), "prefetch"))
    after = (server.ids_at_first or [])[start:]
    stayed = [id_ for id_ in after if id_ not in server.removed]
    assert len(set(returned)) == len(returned), "a conversation was returned twice"
    assert [id_ for id_ in returned if id_ in set(stayed)] == stayed, "a conversation was missed"


@pytest.mark.parametrize(
    ("max_items", "limit", "offsets"),
    [
        (None, 10, [9, 18, 27, 36]),
        (100, 10, [9, 18, 27, 36]),
        (30, 10, [9, 18, 27]),
        (29, 10, [9, 18, 27]),
        (28, 10, [9, 18]),
        (20, 10, [9, 18]),
        (11, 10, [9]),
        (10, 10, []),
        (3, 3, []),
        (1, 1, []),
        (0, 0, None),
    ],
)
def test_no_more_pages_are_prefetched_than_will_be_needed(
    max_items: int | None, limit: int, offsets: list[int] | None
) -> None:
    paginator, server = OffsetPaginator(10, 0, max_items), Server(ids(100))
    first = paginator.next_requests(4)
    assert first == ([] if offsets is None else [PageRequest(0, limit)])
    for request in first:
        paginator.receive_page(request, server.respond(request))
    assert paginator.next_requests(4) == [PageRequest(at, limit) for at in offsets or []]
    assert paginator.done == (not offsets)


def test_prefetched_pages_do_not_reach_beyond_the_list() -> None:
    for size, offsets in {28: [9, 18], 29: [9, 18, 27], 20: [9, 18], 19: [9], 11: [9]}.items():
        paginator, server = OffsetPaginator(10, 0, None), Server(ids(size))
        request = PageRequest(0, 10)
        paginator.receive_page(request, server.respond(request))
        assert [each.offset for each in paginator.next_requests(9)] == offsets


@pytest.mark.parametrize(("size", "offsets"), [(3, [1]), (4, [1, 2]), (5, [1, 2, 3])])
def test_the_last_row_is_not_prefetched_on_its_own(size: int, offsets: list[int]) -> None:
    paginator, server = OffsetPaginator(2, 0, None), Server(ids(size))
    request = PageRequest(0, 2)
    paginator.receive_page(request, server.respond(request))
    assert [each.offset for each in paginator.next_requests(9)] == offsets


def test_a_walk_goes_back_to_the_beginning_at_most() -> None:
    offsets, returned = walk(Server(ids(35), iter([30 * [ARRIVAL]])), start=5)
    assert offsets[:5] == [5, 14, 5, 0, 9]
    assert [id_ for id_ in returned if id_ in ids(35)[5:]] == ids(35)[5:]


def test_nothing_is_requested_after_an_empty_page_near_the_end() -> None:
    offsets: list[int] = []

    def respond(request: PageRequest) -> GetConversationsResponse:
        offsets.append(request.offset)
        rows = ids(19)[request.offset : request.offset + request.limit]
        return make_page(rows if request.offset < 18 else [], 19 + 49, request)

    assert paginate(OffsetPaginator(10, 0, None), respond, 1) == ids(19)
    assert offsets == [0, 9, 18]


@pytest.mark.parametrize(("page_size", "start"), [(10, 0), (10, 7), (1, 0), (1, 7)])
def test_another_walk_continues_at_the_next_offset(page_size: int, start: int) -> None:
    paginator, server = OffsetPaginator(page_size, start, None), Server(ids(100))
    assert paginator.next_offset == start
    for page in range(1, 4):
        (request,) = paginator.next_requests(1)
        paginator.receive_page(request, server.respond(request))
        assert paginator.next_offset == start + page_size + (page - 1) * max(page_size - 1, 1)


@pytest.mark.parametrize("max_items", range(1, 31))
def test_the_next_offset_follows_the_last_row_that_was_returned(max_items: int) -> None:
    paginator, server = OffsetPaginator(10, 4, max_items), Server(ids(100))
    assert paginate(paginator, server.respond, 1) == ids(100)[4 : 4 + max_items]
    assert paginator.next_offset == 4 + max_items


def requests_until_error(respond: Respond, page_size: int = 10, start: int = 0) -> int | None:
    """Return the number of requests until `PaginationError`; None if the walk ends without it."""
    requests = 0

    def count(request: PageRequest) -> GetConversationsResponse:
        nonlocal requests
        requests += 1
        return respond(request)

    try:
        paginate(OffsetPaginator(page_size, start, None), count, 1)
    except PaginationError:
        return requests
    return None


def stale(times: int, size: int = 500) -> Respond:
    """Serve the first page a number of times too often, whatever the offset."""
    served = 0

    def respond(request: PageRequest) -> GetConversationsResponse:
        nonlocal served
        served += 1
        offset = 0 if served <= times + 1 else request.offset
        return make_page(ids(size)[offset : offset + request.limit], size, request)

    return respond


@pytest.mark.parametrize("times", range(6))
def test_a_page_that_is_repeated_a_few_times_is_tolerated(times: int) -> None:
    assert paginate(OffsetPaginator(10, 0, None), stale(times), 1) == ids(500)


@pytest.mark.parametrize(("total", "requests"), [(11, 4), (18, 4), (19, None), (40, 7), (60, 8)])
def test_a_page_with_more_rows_than_can_follow_its_offset_is_an_error(
    total: int, requests: int | None
) -> None:
    def respond(request: PageRequest) -> GetConversationsResponse:
        return make_page(ids(10), total, request)

    assert requests_until_error(respond) == requests


@pytest.mark.parametrize("prefetch", [1, 4])
def test_a_list_without_a_total_whose_server_ignores_the_offset_is_an_error(prefetch: int) -> None:
    requests = 0

    def respond(request: PageRequest) -> GetConversationsResponse:
        nonlocal requests
        requests += 1
        return make_page(ids(10), 0, request)

    paginator = OffsetPaginator(
        10, 0, None, OffsetPaging(items="conversations", key="conversation_id")
    )
    with pytest.raises(PaginationError, match="do not advance"):
        paginate(paginator, respond, prefetch)
    assert requests <= 40


def test_a_walk_without_a_total_may_go_back_over_many_pages() -> None:
    paginator = OffsetPaginator(
        10, 0, None, OffsetPaging(items="conversations", key="conversation_id")
    )
    server = Server(ids(2000), iter([*([[]] * 200), 9 * [DEPARTURE], 10 * [DEPARTURE]]))
    returned = paginate(paginator, server.respond, 1)
    assert returned == ids(2000)


def test_rows_that_leave_while_the_walk_goes_back_are_not_taken_for_a_repeated_page() -> None:
    step = [*9 * [DEPARTURE], DEPARTURE_AT_THE_END]
    offsets, returned = walk(Server(ids(200), iter([*([[]] * 4), 10 * [DEPARTURE], *5 * [step]])))
    assert offsets[5:11] == [45, 36, 27, 18, 9, 0]
    assert returned == ids(200)[:46] + ids(200)[55:195]


def test_a_page_that_is_requested_again_is_not_taken_for_a_repeated_page() -> None:
    script, size = [9 * [ARRIVAL]], 209
    for later_size in (120, 110, 100, 90):
        script += [(size - 27) * [DEPARTURE_AT_THE_END], (later_size - 27) * [ARRIVAL_AT_THE_END]]
        size = later_size
    offsets, returned = walk(Server(ids(200), iter(script)))
    assert offsets[:10] == [0, 9, 27, 9, 27, 9, 27, 9, 27, 9]
    assert returned[:18] == ids(200)[:18]


def rotating(total: int, size: int) -> Respond:
    """Serve the same conversations for each offset, but in another order."""

    def respond(request: PageRequest) -> GetConversationsResponse:
        rows = ids(size)
        at = request.offset % size
        rotated = [*rows[at:], *rows[:at]]
        return make_page(rotated[: max(total - request.offset, 0)], total, request)

    return respond


@pytest.mark.parametrize(
    ("page_size", "start", "total", "is_error"),
    [
        (10, 0, 59, False),
        (10, 0, 60, True),
        (10, 5, 64, False),
        (10, 5, 65, True),
        (60, 0, 119, False),
        (60, 0, 120, True),
    ],
)
def test_a_list_of_which_many_conversations_never_come_is_an_error(
    page_size: int, start: int, total: int, *, is_error: bool
) -> None:
    respond = rotating(total, page_size)
    assert (requests_until_error(respond, page_size, start) is not None) == is_error


@pytest.mark.parametrize(("first_total", "later_total"), [(59, 70), (70, 59)])
def test_conversations_that_came_or_left_meanwhile_are_not_missing(
    first_total: int, later_total: int
) -> None:
    requests = 0

    def respond(request: PageRequest) -> GetConversationsResponse:
        nonlocal requests
        requests += 1
        return rotating(first_total if requests == 1 else later_total, 10)(request)

    assert requests_until_error(respond) is None


def test_the_error_says_how_many_conversations_came_and_where_to_continue() -> None:
    paginator = OffsetPaginator(10, 0, None)
    with pytest.raises(
        PaginationError, match="60 items, but it sent only 10 from offset 0 on"
    ) as error:
        paginate(paginator, rotating(60, 10), 1)
    assert error.value.next_offset == paginator.next_offset


@attrs.define
class RollingServer:
    """A list of 1,000 rows: some arrive during a walk, and as many leave at its end."""

    arrivals: int
    rows: list[str] = attrs.field(factory=lambda: ids(1000))
    offsets: list[int] = attrs.field(factory=list)
    has_purged: bool = False

    def respond(self, request: PageRequest) -> GetConversationsResponse:
        self.offsets.append(request.offset)
        if len(self.offsets) == 4:
            self.rows[:0] = [f"new-{n}" for n in range(self.arrivals)]
        if request.offset >= 950 and not self.has_purged:
            self.has_purged = True
            del self.rows[-self.arrivals :]
        return make_page(
            self.rows[request.offset : request.offset + request.limit], len(self.rows), request
        )


@pytest.mark.parametrize("prefetch", [1, 4])
@pytest.mark.parametrize("start", [0, 5, 250])
@pytest.mark.parametrize("arrivals", [120, 200])
def test_as_many_arrivals_as_departures_are_not_taken_for_missing_conversations(
    start: int, arrivals: int, prefetch: int
) -> None:
    server = RollingServer(arrivals)
    returned = paginate(OffsetPaginator(100, start, None), server.respond, prefetch)
    stayed = ids(1000)[start : 1000 - arrivals]
    assert [id_ for id_ in returned if id_ in set(stayed)] == stayed
    assert len(set(returned)) == len(returned)


@pytest.mark.parametrize("start", [5, 200])
def test_reading_a_list_again_leaves_out_rows_that_moved_past_the_start(start: int) -> None:
    server = RollingServer(120)
    returned = paginate(OffsetPaginator(100, start, None), server.respond, 1)
    assert server.offsets.count(start) == 2
    assert set(returned) <= set(ids(1000)[start:])


def test_a_filter_does_not_make_conversations_count_as_missing() -> None:
    paginator = OffsetPaginator(100, 0, None, where=lambda row: row.conversation_id == "id-7")
    assert paginate(paginator, RollingServer(120).respond, 1) == ["id-7"]


def test_reading_a_list_again_returns_at_most_max_items() -> None:
    returned = paginate(OffsetPaginator(100, 0, 900), RollingServer(120).respond, 1)
    assert len(returned) == 900
    assert returned[-1].startswith("new-")


def test_a_list_is_read_once_more_before_conversations_count_as_missing() -> None:
    server = rotating(60, 10)
    offsets: list[int] = []

    def respond(request: PageRequest) -> GetConversationsResponse:
        offsets.append(request.offset)
        return server(request)

    with pytest.raises(PaginationError):
        paginate(OffsetPaginator(10, 0, None), respond, 1)
    assert offsets == [0, 9, 27, 50, 0, 18, 45, 54]
