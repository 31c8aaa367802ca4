"""Pages through a list by offset while the list changes: a state machine without I/O.

Rows arrive and leave between two requests, so the same offset means a different row each time. The
algorithm relies on one assumption: rows that stay keep their order. Consecutive pages overlap by
one row, so the first row of each page should be one that was returned before. If it is, the page is
anchored: every staying row before it has been returned too, because the page that returned it was
anchored to its own predecessor. The new rows on the page are returned next. If the first row is
unknown, rows have left the list, and the paginator steps back until a page starts with a known row
or at the beginning of the list.

This reasoning does not depend on when a page was fetched, so pages may be prefetched and may arrive
in any order.

A page with nothing new means that the list has grown before it, so the paginator looks ahead, each
time further. It gives up if the same offset brings nothing new again and again, or if more offsets
do than it takes to walk over all known rows, back and forth.

At the end of the list, the paginator compares the number of rows that it returned with the total.
If many are missing, either that many rows arrived in the meantime, or the server is at fault. It
reads the list once more, which returns the rows that arrived, and reports an error if many are
still missing then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable
from typing import Any, Final

from polyai_conversations.errors import PaginationError

from .list_operation import LIST_CONVERSATIONS, OVERLAP, OffsetPaging, PageRequest, ReceivedPage

_MAX_REPETITIONS: Final = 10
"""How often the same offset may bring nothing new before another offset does."""

_MIN_FRUITLESS_OFFSETS: Final = 30
"""Offsets that may bring nothing new, in addition to two for each page of known rows."""

_MIN_MISSING: Final = 50
"""Items that must be missing at the end before the list counts as incomplete."""


class OffsetPaginator:
    """Decides which pages to request, and which of the items received are new.

    Args:
        page_size: Number of items to request.
        start: Number of items to skip.
        max_items: Maximum number of items to return, or None.
        paging: How the list pages.
        where: Selects the items to return; None selects all.
    """

    def __init__(
        self,
        page_size: int,
        start: int,
        max_items: int | None,
        paging: OffsetPaging = LIST_CONVERSATIONS,
        where: Callable[[Any], object] | None = None,
    ) -> None:
        self._paging = paging
        self._where = where
        self.done = max_items == 0
        self.total: int | None = None
        self._limit = page_size
        if max_items is not None and where is None:
            self._limit = min(page_size, max_items)
        self._min_missing = max(self._limit, _MIN_MISSING)
        self._remaining = max_items
        self._start = start
        self._seen: set[Hashable] = set()
        self._fruitless = Counter[int]()
        self._first_total = 0
        self._rereading = False

        # Number of rows before the first one to return, and whether that row must be found again
        # because arrivals may have moved it.
        self._skipped = start
        self._seeks_start = False

        # Where the next page starts, and whether its first row must be known.
        self._base = start
        self._anchored = False
        self._stride = 1

        # How far beyond `_base` to look while pages contain nothing new.
        self._lookahead = 0

    @property
    def next_offset(self) -> int:
        """The `start` at which another paginator continues after the rows returned so far."""
        return self._base + OVERLAP if self._anchored else self._base

    def next_requests(self, max_requests: int) -> list[PageRequest]:
        """Return the request needed next, and those after it if the list does not change.

        Args:
            max_requests: Maximum number of requests to return, at least 1.
        """
        if self.done:
            return []
        first = self._base + self._lookahead
        if self.total is None or self._lookahead:
            return [PageRequest(first, self._limit)]
        end = self.total - OVERLAP
        if self._remaining is not None and self._where is None:
            end = min(end, first + self._remaining)
        offsets = range(first, max(end, first + 1), self._stride)
        return [PageRequest(offset, self._limit) for offset in offsets[:max_requests]]

    def receive_page(self, request: PageRequest, model: object) -> list[Any]:
        """Process the page that was needed next; return the items on it that are new.

        Raises:
            PaginationError: The server keeps sending the same rows, or leaves out many.
        """
        page = self._paging.read_page(request, model)
        if self.total is None:
            self._first_total = page.total
        self.total = page.total
        if not page.items:
            self._handle_empty_page(request.offset, page.total)
            return []
        known = self._first_known(page)
        if not self._is_anchored(request.offset, known):
            self._count_fruitless(request.offset)
            self._step_back()
            return []
        fresh = self._unseen(page, self._count_rows_before_start(request.offset, page, known))
        self._advance(request.offset, page, progress=bool(fresh))
        if self._where is not None:
            fresh = [item for item in fresh if self._where(item)]
        return self._limit_to_max_items(request.offset, page, fresh)

    def _count_rows_before_start(self, offset: int, page: ReceivedPage, known: int | None) -> int:
        """Return how many rows at the top of a page moved past the start after the first page."""
        if self._seeks_start:
            if known is None:
                return len(page.items)
            self._seeks_start = False
            self._skipped = offset + known
        return known if self._start and known else 0

    def _unseen(self, page: ReceivedPage, first: int) -> list[Any]:
        unseen = []
        for key, item in zip(page.keys[first:], page.items[first:], strict=True):
            if key not in self._seen:
                self._seen.add(key)
                unseen.append(item)
        return unseen

    def _first_known(self, page: ReceivedPage) -> int | None:
        return next((place for place, key in enumerate(page.keys) if key in self._seen), None)

    def _is_anchored(self, offset: int, known: int | None) -> bool:
        if not self._anchored or offset == 0 or known == 0:
            return True
        # With `start`, rows before it are unknown, so any known row on the page must do.
        return self._start > 0 and known is not None

    def _advance(self, offset: int, page: ReceivedPage, *, progress: bool) -> None:
        received = len(page.items)
        self._stride = max(received - OVERLAP, 1)
        self._anchored = received > OVERLAP and not self._seeks_start
        self._base = offset + self._stride
        if progress:
            self._fruitless.clear()
        else:
            self._count_fruitless(offset)
        excess = offset + received - page.total
        if excess < 0:
            # Nothing is new, so the list has grown before this point: look further ahead in it.
            lookahead = 0 if progress else max(2 * self._lookahead, self._stride)
            self._lookahead = min(lookahead, max(page.total - received - self._base, 0))
        elif progress:
            self.done = True
        else:
            if excess:  # More known rows than can follow the offset: the server ignores it.
                self._min_missing = 1
            self._finish(page.total, "; it seems to ignore the offset")

    def _count_fruitless(self, offset: int) -> None:
        self._fruitless[offset] += 1
        known_pages = (self._start + len(self._seen)) // self._stride
        if (
            self._fruitless[offset] > _MAX_REPETITIONS
            or len(self._fruitless) > _MIN_FRUITLESS_OFFSETS + 2 * known_pages
        ):
            raise PaginationError(
                f"the pages do not advance: {self._fruitless.total()} requests brought only items "
                "that were received before; the server seems to ignore the offset, or to change "
                "the order of the list",
                next_offset=self.next_offset,
            )

    def _limit_to_max_items(self, offset: int, page: ReceivedPage, fresh: list[Any]) -> list[Any]:
        if self._remaining is None:
            return fresh
        self._remaining -= len(fresh)
        if self._remaining > 0:
            return fresh
        self.done = True
        if self._remaining < 0:
            fresh = fresh[: self._remaining]
            self._base = offset + page.items.index(fresh[-1]) + 1
            self._anchored = False
        return fresh

    def _step_back(self) -> None:
        if self._lookahead:
            self._lookahead //= 2
            return
        self._base = max(self._base - self._stride, 0)

    def _handle_empty_page(self, offset: int, total: int) -> None:
        if self._anchored and offset > 0 and offset >= total:  # the list has become shorter
            self._lookahead = 0
            self._base = max(min(self._base, total) - self._stride, 0)
        elif self._lookahead:
            self._step_back()
        else:
            self._finish(total, f", and an empty page for offset {offset}")

    def _finish(self, total: int, finding: str) -> None:
        """End the list, or read it again if many rows are missing."""
        missing = min(total, self._first_total) - self._skipped - len(self._seen)
        if missing < self._min_missing:
            self.done = True
        elif self._rereading:
            raise PaginationError(
                f"the list is incomplete: the server reports {total} items, but it sent only "
                f"{len(self._seen)} from offset {self._start} on{finding}",
                next_offset=self.next_offset,
            )
        else:
            self._read_again(total)

    def _read_again(self, total: int) -> None:
        self._rereading = True
        self._seeks_start = self._start > 0 and bool(self._seen)
        self._first_total = total
        self._base, self._anchored, self._lookahead = self._start, False, 0
        self._stride = max(self._limit - OVERLAP, 1)
