"""How requests under way in threads are given up: nothing waits for an answer nobody wants.

Async code needs no such thing: its tasks are cancelled. A thread that waits for a server can only
be woken by closing the connection under it, and httpx has no way to ask for that.
"""

from __future__ import annotations

import socket
import threading
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import httpcore

if TYPE_CHECKING:
    import ssl
    from collections.abc import Generator, Iterable

    import httpx


class Abandonment:
    """Ends the calls of the threads that take part in it."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._waiting: set[httpcore.NetworkStream] = set()

    def join(self) -> None:
        """Let this thread take part."""
        _abandonment.set(self)

    def begin(self) -> None:
        """End what is under way: waits, retries, and the connections that are waited on."""
        with self._lock:
            self._event.set()
            for stream in self._waiting:
                _cut(stream)

    def check(self) -> None:
        """End the call under way in this thread, if it was given up.

        Raises:
            CancelledError: It was.

        """
        if self._event.is_set():
            raise CancelledError

    def wait(self, seconds: float) -> None:
        """Wait for so long, or until it begins."""
        self._event.wait(seconds)

    @contextmanager
    def waiting_on(self, stream: httpcore.NetworkStream) -> Generator[None]:
        """Let a connection be cut while it is waited on, and at no other time."""
        with self._lock:
            self.check()
            self._waiting.add(stream)
        try:
            yield
        finally:
            with self._lock:
                self._waiting.discard(stream)


_abandonment: ContextVar[Abandonment | None] = ContextVar("abandonment", default=None)


def current_abandonment() -> Abandonment | None:
    """Give what this thread takes part in, if anything."""
    return _abandonment.get()


def check_abandonment() -> None:
    """End the call under way in this thread, if it was given up.

    Raises:
        CancelledError: It was.

    """
    if (abandonment := _abandonment.get()) is not None:
        abandonment.check()


def make_cuttable(transport: httpx.HTTPTransport) -> httpx.HTTPTransport:
    """Let the connections of a transport be cut.

    httpx takes no network backend, so it is put where httpx keeps its own. Should that place move,
    requests under way are waited for, as httpx itself would.
    """
    pool: Any = getattr(transport, "_pool", None)
    backend = getattr(pool, "_network_backend", None)
    if isinstance(backend, httpcore.NetworkBackend):
        pool._network_backend = _Backend(backend)  # noqa: SLF001 - see above
    return transport


class _Backend(httpcore.NetworkBackend):
    """Makes connections that can be cut."""

    def __init__(self, backend: httpcore.NetworkBackend) -> None:
        self._backend = backend

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(
            self._backend.connect_tcp(host, port, timeout, local_address, socket_options)
        )

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(self._backend.connect_unix_socket(path, timeout, socket_options))

    def sleep(self, seconds: float) -> None:
        self._backend.sleep(seconds)


class _Stream(httpcore.NetworkStream):
    """A connection that can be cut while it is waited on."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        abandonment = _abandonment.get()
        if abandonment is None:
            return self._stream.read(max_bytes, timeout)
        with abandonment.waiting_on(self._stream):
            return self._stream.read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _cut(stream: httpcore.NetworkStream) -> None:
    raw = stream.get_extra_info("socket")
    if isinstance(raw, socket.socket):
        with suppress(OSError):  # it is closed already
            # Not the method of a TLS socket, which would take apart what the other thread reads.
            socket.socket.shutdown(raw, socket.SHUT_RDWR)
