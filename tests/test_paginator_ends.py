"""Every walk ends after a bounded number of requests, whatever pages a faulty server sends."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_conversations import PaginationError
from polyai_conversations._paging.list_operation import PageRequest
from polyai_conversations._paging.paginator import OffsetPaginator
from test_paginator import make_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from polyai_conversations.models import GetConversationsResponse

    Page = tuple[list[str], int]
    Fault = Callable[[list[str], PageRequest, int, random.Random], Page]


MAX_REQUESTS: Final = 3_000


def rows_of(ids: list[str], offset: int, limit: int) -> Page:
    return ids[offset : offset + limit], len(ids)


def lagging(ids: list[str], request: PageRequest, turn: int, rows: int) -> Page:
    """Serve the list in one turn, and in the next turn a copy without its newest rows."""
    return rows_of(ids if turn % 2 else ids[rows:], request.offset, request.limit)


def reversed_page(ids: list[str], request: PageRequest) -> Page:
    rows, total = rows_of(ids, request.offset, request.limit)
    return rows[::-1], total


def shuffled_page(ids: list[str], request: PageRequest, rng: random.Random) -> Page:
    rows, total = rows_of(ids, request.offset, request.limit)
    return rng.sample(rows, len(rows)), total


def tied(ids: list[str], request: PageRequest, turn: int) -> Page:
    """Serve groups of 20 rows, which compare as equal, in one order and then in the other."""
    order = [n // 20 * 20 + 19 - n % 20 if turn % 2 else n for n in range(len(ids))]
    return rows_of([ids[n] for n in order if n < len(ids)], request.offset, request.limit)


FAULTS: Final[dict[str, Fault]] = {
    "rounds the offset down": lambda ids, request, *_: rows_of(
        ids, request.offset // request.limit * request.limit, request.limit
    ),
    "rounds the offset up": lambda ids, request, *_: rows_of(
        ids, -(-request.offset // request.limit) * request.limit, request.limit
    ),
    "ignores the offset": lambda ids, request, *_: rows_of(ids, 0, request.limit),
    "limits the offset": lambda ids, request, *_: rows_of(
        ids, min(request.offset, 30), request.limit
    ),
    "counts pages": lambda ids, request, *_: rows_of(
        ids, request.offset * request.limit, request.limit
    ),
    "reverses each page": lambda ids, request, *_: reversed_page(ids, request),
    "shuffles each page": lambda ids, request, _, rng: shuffled_page(ids, request, rng),
    "shuffles the list": lambda ids, request, _, rng: rows_of(
        rng.sample(ids, len(ids)), request.offset, request.limit
    ),
    "has a replica that lags": lambda ids, request, turn, _: lagging(ids, request, turn, 3),
    "has a replica that lags by a page": lambda ids, request, turn, _: lagging(
        ids, request, turn, request.limit
    ),
    "sorts ties differently in turn": lambda ids, request, turn, _: tied(ids, request, turn),
    "sends empty pages at random": lambda ids, request, _, rng: rows_of(
        ids, request.offset, request.limit * rng.randrange(2)
    ),
    "reports a total that grows with the offset": lambda ids, request, *_: (
        ids[: request.limit],
        2 * request.offset + 1000,
    ),
    "reports totals at random": lambda ids, request, _, rng: (
        rows_of(ids, request.offset, request.limit)[0],
        rng.randrange(2 * len(ids) + 1),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
@given(
    size=st.integers(0, 120),
    page_size=st.integers(1, 30),
    start=st.one_of(st.just(0), st.integers(1, 60)),
    seed=st.integers(0, 2**16),
)
def test_a_walk_ends_after_a_bounded_number_of_requests(
    fault: str, size: int, page_size: int, start: int, seed: int
) -> None:
    ids = [f"id-{n}" for n in range(size)]
    rng = random.Random(seed)
    requests = 0

    def respond(request: PageRequest) -> GetConversationsResponse:
        rows, total = FAULTS[fault](ids, request, requests, rng)
        return make_page(rows, total, request)

    paginator = OffsetPaginator(page_size, start, None)
    with suppress(PaginationError):
        while not paginator.done:
            (request,) = paginator.next_requests(1)
            requests += 1
            assert requests <= MAX_REQUESTS, "the walk does not end"
            paginator.receive_page(request, respond(request))
