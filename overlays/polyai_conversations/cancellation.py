"""How an async exchange is cancelled so that its connection gets back to the pool.

httpcore takes and gives back a connection in several steps. A task that is cancelled between them,
as `asyncio.timeout` does at any moment, leaves the connection checked out for ever. So an exchange
runs in a task of its own, which is cancelled only where httpcore waits for the network: there, it
cleans up after itself. Its trace tells where it is.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

import anyio
import httpx

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator

    Trace = Callable[[str, dict[str, Any]], Awaitable[None]]

Result = TypeVar("Result")

_MOST_STEPS: Final = 100
"""Steps of the event loop to wait for a good moment; there are never more than a few."""


async def orderly(
    request: httpx.Request, exchange: Coroutine[Any, Any, httpx.Response]
) -> httpx.Response:
    """Make an exchange; when it is cancelled, cancel it where that does no harm."""
    with _traced(request) as trace:
        task = asyncio.ensure_future(exchange)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await _outlast(_decline(task, trace))
            raise


class GivenBack(httpx.AsyncByteStream):
    """A body whose connection is given back whatever happens, and however often it is cancelled.

    After a cut, too, httpcore gives it back in several steps.
    """

    def __init__(self, stream: httpx.AsyncByteStream, request: httpx.Request) -> None:
        self._stream = stream
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Give the body, in pieces as they come."""
        with _traced(self._request) as trace:
            pieces = aiter(self._stream)
            while (piece := await _next(pieces, trace)) is not None:
                yield piece

    async def aclose(self) -> None:
        """Give the connection back."""
        await to_its_end(self._stream.aclose())


async def to_its_end(work: Awaitable[Result]) -> Result:
    """Do what must not be left half done; cancellations wait for it, and come after."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await _outlast(task)
        with suppress(asyncio.CancelledError):
            task.exception()  # the cancellation comes first
        raise


class _Trace:
    """Follows what httpcore tells of an exchange.

    Args:
        other: What a caller gave to follow it too.

    """

    def __init__(self, other: Trace | None) -> None:
        self.other = other
        self.waits_for_network = True

    async def __call__(self, event: str, info: dict[str, Any]) -> None:
        _, step, phase = event.rsplit(".", 2)
        self.waits_for_network = phase == "started" and step != "response_closed"
        if self.other is not None:
            await self.other(event, info)


@contextmanager
def _traced(request: httpx.Request) -> Generator[_Trace]:
    trace = _Trace(request.extensions.get("trace"))
    request.extensions["trace"] = trace
    try:
        yield trace
    finally:
        request.extensions.pop("trace", None)
        request.extensions |= {"trace": trace.other} if trace.other else {}


async def _next(pieces: AsyncIterator[bytes], trace: _Trace) -> bytes | None:
    async def step() -> bytes | None:
        return await anext(pieces, None)

    task = asyncio.ensure_future(step())
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await _outlast(_cancel(task, trace))
        raise


async def _outlast(work: Awaitable[object]) -> None:
    """Wait for the end of it, however often that is cancelled: the first cancellation goes on."""
    task = asyncio.ensure_future(work)
    with anyio.CancelScope(shield=True):
        while not task.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([task])


async def _decline(task: asyncio.Future[httpx.Response], trace: _Trace) -> None:
    await _cancel(task, trace)
    if not task.cancelled() and task.exception() is None:
        await task.result().aclose()  # it came all the same, and nobody takes it


async def _cancel(task: asyncio.Future[Any], trace: _Trace) -> None:
    for _ in range(_MOST_STEPS):
        if task.done() or trace.waits_for_network:
            break
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.exception()  # the cancellation comes first
