"""Bounded concurrency with tasks, as `_concurrency` bounds it with threads."""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    Awaitable,
    Callable,
    Collection,
    Hashable,
    Iterable,
)
from contextlib import aclosing
from typing import Generic, Self, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
Key = TypeVar("Key", bound=Hashable)

AsyncSemaphore = asyncio.Semaphore
AsyncItems = Iterable[Item] | AsyncIterable[Item]


async def async_bounded_map(
    work: Callable[[Item], Awaitable[Result]],
    items: AsyncGenerator[Item],
    max_workers: int,
    *,
    buffersize: int,
) -> AsyncGenerator[Result]:
    """Yield the result for each item in order of completion, as `bounded_map` does."""
    slots = asyncio.Semaphore(max_workers)

    async def work_in_slot(item: Item) -> Result:
        async with slots:
            return await work(item)

    pending: set[asyncio.Task[Result]] = set()
    try:
        async with aclosing(items):
            async for item in items:
                pending.add(asyncio.create_task(work_in_slot(item)))
                if len(pending) >= buffersize:
                    done, pending = await _wait_first(pending)
                    for task in done:
                        yield task.result()
            while pending:
                done, pending = await _wait_first(pending)
                for task in done:
                    yield task.result()
    finally:
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)


class AsyncPrefetcher(Generic[Key, Result]):
    """Fetches results in tasks before they are needed, as `Prefetcher` does in threads."""

    def __init__(self, fetch: Callable[[Key], Awaitable[Result]], max_workers: int) -> None:
        self._fetch = fetch
        self._slots = asyncio.Semaphore(max_workers)
        self._tasks: dict[Key, asyncio.Task[Result]] = {}
        self._dropped: set[asyncio.Task[Result]] = set()

    def schedule(self, keys: Collection[Key]) -> None:
        """Start fetching these keys, and cancel all others that were scheduled before."""
        for key in self._tasks.keys() - set(keys):
            self._drop(self._tasks.pop(key))
        for key in keys:
            if key not in self._tasks:
                self._tasks[key] = asyncio.create_task(self._fetch_in_slot(key))

    async def result(self, key: Key) -> Result:
        """Wait for the result of a scheduled key."""
        return await self._tasks.pop(key)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.schedule([])
        await asyncio.gather(*self._dropped, return_exceptions=True)

    async def _fetch_in_slot(self, key: Key) -> Result:
        async with self._slots:
            return await self._fetch(key)

    def _drop(self, task: asyncio.Task[Result]) -> None:
        task.cancel()
        self._dropped.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[Result]) -> None:
        self._dropped.discard(task)
        if not task.cancelled():
            task.exception()  # keeps asyncio from logging that nobody retrieved it


async def to_async_iter(items: AsyncItems[Item]) -> AsyncGenerator[Item]:
    """Yield the items of either kind of iterable; closing the generator closes their source."""
    if not isinstance(items, AsyncIterable):
        for item in items:
            yield item
        return
    source = aiter(items)
    try:
        async for item in source:
            yield item
    finally:
        if isinstance(source, AsyncGenerator):
            await source.aclose()


async def _wait_first(
    tasks: set[asyncio.Task[Result]],
) -> tuple[set[asyncio.Task[Result]], set[asyncio.Task[Result]]]:
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        if not task.cancelled():
            task.exception()  # if several fail at once, only one is raised
    return done, pending
