"""Bounded concurrency with threads.

The code that is generated in `_sync` uses `bounded_map` where `_async` uses `async_bounded_map` of
`_async_concurrency`, and so on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Generator, Hashable, Iterable
from concurrent import futures
from contextlib import closing
from typing import Generic, Self, TypeVar

from ._cancel import CancelToken

Item = TypeVar("Item")
Result = TypeVar("Result")
Key = TypeVar("Key", bound=Hashable)

Semaphore = threading.Semaphore
Items = Iterable[Item]


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
        _stop(pool, token)


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
        _stop(self._pool, self._token)


def to_iter(items: Iterable[Item]) -> Generator[Item]:
    """Yield the items; closing the generator closes their source."""
    yield from items


def _stop(pool: futures.ThreadPoolExecutor, token: CancelToken) -> None:
    """Interrupt the calls in progress, and start none of those that wait for a worker."""
    pool.shutdown(wait=False, cancel_futures=True)
    token.cancel()
    pool.shutdown()
