"""Bounded concurrency, with threads for sync code and with tasks for async code.

This is one of the two modules that hold a sync and an async half side by side. The code that is
generated in `_sync` uses `bounded_map` where `_async` uses `async_bounded_map`, and so on.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    Awaitable,
    Callable,
    Collection,
    Generator,
    Hashable,
    Iterable,
)
from concurrent import futures
from contextlib import aclosing, closing
from typing import Generic, Self, TypeVar

from ._cancel import CancelToken

Item = TypeVar("Item")
Result = TypeVar("Result")
Key = TypeVar("Key", bound=Hashable)

Semaphore = threading.Semaphore
AsyncSemaphore = asyncio.Semaphore
Items = Iterable[Item]
AsyncItems = Iterable[Item] | AsyncIterable[Item]


def bounded_map(
    work: Callable[[Item], Result],
    items: Generator[Item],
    max_workers: int,
    *,
    buffersize: int,
) -> Generator[Result]:
    """Yield the result for each item in order of completion.

    Leaving the loop early, or an error, cancels the calls in progress and closes `items`.

    Args:
        work: The function to call.
        items: Its arguments, one for each call.
        max_workers: Maximum number of concurrent calls.
        buffersize: Maximum number of items in flight, including those that wait for a worker.
    """
    token = CancelToken()
    pool = futures.ThreadPoolExecutor(max_workers, "conversations", initializer=token.activate)
    pending: set[futures.Future[Result]] = set()
    try:
        with closing(items):
            for item in items:
                pending.add(pool.submit(work, item))
                if len(pending) >= buffersize:
                    done, pending = futures.wait(pending, return_when=futures.FIRST_COMPLETED)
                    yield from (future.result() for future in done)
            while pending:
                done, pending = futures.wait(pending, return_when=futures.FIRST_COMPLETED)
                yield from (future.result() for future in done)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # a freed worker must not start another call
        token.cancel()
        pool.shutdown()


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


class Prefetcher(Generic[Key, Result]):
    """Fetches results in threads before they are needed."""

    def __init__(self, fetch: Callable[[Key], Result], max_workers: int) -> None:
        self._fetch = fetch
        self._futures: dict[Key, futures.Future[Result]] = {}
        self._token = CancelToken()
        self._pool = futures.ThreadPoolExecutor(
            max_workers, "conversations", initializer=self._token.activate
        )

    def schedule(self, keys: Collection[Key]) -> None:
        """Start fetching these keys, and cancel all others that were scheduled before."""
        for key in self._futures.keys() - set(keys):
            self._futures.pop(key).cancel()
        for key in keys:
            if key not in self._futures:
                self._futures[key] = self._pool.submit(self._fetch, key)

    def result(self, key: Key) -> Result:
        """Wait for the result of a scheduled key."""
        return self._futures.pop(key).result()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)  # as in `bounded_map`
        self._token.cancel()
        self._pool.shutdown()


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


def to_iter(items: Iterable[Item]) -> Generator[Item]:
    """Yield the items; closing the generator closes their source."""
    yield from items


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
