"""Cancels tasks without leaking connections, as `_cancel` stops threads.

A task can be cancelled at any point, but httpcore then loses track of its connection
(encode/httpcore#1093), so tasks are cancelled only where that is safe. This can be removed once
httpcore is fixed; httpx2 has fixed it.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, Final, TypeVar

import anyio
import httpx

from ._cancel import STREAMED

Result = TypeVar("Result")

_MAX_LOOP_STEPS: Final = 100
"""Event loop iterations to wait for a safe point; a few are enough in practice."""


async def async_sleep(seconds: float) -> None:
    """Sleep before a retry."""
    await asyncio.sleep(seconds)


class ShieldedTransport(httpx.AsyncBaseTransport):
    """A transport that returns its connections to the pool even if tasks are cancelled.

    The transport below it reads the bodies that are not `STREAMED`: a shielded task for each chunk
    would take a quarter more CPU time per page of a list.

    Each request runs in a task of its own, which is cancelled only while httpcore waits for the
    network, because there it cleans up after itself. httpcore's trace shows when that is.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and shield the body as well if the request is `STREAMED`."""
        trace = request.extensions["trace"] = NetworkTrace()
        return await run_shielded(self._exchange(request, trace), partial(_discard_response, trace))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    async def _exchange(self, request: httpx.Request, trace: NetworkTrace) -> httpx.Response:
        with _map_tls_errors():
            response = await self._transport.handle_async_request(request)
        if STREAMED in request.extensions and isinstance(response.stream, httpx.AsyncByteStream):
            response.stream = ShieldedStream(response.stream, trace)
        return response


class ShieldedStream(httpx.AsyncByteStream):
    """A response body whose connection returns to the pool even if its reader is cancelled."""

    def __init__(self, stream: httpx.AsyncByteStream, trace: NetworkTrace) -> None:
        self._stream = stream
        self._trace = trace

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the body in chunks as they arrive."""
        chunks = aiter(self._stream)

        async def next_chunk() -> bytes | None:
            with _map_tls_errors():
                return await anext(chunks, None)

        cancel = partial(_cancel_safely, self._trace)
        while (chunk := await run_shielded(next_chunk(), cancel)) is not None:
            yield chunk

    async def aclose(self) -> None:
        """Return the connection to the pool."""
        await run_shielded(self._stream.aclose())


@contextmanager
def _map_tls_errors() -> Generator[None]:
    """Turn TLS errors into httpx's; for tasks, httpcore does so only during the handshake."""
    try:
        yield
    except ssl.SSLError as error:
        raise httpx.ReadError(str(error)) from error


class NetworkTrace:
    """Follows httpcore's trace of a request; without one, any moment counts as safe.

    If httpcore renames its events, calls still work, but left-over responses are not recognized.

    Attributes:
        waits_for_network: Whether httpcore waits for the network.
        has_read: Whether httpcore waited for the headers of the response. It suspends its task for
            each read, even if the bytes have arrived, so the event loop then runs other callbacks.
    """

    def __init__(self) -> None:
        self.waits_for_network = True
        self.has_read = True
        self._was_suspended = True

    async def __call__(self, event: str, *_: object) -> None:
        self.waits_for_network = event.endswith(".started") and "response_closed" not in event
        if event.endswith("receive_response_headers.started"):
            self._was_suspended = False
            asyncio.get_running_loop().call_soon(self._set_was_suspended)
        elif event.endswith("receive_response_headers.complete"):
            self.has_read = self._was_suspended

    def _set_was_suspended(self) -> None:
        self._was_suspended = True


async def async_run_blocking(function: Callable[..., Result], *args: Any) -> Result:
    """Call a function that blocks on disk I/O, in a thread; a cancellation waits until it ends."""
    return await run_shielded(asyncio.to_thread(function, *args))


async def run_shielded(
    work: Awaitable[Result],
    on_cancel: Callable[[asyncio.Future[Result]], Awaitable[object]] | None = None,
) -> Result:
    """Run work that must not stop halfway; a cancellation is raised once it has ended.

    Args:
        work: The work, which runs in a task of its own.
        on_cancel: Called with that task if the caller is cancelled. Default: wait until it ends.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        ending = asyncio.ensure_future(on_cancel(task) if on_cancel else task)
        with anyio.CancelScope(shield=True):
            while not ending.done():  # however often the caller is cancelled
                with suppress(asyncio.CancelledError):
                    await asyncio.wait([ending])
        with suppress(asyncio.CancelledError):
            task.exception()  # the cancellation takes precedence
        raise


async def _discard_response(trace: NetworkTrace, task: asyncio.Future[httpx.Response]) -> None:
    await _cancel_safely(trace, task)
    if not task.cancelled() and task.exception() is None:
        await task.result().aclose()


async def _cancel_safely(trace: NetworkTrace, task: asyncio.Future[Any]) -> None:
    for _ in range(_MAX_LOOP_STEPS):
        if task.done() or trace.waits_for_network:
            break
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
