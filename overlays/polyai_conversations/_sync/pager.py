# Generated from _async by `nox -s unasync`; do not edit.
"""Iterates over a whole list, and prefetches its pages."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing

import httpx

from polyai_conversations._concurrency import Prefetcher
from polyai_conversations._paging.paginator import OffsetPaginator, PageRequest
from polyai_conversations_api.api.conversations import list_conversations
from polyai_conversations_api.models import ConversationSummaryResponse, GetConversationsResponse


class ConversationPager:
    """The conversations of a list, fetched while you iterate over them with `for`.

    Each new iteration starts from the beginning. Leaving the loop, by `break` or by an error, stops
    the requests in progress. If a page fails after all retries, the conversations before it are
    returned first; `list_conversations(start=pager.next_offset)` then continues from there.
    """

    def __init__(
        self,
        send: Callable[..., httpx.Response],
        parse: Callable[[httpx.Response], GetConversationsResponse],
        *,
        page_size: int = 100,
        max_items: int | None = None,
        start: int = 0,
        prefetch: int = 4,
    ) -> None:
        self._send = send
        self._parse = parse
        self._settings = (page_size, start, max_items)
        self._prefetch = prefetch
        self._paginator = OffsetPaginator(*self._settings)

    @property
    def total(self) -> int | None:
        """Number of conversations in the list, by the latest page; None before the first page."""
        return self._paginator.total

    @property
    def next_offset(self) -> int:
        """The `start` at which another iteration continues after the latest page."""
        return self._paginator.next_offset

    def __repr__(self) -> str:
        return f"{type(self).__name__}(total={self.total!r}, next_offset={self.next_offset!r})"

    def __iter__(self) -> Generator[ConversationSummaryResponse]:
        """Iterate over the conversations."""
        with closing(self.pages()) as pages:
            for page in pages:
                for conversation in page.conversations:
                    yield conversation

    def pages(self) -> Generator[GetConversationsResponse]:
        """Iterate over the pages, without the conversations that an earlier page contained."""
        paginator = self._paginator = OffsetPaginator(*self._settings)
        lookahead = 2 * self._prefetch
        with Prefetcher(self._fetch, self._prefetch) as prefetcher:
            while not paginator.done:
                requests = paginator.next_requests(lookahead)
                prefetcher.schedule(requests)
                page = self._parse(prefetcher.result(requests[0]))
                page.conversations = paginator.receive_page(requests[0], page)
                if page.conversations:
                    prefetcher.schedule(paginator.next_requests(lookahead))
                    yield page

    def _fetch(self, page: PageRequest) -> httpx.Response:
        return self._send(list_conversations, limit=page.limit, offset=page.offset)
