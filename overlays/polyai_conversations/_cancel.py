"""Stops requests in progress: interrupts threads, and cancels tasks without leaking connections.

This is one of the two modules that hold a sync and an async half side by side, because threads and
tasks really differ here. A thread that waits for a server can only be woken by shutting down the
socket it reads from. A task can be cancelled at any point, but httpcore then loses track of its
connection (encode/httpcore#1093), so tasks are cancelled only where that is safe. The async
half can be removed once httpcore is fixed; httpx2 has fixed it.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from concurrent.futures import CancelledError
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from contextvars import ContextVar
from functools import partial
from typing import Any, Final, TypeVar

import anyio
import httpcore
import httpx

from ._deadline import limit_timeout

Result = TypeVar("Result")

STREAMED: Final = "polyai_streamed"
"""Request extension that says that the caller reads the response body itself."""

_MAX_LOOP_STEPS: Final = 100
"""Event loop iterations to wait for a safe point; a few are enough in practice."""


class CancelToken:
    """Stops the requests of the threads that share it."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._lock = threading.Lock()
        self._streams: set[httpcore.NetworkStream] = set()

    def activate(self) -> None:
        """Let this token stop the requests of the current thread."""
        _active_token.set(self)

    def cancel(self) -> None:
        """Interrupt every request in progress, and every wait before a retry."""
        with self._lock:
            self._cancelled.set()
            for stream in self._streams:
                _shut_down(stream)

    def raise_if_cancelled(self) -> None:
        """Raise `concurrent.futures.CancelledError` if the token has been cancelled."""
        if self._cancelled.is_set():
            raise CancelledError

    def sleep(self, seconds: float) -> None:
        """Sleep, unless the token is cancelled."""
        self._cancelled.wait(seconds)
        self.raise_if_cancelled()

    @contextmanager
    def interruptible(self, stream: httpcore.NetworkStream) -> Generator[None]:
        """Let `cancel` shut down a connection while the `with` block waits for it."""
        with self._lock:
            self.raise_if_cancelled()
            self._streams.add(stream)
        try:
            yield
        finally:
            with self._lock:
                self._streams.discard(stream)


_active_token: ContextVar[CancelToken | None] = ContextVar("active_token", default=None)


def sleep(seconds: float) -> None:
    """Sleep before a retry; a cancelled token ends the call with `CancelledError`."""
    token = _active_token.get()
    if token is None:
        time.sleep(seconds)
    else:
        token.sleep(seconds)


async def async_sleep(seconds: float) -> None:
    """Sleep before a retry."""
    await asyncio.sleep(seconds)


class InterruptibleTransport(httpx.HTTPTransport):
    """An `httpx.HTTPTransport` whose requests a `CancelToken` can stop.

    httpx does not accept a network backend, so this class replaces the pool that httpx created.
    If a future httpx stores its pool elsewhere, requests will work but cannot be interrupted.
    Requests through a proxy can never be interrupted.
    """

    def __init__(self, verify: ssl.SSLContext, *, limits: httpx.Limits, proxy: str | None) -> None:
        super().__init__(verify, limits=limits, proxy=proxy)
        if proxy is None:
            self._pool = httpcore.ConnectionPool(
                ssl_context=verify,
                max_connections=limits.max_connections,
                max_keepalive_connections=limits.max_keepalive_connections,
                keepalive_expiry=limits.keepalive_expiry,
                network_backend=_InterruptibleBackend(),
            )


class _InterruptibleBackend(httpcore.SyncBackend):
    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *args: Any, **kwargs: Any
    ) -> httpcore.NetworkStream:
        stream = super().connect_tcp(host, port, limit_timeout(timeout), *args, **kwargs)
        return InterruptibleStream(stream)


class InterruptibleStream(httpcore.NetworkStream):
    """A connection that a `CancelToken` or a deadline can interrupt while a thread waits for it.

    Attributes:
        has_read: Whether anything was read since the last write.
    """

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream
        self.has_read = False

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read, unless the token is cancelled."""
        self.has_read = True
        with _interruptible(self._stream):
            return self._stream.read(max_bytes, limit_timeout(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write, unless the token is cancelled."""
        self.has_read = False
        with _interruptible(self._stream):
            self._stream.write(buffer, limit_timeout(timeout))

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Upgrade the connection to TLS."""
        stream = self._stream.start_tls(ssl_context, server_hostname, limit_timeout(timeout))
        return InterruptibleStream(stream)

    def get_extra_info(self, info: str) -> Any:
        """Return a property of the connection, such as its socket."""
        return self._stream.get_extra_info(info)


def _interruptible(stream: httpcore.NetworkStream) -> AbstractContextManager[None]:
    token = _active_token.get()
    return token.interruptible(stream) if token else nullcontext()


def _shut_down(stream: httpcore.NetworkStream) -> None:
    raw = stream.get_extra_info("socket")
    if isinstance(raw, socket.socket):
        with suppress(OSError):  # it is closed already
            # A TLS socket's own method would discard the TLS state that the other thread uses.
            socket.socket.shutdown(raw, socket.SHUT_RDWR)


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
    """Turn TLS errors into httpx's, as httpcore does only for threads, and for handshakes."""
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


def run_blocking(function: Callable[..., Result], *args: Any) -> Result:
    """Call a function that blocks on disk I/O."""
    return function(*args)


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
