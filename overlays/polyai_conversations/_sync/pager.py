# Generated from _async by `nox -s unasync`; do not edit.
"""Iterates over a whole list, page by page."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from typing import Any, Generic, TypeVar

import httpx

from polyai_conversations._concurrency import Prefetcher
from polyai_conversations._paging.list_operation import (
    CursorPaging,
    OffsetPaging,
    PageRequest,
    items_of,
    with_items,
)
from polyai_conversations._paging.paginator import OffsetPaginator
from polyai_conversations.errors import PaginationError

Item = TypeVar("Item")
Page = TypeVar("Page")


class OffsetPager(Generic[Item, Page]):
    """The items of a list that pages by offset, fetched as you iterate over it with `for`.

    Each new iteration starts again at `start`. Leaving the loop, by `break` or by an error, stops
    the requests in progress. If a page fails after all retries, the items before it are returned
    first; an iteration with `start=pager.next_offset` then continues from there.
    """

    def __init__(
        self,
        send: Callable[..., httpx.Response],
        parse: Callable[[httpx.Response], Page],
        paging: OffsetPaging,
        *,
        max_items: int | None = None,
        start: int = 0,
        where: Callable[[Item], object] | None = None,
    ) -> None:
        self._send = send
        self._parse = parse
        self._paging = paging
        self._settings = (paging.page_size, start, max_items, paging, where)
        self._paginator = OffsetPaginator(*self._settings)

    @property
    def total(self) -> int | None:
        """Number of items in the list, by the latest page; None before the first page.

        It includes items that a filter leaves out.
        """
        return self._paginator.total

    @property
    def next_offset(self) -> int:
        """The `start` at which another iteration continues after the latest page.

        It goes back while part of the list is read again.
        """
        return self._paginator.next_offset

    def __repr__(self) -> str:
        return f"{type(self).__name__}(total={self.total!r}, next_offset={self.next_offset!r})"

    def __iter__(self) -> Generator[Item]:
        """Iterate over the items."""
        with closing(self.pages()) as pages:
            for page in pages:
                for item in items_of(page, self._paging.items):
                    yield item

    def pages(self) -> Generator[Page]:
        """Iterate over the pages, without items that an earlier page contained.

        Items that a filter leaves out are missing as well, and so are pages that become empty.
        """
        paginator = self._paginator = OffsetPaginator(*self._settings)
        lookahead = 2 * self._paging.prefetch
        with Prefetcher(self._fetch, self._paging.prefetch) as prefetcher:
            while not paginator.done:
                requests = paginator.next_requests(lookahead)
                prefetcher.schedule(requests)
                page = self._parse(prefetcher.result(requests[0]))
                items = paginator.receive_page(requests[0], page)
                if items:
                    prefetcher.schedule(paginator.next_requests(lookahead))
                    yield with_items(page, self._paging.items, items)

    def _fetch(self, page: PageRequest) -> httpx.Response:
        return self._send(**self._paging.arguments(page))


class CursorPager(Generic[Item, Page]):
    """The items of a list that pages by cursor, fetched as you iterate over it with `for`.

    Each new iteration starts again at `start`. If a page fails after all retries, an iteration
    with `start=pager.next_cursor` continues from there.
    """

    def __init__(
        self,
        call: Callable[..., Page],
        paging: CursorPaging,
        *,
        max_items: int | None = None,
        start: Any = None,
    ) -> None:
        self._call = call
        self._paging = paging
        self._max_items = max_items
        self._start = start
        self.next_cursor = start
        """The cursor of the page after the latest one.

        It is `start` before the first page, and None after the last.
        """

    def __repr__(self) -> str:
        return f"{type(self).__name__}(next_cursor={self.next_cursor!r})"

    def __iter__(self) -> Generator[Item]:
        """Iterate over the items."""
        with closing(self.pages()) as pages:
            for page in pages:
                for item in items_of(page, self._paging.items):
                    yield item

    def pages(self) -> Generator[Page]:
        """Iterate over the pages.

        Raises:
            PaginationError: A page contains the cursor of an earlier page.
        """
        cursor, seen = self._start, {self._start}
        remaining = self._max_items
        while remaining is None or remaining > 0:
            page = self._call(**self._paging.arguments(cursor))
            cursor = self.next_cursor = self._paging.next_cursor_of(page)
            items = items_of(page, self._paging.items)
            if remaining is not None:
                items = items[:remaining]
                remaining -= len(items)
            yield with_items(page, self._paging.items, items)
            if cursor is None:
                return
            if cursor in seen:
                # A server may echo the key as the cursor, so the message leaves the cursor out.
                raise PaginationError(
                    "the pages do not advance: the server repeats the cursor of an earlier page",
                    next_offset=None,
                )
            seen.add(cursor)
