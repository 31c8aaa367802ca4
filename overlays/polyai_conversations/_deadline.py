"""Bounds the time of a whole call, whatever its single steps take.

A timeout bounds one step, such as waiting for the next bytes. A server that sends one byte at a
time can therefore keep a call alive for as long as it likes. A deadline ends it. Threads and tasks
differ here: a task is cancelled, and a thread checks its deadline at each read and write.
"""

from __future__ import annotations

import math
import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Final

import anyio
import httpx

_MIN_TIMEOUT: Final = 0.001
"""Seconds; a socket takes a timeout of 0 to mean that it must not wait."""


class Deadline:
    """The moment at which a call must have ended.

    Args:
        seconds: Seconds from now, or None for no limit.
        clock: Returns the current time in seconds.
    """

    def __init__(self, seconds: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._end = math.inf if seconds is None else clock() + seconds

    @property
    def remaining(self) -> float:
        """Seconds until the deadline; negative once it has passed, infinite without a limit."""
        return self._end - self._clock()

    @property
    def expired(self) -> bool:
        """Whether the deadline has passed."""
        return self.remaining <= 0


_active: ContextVar[Deadline | None] = ContextVar("active_deadline", default=None)


@contextmanager
def time_limit(deadline: Deadline) -> Generator[None]:
    """Raise `TimeoutError` if the `with` block reads or writes after the deadline."""
    token = _active.set(deadline)
    try:
        yield
    except httpx.TimeoutException:
        if deadline.expired:
            raise TimeoutError from None
        raise
    finally:
        _active.reset(token)


@asynccontextmanager
async def async_time_limit(deadline: Deadline) -> AsyncGenerator[None]:
    """Raise `TimeoutError` if the `async with` block lasts longer than the deadline allows."""
    with anyio.fail_after(None if deadline.seconds is None else deadline.remaining):
        yield


def limit_timeout(timeout: float | None) -> float | None:
    """Shorten the timeout of a read or write of the current thread to what its deadline allows.

    Raises:
        TimeoutError: The deadline has passed.
    """
    deadline = _active.get()
    if deadline is None or deadline.seconds is None:
        return timeout
    if deadline.expired:
        raise TimeoutError
    remaining = max(deadline.remaining, _MIN_TIMEOUT)
    return remaining if timeout is None else min(timeout, remaining)
