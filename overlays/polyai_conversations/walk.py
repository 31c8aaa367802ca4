"""How a list that changes under the reader is walked by offset; a state machine without I/O.

Rows arrive and leave between two requests, so an offset means another row each time. The walk
rests on one assumption: rows that stay keep their order. Each page is asked for so that its first
row is one that was yielded before. If it is, every staying row before it has been yielded too,
because the page that yielded it was tied to its predecessor in the same way; so nothing lies
between, and what follows it on the page and was not yielded yet is next. If it is not, rows have
left, and the walk steps back until a page begins with a known row, or with the list itself.

That holds whenever a page was fetched, so pages may be fetched ahead, and out of turn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from .errors import PaginationError
from .seen import SeenIds

if TYPE_CHECKING:
    from polyai_conversations_api.models import (
        ConversationSummaryResponse,
        GetConversationsResponse,
    )

_OVERLAP: Final = 1
_STRIKES_ALLOWED: Final = 3
_SILENT_LOSS: Final = 50


@attrs.frozen
class PageRequest:
    """A page to ask for: so many conversations after so many."""

    offset: int
    limit: int


class Walk:
    """One walk over the list: tells which pages to ask for, and what is new on those received."""

    def __init__(self, page_size: int, start: int, max_items: int | None) -> None:
        self.done = max_items == 0
        self.total: int | None = None
        self._limit = page_size if max_items is None else min(page_size, max(max_items, 1))
        self._left = max_items
        self._start = start
        self._seen = SeenIds()
        self._repetition = _Repetition()
        self._first_total = 0

        # The page that follows the last one that counted, and whether it must begin with a known
        # row to count itself.
        self._base = start
        self._tied = False
        self._stride = 1

        # How far beyond the base the walk looks while pages bring nothing new.
        self._leap = 0

    @property
    def next_offset(self) -> int:
        """Where another walk would have to start, to go on after what was yielded."""
        return self._base + _OVERLAP if self._tied else self._base

    def wanted(self, ahead: int) -> list[PageRequest]:
        """Tell the page needed next, and the pages after it that will be if the list holds still.

        Args:
            ahead: How many pages to name at most, at least 1.

        """
        if self.done:
            return []
        first = self._base + self._leap
        if self.total is None or self._leap:
            return [PageRequest(first, self._limit)]
        end = self.total - _OVERLAP
        if self._left is not None:
            end = min(end, first + self._left)
        offsets = range(first, max(end, first + 1), self._stride)
        return [PageRequest(offset, self._limit) for offset in offsets[:ahead]]

    def accept(
        self, request: PageRequest, page: GetConversationsResponse
    ) -> list[ConversationSummaryResponse]:
        """Take the page that was needed next, and give the conversations on it that are new.

        Raises:
            PaginationError: The server gives the same rows whatever the offset.

        """
        if self.total is None:
            self._first_total = page.count
        self.total = page.count
        rows = page.conversations
        if not rows:
            self._meet_the_end(request.offset, page.count)
            return []
        if self._repetition.is_evident(request.offset, rows, page.count):
            raise self._stuck(f"for offset {request.offset} as for others before")
        known = self._first_known(rows)
        if not self._counts(request.offset, known):
            self._step_back()
            return []
        if self._start and known:
            rows = rows[known:]
        fresh = [row for row in rows if self._seen.add(row.conversation_id)]
        self._go_on(request.offset, page, progress=bool(fresh))
        return self._within_max_items(request.offset, page, fresh)

    def _first_known(self, rows: list[ConversationSummaryResponse]) -> int | None:
        known = (place for place, row in enumerate(rows) if row.conversation_id in self._seen)
        return next(known, None)

    def _counts(self, offset: int, known: int | None) -> bool:
        if not self._tied or offset == 0 or known == 0:
            return True
        # A walk that skipped rows knows none before its start, so a later one has to do.
        return self._start > 0 and known is not None

    def _go_on(self, offset: int, page: GetConversationsResponse, *, progress: bool) -> None:
        received = len(page.conversations)
        self._stride = max(received - _OVERLAP, 1)
        self._tied = received > _OVERLAP
        self._base = offset + self._stride
        if offset + received >= page.count:
            self._refuse_silent_loss(page.count, progress=progress)
            self.done = True
            return
        # Nothing new: the list has grown before this point. Look further on, but within it.
        leap = 0 if progress else max(2 * self._leap, self._stride)
        self._leap = min(leap, max(page.count - received - self._base, 0))

    def _within_max_items(
        self, offset: int, page: GetConversationsResponse, fresh: list[ConversationSummaryResponse]
    ) -> list[ConversationSummaryResponse]:
        if self._left is None:
            return fresh
        self._left -= len(fresh)
        if self._left > 0:
            return fresh
        self.done = True
        if self._left < 0:
            fresh = fresh[: self._left]
            self._base = offset + page.conversations.index(fresh[-1]) + 1
            self._tied = False
        return fresh

    def _step_back(self) -> None:
        if self._leap:
            self._leap //= 2
            return
        self._base = max(self._base - self._stride, 0)

    def _meet_the_end(self, offset: int, total: int) -> None:
        if not self._tied or offset == 0 or offset < total:
            self.done = True  # an empty page is the end, whatever the total says
            return
        self._leap = 0
        self._base = max(min(self._base, total) - self._stride, 0)

    def _refuse_silent_loss(self, total: int, *, progress: bool) -> None:
        missing = min(total, self._first_total) - self._start - len(self._seen)
        if not progress and missing >= max(self._limit, _SILENT_LOSS):
            raise self._stuck(f"and only {len(self._seen)} of the {total} that it counts")

    def _stuck(self, how: str) -> PaginationError:
        return PaginationError(
            f"the pages do not advance: the server sends the same conversations {how}; "
            "it seems to ignore the offset",
            next_offset=self.next_offset,
        )


class _Repetition:
    """Tells a server that sends one page for every offset from a list that grew by a page."""

    def __init__(self) -> None:
        self._strikes = 0
        self._page: int = 0
        self._offset = 0
        self._total = 0

    def is_evident(self, offset: int, rows: list[ConversationSummaryResponse], total: int) -> bool:
        page: int = hash(tuple(row.conversation_id for row in rows))
        arrivals_needed = offset - self._offset
        explained = arrivals_needed <= total - self._total
        strike = page == self._page and arrivals_needed > 0 and not explained
        self._strikes = self._strikes + 1 if strike else 0
        self._page, self._offset, self._total = page, offset, total
        reaches_past_the_end = offset + len(rows) > total
        return strike and (self._strikes > _STRIKES_ALLOWED or reaches_past_the_end)
