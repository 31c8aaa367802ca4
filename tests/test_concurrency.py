"""Bounded concurrency, with threads and with tasks."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import AsyncGenerator, Callable, Collection, Generator, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from typing import Protocol

import attrs
import pytest

from clients import iterate
from polyai_conversations._async_concurrency import (
    AsyncPrefetcher,
    async_bounded_map,
    to_async_iter,
)
from polyai_conversations._cancel import sleep
from polyai_conversations._concurrency import Prefetcher, bounded_map, to_iter

HANGING = 60.0
"""Seconds that work takes which must be cancelled."""


@attrs.define
class Work:
    """Work that doubles a number, and keeps a record of what ran.

    Attributes:
        seconds: How long each item takes.
        exceptions: The items that take other times.
        failing: The items that raise an error once their time is over.
        failing_when_cancelled: Whether a cancellation ends in an error of its own.
        started: The items whose work has begun.
        cancelled: The items whose work was cancelled.
        running: Number of items under way.
        max_running: The most items that were under way at once.
    """

    seconds: float = 0.0
    exceptions: dict[int, float] = attrs.field(factory=dict)
    failing: Collection[int] = ()
    failing_when_cancelled: bool = False
    started: list[int] = attrs.field(factory=list)
    cancelled: list[int] = attrs.field(factory=list)
    running: int = 0
    max_running: int = 0
    _lock: threading.Lock = attrs.field(factory=threading.Lock)

    def run(self, item: int) -> int:
        with self._recorded(item):
            sleep(self.exceptions.get(item, self.seconds))
            return self._result(item)

    async def run_async(self, item: int) -> int:
        with self._recorded(item):
            try:
                await asyncio.sleep(self.exceptions.get(item, self.seconds))
            except asyncio.CancelledError:
                await asyncio.sleep(0.01)  # closing a connection also takes time
                raise
            return self._result(item)

    def _result(self, item: int) -> int:
        if item in self.failing:
            raise LookupError(item)
        return 2 * item

    @contextmanager
    def _recorded(self, item: int) -> Generator[None]:
        with self._lock:
            self.started.append(item)
            self.running += 1
            self.max_running = max(self.max_running, self.running)
        try:
            yield
        except (asyncio.CancelledError, CancelledError):
            self.cancelled.append(item)
            if self.failing_when_cancelled:
                raise LookupError(item) from None
            raise
        finally:
            with self._lock:
                self.running -= 1


@attrs.define
class Source:
    """Yields numbers from 0.

    Attributes:
        size: How many numbers it yields.
        failing_at: The number instead of which it raises an error.
        taken: How many numbers have been taken.
        closed: Whether it was read to its end or closed.
    """

    size: int
    failing_at: int | None = None
    taken: int = 0
    closed: bool = False

    def numbers(self) -> Generator[int]:
        try:
            for number in range(self.size):
                if number == self.failing_at:
                    raise LookupError("the source has failed")
                self.taken += 1
                yield number
        finally:
            self.closed = True

    async def numbers_async(self) -> AsyncGenerator[int]:
        try:
            for number in self.numbers():
                yield number
        finally:
            self.closed = True


class Prefetching(Protocol):
    """A prefetcher of either kind, whose methods block."""

    def schedule(self, keys: Collection[int]) -> None: ...
    def result(self, key: int) -> int: ...


class Threads:
    """The half for sync code."""

    def map(self, work: Work, source: Source, max_workers: int, buffersize: int) -> Generator[int]:
        return bounded_map(work.run, source.numbers(), max_workers, buffersize=buffersize)

    @contextmanager
    def prefetch(self, work: Work, max_workers: int) -> Generator[Prefetching]:
        with Prefetcher(work.run, max_workers) as prefetcher:
            yield prefetcher

    def wait_until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 10
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.001)

    def iterate(self, source: Source) -> Generator[int]:
        return to_iter(source.numbers())


class Tasks:
    """The half for async code, driven step by step."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self._runner = runner

    def map(self, work: Work, source: Source, max_workers: int, buffersize: int) -> Generator[int]:
        results = async_bounded_map(
            work.run_async, source.numbers_async(), max_workers, buffersize=buffersize
        )
        yield from iterate(results, self._runner)

    @contextmanager
    def prefetch(self, work: Work, max_workers: int) -> Generator[Prefetching]:
        runner = self._runner
        prefetcher = AsyncPrefetcher(work.run_async, max_workers)

        class Blocking:
            def schedule(self, keys: Collection[int]) -> None:
                async def schedule() -> None:
                    prefetcher.schedule(keys)

                runner.run(schedule())

            def result(self, key: int) -> int:
                return runner.run(prefetcher.result(key))

        runner.run(prefetcher.__aenter__())
        try:
            yield Blocking()
        finally:
            runner.run(prefetcher.__aexit__())

    def wait_until(self, condition: Callable[[], bool]) -> None:
        async def poll() -> None:
            while not condition():  # noqa: ASYNC110 - anything may make it true
                await asyncio.sleep(0.001)

        self._runner.run(asyncio.wait_for(poll(), 10))

    def iterate(self, source: Source) -> Generator[int]:
        yield from iterate(to_async_iter(source.numbers_async()), self._runner)


@pytest.fixture
def half(kind: str, caplog: pytest.LogCaptureFixture) -> Iterator[Threads | Tasks]:
    """Either half; checks that nothing keeps running, and that no error is logged by asyncio."""
    with asyncio.Runner() as runner:
        yield Threads() if kind == "sync" else Tasks(runner)
        assert asyncio.all_tasks(runner.get_loop()) == set()
    assert [t.name for t in threading.enumerate() if t.name.startswith("conversations")] == []
    gc.collect()
    assert [*caplog.get_records("call"), *caplog.records] == []


@pytest.mark.parametrize("size", [0, 1, 3, 20])
@pytest.mark.parametrize(("max_workers", "buffersize"), [(1, 1), (3, 3), (3, 6)])
def test_every_item_has_one_result(
    half: Threads | Tasks, size: int, max_workers: int, buffersize: int
) -> None:
    source = Source(size)
    results = list(half.map(Work(), source, max_workers, buffersize))
    assert sorted(results) == [2 * number for number in range(size)]
    assert source.closed


def test_results_come_in_order_of_completion(half: Threads | Tasks) -> None:
    work = Work(exceptions={0: 0.1})
    assert list(half.map(work, Source(4), 2, buffersize=2))[-1] == 0


@pytest.mark.parametrize("max_workers", [1, 3])
def test_no_more_than_max_workers_run_at_once(half: Threads | Tasks, max_workers: int) -> None:
    work = Work(seconds=0.02)
    list(half.map(work, Source(9), max_workers, buffersize=6))
    assert work.max_running == max_workers


def test_no_more_than_buffersize_items_are_taken_ahead(half: Threads | Tasks) -> None:
    source = Source(20)
    ahead = [
        source.taken - received
        for received, _ in enumerate(half.map(Work(), source, 2, buffersize=5), start=1)
    ]
    assert max(ahead) <= 5


def test_leaving_the_loop_cancels_the_work_and_closes_the_source(half: Threads | Tasks) -> None:
    work = Work(seconds=HANGING, exceptions={0: 0.0})
    source = Source(20)
    started = time.monotonic()
    results = half.map(work, source, 3, buffersize=6)
    assert next(results) == 0
    half.wait_until(lambda: work.running == 3)
    results.close()
    assert time.monotonic() - started < HANGING / 2
    assert (work.running, len(work.cancelled)) == (0, 3)
    assert work.started[0] == 0
    assert len(work.started) == 4, "items that waited for a worker were started"
    assert source.closed
    assert source.taken <= 6


def test_error_cancels_the_other_work_and_closes_the_source(half: Threads | Tasks) -> None:
    work = Work(seconds=HANGING, exceptions={1: 0.0}, failing={1})
    source = Source(20)
    with pytest.raises(LookupError):
        list(half.map(work, source, 3, buffersize=3))
    assert work.running == 0
    assert set(work.cancelled) == set(work.started) - {1}
    assert source.closed


def test_only_one_of_several_errors_is_raised(half: Threads | Tasks) -> None:
    work = Work(failing=range(20))
    with pytest.raises(LookupError):
        list(half.map(work, Source(20), 4, buffersize=8))
    assert len(work.started) <= 8


def test_error_of_the_source_cancels_the_work(half: Threads | Tasks) -> None:
    work = Work(seconds=HANGING)
    with pytest.raises(LookupError, match="the source"):
        list(half.map(work, Source(20, failing_at=2), 3, buffersize=6))
    assert work.running == 0
    assert sorted(work.cancelled) == sorted(work.started)


def test_error_of_cancelled_work_is_neither_raised_nor_logged(half: Threads | Tasks) -> None:
    work = Work(seconds=HANGING, exceptions={0: 0.0}, failing_when_cancelled=True)
    results = half.map(work, Source(20), 4, buffersize=4)
    assert next(results) == 0
    half.wait_until(lambda: work.running == 3)
    results.close()


def test_prefetcher_fetches_before_results_are_asked_for(half: Threads | Tasks) -> None:
    work = Work()
    with half.prefetch(work, max_workers=2) as prefetcher:
        prefetcher.schedule([1, 2, 3])
        half.wait_until(lambda: len(work.started) == 3)
        assert [prefetcher.result(key) for key in (3, 1, 2)] == [6, 2, 4]
    assert sorted(work.started) == [1, 2, 3]


@pytest.mark.parametrize("max_workers", [1, 3])
def test_prefetcher_runs_no_more_than_max_workers_at_once(
    half: Threads | Tasks, max_workers: int
) -> None:
    work = Work(seconds=0.02)
    with half.prefetch(work, max_workers) as prefetcher:
        prefetcher.schedule(range(9))
        assert [prefetcher.result(key) for key in range(9)] == [2 * key for key in range(9)]
    assert work.max_running == max_workers


def test_prefetcher_fetches_each_key_once_however_often_it_is_scheduled(
    half: Threads | Tasks,
) -> None:
    work = Work()
    with half.prefetch(work, max_workers=2) as prefetcher:
        prefetcher.schedule([1, 2])
        prefetcher.schedule([1, 2, 3])
        assert [prefetcher.result(key) for key in (1, 2, 3)] == [2, 4, 6]
    assert sorted(work.started) == [1, 2, 3]


def test_prefetcher_drops_keys_that_are_no_longer_scheduled(half: Threads | Tasks) -> None:
    work = Work(exceptions={1: 0.1})
    with half.prefetch(work, max_workers=1) as prefetcher:
        prefetcher.schedule([1, 2, 3])
        half.wait_until(lambda: work.started == [1])
        prefetcher.schedule([3])
        assert prefetcher.result(3) == 6
    assert work.started == [1, 3], "a dropped key was fetched"


def test_leaving_a_prefetcher_cancels_what_it_fetches(half: Threads | Tasks) -> None:
    work = Work(seconds=HANGING)
    started = time.monotonic()
    with half.prefetch(work, max_workers=2) as prefetcher:
        prefetcher.schedule([1, 2, 3, 4])
        half.wait_until(lambda: work.running == 2)
    assert time.monotonic() - started < HANGING / 2
    assert (work.running, sorted(work.cancelled)) == (0, [1, 2])
    assert sorted(work.started) == [1, 2]


def test_error_of_a_key_is_raised_by_its_result_alone(half: Threads | Tasks) -> None:
    work = Work(failing={2, 3})
    with half.prefetch(work, max_workers=1) as prefetcher:
        prefetcher.schedule([1, 2, 3])
        half.wait_until(lambda: len(work.started) == 3 and not work.running)
        assert prefetcher.result(1) == 2
        with pytest.raises(LookupError):
            prefetcher.result(2)


def test_error_of_a_cancelled_key_is_neither_raised_nor_logged(half: Threads | Tasks) -> None:
    work = Work(exceptions={1: 0.1}, failing={1}, failing_when_cancelled=True)
    with half.prefetch(work, max_workers=1) as prefetcher:
        prefetcher.schedule([1])
        half.wait_until(lambda: work.running == 1)
        prefetcher.schedule([2])
        assert prefetcher.result(2) == 4


def test_closing_the_iterator_closes_the_source(half: Threads | Tasks) -> None:
    source = Source(5)
    numbers = half.iterate(source)
    assert [next(numbers), next(numbers)] == [0, 1]
    numbers.close()
    assert (source.taken, source.closed) == (2, True)


def test_async_iterator_also_reads_a_plain_iterable() -> None:
    async def read() -> list[int]:
        return [number async for number in to_async_iter([1, 2])]

    assert asyncio.run(read()) == [1, 2]


def test_async_iterator_reads_an_iterable_that_cannot_be_closed() -> None:
    class Numbers:
        def __init__(self) -> None:
            self._numbers = iter([1, 2])

        def __aiter__(self) -> Numbers:
            return self

        async def __anext__(self) -> int:
            for number in self._numbers:
                return number
            raise StopAsyncIteration

    async def read() -> list[int]:
        return [number async for number in to_async_iter(Numbers())]

    assert asyncio.run(read()) == [1, 2]
