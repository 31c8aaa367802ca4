"""The whole list, page after page, fetched ahead: a `Walk` driven by threads or by tasks.

One thread or task at a time has Python. Making a page's models takes longer than asking for the
next page, and done at once it holds up the other requests. So a page that has come is read when all
requests under way wait for the server.
"""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import aclosing, closing
from contextvars import copy_context
from typing import TYPE_CHECKING, Final, Self

from .crew import Crew
from .walk import PageRequest, Walk

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator

    import httpx

    from polyai_conversations_api.models import (
        ConversationSummaryResponse,
        GetConversationsResponse,
    )

_COURTESY: Final = 0.01
"""Most seconds that a page which has come waits for requests to be sent first."""
_MOMENT: Final = 50e-6
"""Seconds in which a thread with something to do gets Python."""
_STEPS: Final = 4
"""Steps of the event loop until what has come over a connection has woken its task."""


class ConversationPager:
    """The conversations of a list, fetched while they are iterated over.

    Iterating anew walks anew. Leaving the loop, by `break` or by an error, ends what is under way.

    When a page fails for good, its error is raised in place, after all that came before it;
    `list_conversations(start=pager.next_offset)` then goes on.
    """

    def __init__(  # noqa: PLR0913 - what `list_conversations` was given
        self,
        fetch: Callable[[int, int], httpx.Response],
        read: Callable[[httpx.Response], GetConversationsResponse],
        *,
        page_size: int,
        max_items: int | None,
        start: int,
        prefetch: int,
    ) -> None:
        self._fetch = fetch
        self._read = read
        self._settings = (page_size, start, max_items)
        self._prefetch = prefetch
        self._walk = Walk(*self._settings)

    @property
    def total(self) -> int | None:
        """Number of conversations in the list, by the last page seen; None before the first."""
        return self._walk.total

    @property
    def next_offset(self) -> int:
        """Where to `start` another walk, to go on after the last page handed out."""
        return self._walk.next_offset

    def __repr__(self) -> str:
        return f"{type(self).__name__}(total={self.total!r}, next_offset={self.next_offset!r})"

    def __iter__(self) -> Generator[ConversationSummaryResponse]:
        """Walk the list, a conversation at a time."""
        with closing(self.pages()) as pages:
            for page in pages:
                yield from page.conversations

    def pages(self) -> Generator[GetConversationsResponse]:
        """Walk the list, a page at a time; each holds only what no page before it held."""
        walk = self._walk = Walk(*self._settings)
        with _Threads(self._fetch, self._prefetch) as under_way:
            while not walk.done:
                requests = walk.wanted(2 * self._prefetch)
                page = self._read(under_way.take(requests))
                page.conversations = walk.accept(requests[0], page)
                if page.conversations:
                    under_way.ask(walk.wanted(2 * self._prefetch))
                    yield page


class AsyncConversationPager:
    """The conversations of a list, for `async for`; it does what `ConversationPager` does."""

    def __init__(  # noqa: PLR0913 - what `list_conversations` was given
        self,
        fetch: Callable[[int, int], Awaitable[httpx.Response]],
        read: Callable[[httpx.Response], GetConversationsResponse],
        *,
        page_size: int,
        max_items: int | None,
        start: int,
        prefetch: int,
    ) -> None:
        self._fetch = fetch
        self._read = read
        self._settings = (page_size, start, max_items)
        self._prefetch = prefetch
        self._walk = Walk(*self._settings)

    @property
    def total(self) -> int | None:
        """Number of conversations in the list, by the last page seen; None before the first."""
        return self._walk.total

    @property
    def next_offset(self) -> int:
        """Where to `start` another walk, to go on after the last page handed out."""
        return self._walk.next_offset

    def __repr__(self) -> str:
        return f"{type(self).__name__}(total={self.total!r}, next_offset={self.next_offset!r})"

    async def __aiter__(self) -> AsyncGenerator[ConversationSummaryResponse]:
        """Walk the list, a conversation at a time."""
        async with aclosing(self.pages()) as pages:
            async for page in pages:
                for conversation in page.conversations:
                    yield conversation

    async def pages(self) -> AsyncGenerator[GetConversationsResponse]:
        """Walk the list, a page at a time; each holds only what no page before it held."""
        walk = self._walk = Walk(*self._settings)
        async with _Tasks(self._fetch, self._prefetch) as under_way:
            while not walk.done:
                requests = walk.wanted(2 * self._prefetch)
                page = self._read(await under_way.take(requests))
                page.conversations = walk.accept(requests[0], page)
                if page.conversations:
                    under_way.ask(walk.wanted(2 * self._prefetch))
                    yield page


class _Threads:
    """Pages under way in threads; those that are no longer wanted are dropped.

    The answers come back unread: threads that parsed would hold up each other's requests.
    """

    def __init__(self, fetch: Callable[[int, int], httpx.Response], at_once: int) -> None:
        self._fetch = fetch
        self._at_once = at_once
        self._futures: dict[PageRequest, Future[httpx.Response]] = {}
        self._crew = Crew()
        self._pool = ThreadPoolExecutor(at_once, "list-conversations", initializer=self._crew.join)

    def ask(self, requests: list[PageRequest]) -> None:
        for request in self._futures.keys() - set(requests):
            self._futures.pop(request).cancel()
        for request in requests:
            if request not in self._futures:
                self._futures[request] = self._pool.submit(
                    self._fetch, request.limit, request.offset
                )

    def take(self, requests: list[PageRequest]) -> httpx.Response:
        """Wait for the first page, with the others on their way."""
        self.ask(requests)
        response = self._futures.pop(requests[0]).result()
        self._let_others_go_first()
        return response

    def _let_others_go_first(self) -> None:
        until = time.monotonic() + _COURTESY
        while time.monotonic() < until:
            time.sleep(_MOMENT)
            under_way = sum(not future.done() for future in self._futures.values())
            if self._crew.all_wait(min(under_way, self._at_once)):
                return

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._crew.call_off()
        self._pool.shutdown(cancel_futures=True)


class _Tasks:
    """Pages under way in tasks; those that are no longer wanted are cancelled."""

    def __init__(
        self, fetch: Callable[[int, int], Awaitable[httpx.Response]], at_once: int
    ) -> None:
        self._fetch = fetch
        self._at_once = at_once
        self._turn = asyncio.Semaphore(at_once)
        self._tasks: dict[PageRequest, asyncio.Task[httpx.Response]] = {}
        self._dropped: set[asyncio.Task[httpx.Response]] = set()
        self._crew = Crew()
        self._context = copy_context()
        self._context.run(self._crew.join)

    def ask(self, requests: list[PageRequest]) -> None:
        for request in self._tasks.keys() - set(requests):
            self._drop(self._tasks.pop(request))
        for request in requests:
            if request not in self._tasks:
                task = asyncio.create_task(self._get(request), context=self._context.copy())
                self._tasks[request] = task

    async def take(self, requests: list[PageRequest]) -> httpx.Response:
        """Wait for the first page, with the others on their way."""
        self.ask(requests)
        response = await self._tasks.pop(requests[0])
        await self._let_others_go_first()
        return response

    async def _let_others_go_first(self) -> None:
        until = time.monotonic() + _COURTESY
        while time.monotonic() < until:
            for _ in range(_STEPS):
                await asyncio.sleep(0)
            under_way = sum(not task.done() for task in self._tasks.values())
            if self._crew.all_wait(min(under_way, self._at_once)):
                return

    async def _get(self, request: PageRequest) -> httpx.Response:
        async with self._turn:
            return await self._fetch(request.limit, request.offset)

    def _drop(self, task: asyncio.Task[httpx.Response]) -> None:
        task.cancel()
        self._dropped.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[httpx.Response]) -> None:
        self._dropped.discard(task)
        if not task.cancelled():
            task.exception()  # seen, so that asyncio does not complain that nobody looked

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.ask([])
        await asyncio.gather(*self._dropped, return_exceptions=True)
