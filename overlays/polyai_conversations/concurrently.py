"""Much work of one kind, a bounded part of it at once; answers come as they are done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from concurrent import futures
from contextlib import aclosing, closing
from typing import TYPE_CHECKING, TypeVar

from .crew import Crew

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Iterable

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


def in_threads(
    work: Callable[[Item], Outcome], items: Generator[Item], at_once: int, *, taken: int
) -> Generator[Outcome]:
    """Do the work for each item; leaving early, or an error, ends what is under way.

    Args:
        work: What is done.
        items: For each of these.
        at_once: How many are under way at once.
        taken: How many are looked up at once, those that wait for a worker included.

    """
    crew = Crew()
    pool = futures.ThreadPoolExecutor(at_once, "conversations", initializer=crew.join)
    pending: set[futures.Future[Outcome]] = set()
    try:
        with closing(items):
            for item in items:
                pending.add(pool.submit(work, item))
                if len(pending) >= taken:
                    done, pending = futures.wait(pending, return_when=futures.FIRST_COMPLETED)
                    yield from (future.result() for future in done)
            while pending:
                done, pending = futures.wait(pending, return_when=futures.FIRST_COMPLETED)
                yield from (future.result() for future in done)
    finally:
        crew.call_off()
        pool.shutdown(cancel_futures=True)


async def in_tasks(
    work: Callable[[Item], Awaitable[Outcome]],
    items: AsyncGenerator[Item],
    at_once: int,
    *,
    taken: int,
) -> AsyncGenerator[Outcome]:
    """Do the work for each item, as `in_threads` does."""
    turn = asyncio.Semaphore(at_once)

    async def in_turn(item: Item) -> Outcome:
        async with turn:
            return await work(item)

    pending: set[asyncio.Task[Outcome]] = set()
    try:
        async with aclosing(items):
            async for item in items:
                pending.add(asyncio.create_task(in_turn(item)))
                if len(pending) >= taken:
                    done, pending = await _first_of(pending)
                    for task in done:
                        yield task.result()
            while pending:
                done, pending = await _first_of(pending)
                for task in done:
                    yield task.result()
    finally:
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)


def each(items: Iterable[Item]) -> Generator[Item]:
    """Give the items; closing this closes where they come from."""
    yield from items


async def aeach(items: Iterable[Item] | AsyncIterable[Item]) -> AsyncGenerator[Item]:
    """Give the items, from either kind of iterable; closing this closes where they come from."""
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


async def _first_of(
    tasks: set[asyncio.Task[Outcome]],
) -> tuple[set[asyncio.Task[Outcome]], set[asyncio.Task[Outcome]]]:
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        if not task.cancelled():
            task.exception()  # where several fail at once, one is raised: the rest is no news
    return done, pending
