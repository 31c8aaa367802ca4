"""How connections are read: in larger pieces than httpcore asks for, and so that they can be cut.

httpx takes no network backend, so ours is put where httpx keeps its own. Should that place move,
connections are read as httpx reads them: recordings come more slowly, and requests that nobody
wants any more are waited for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import httpcore

from .crew import waiting_on

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable

    import httpx

Transport = TypeVar("Transport", "httpx.HTTPTransport", "httpx.AsyncHTTPTransport")

_TIMES_AS_MUCH: Final = 4
"""httpcore asks for 64 KiB at a time, and takes what it gets. A large body is as much faster read
as its pieces are fewer; asyncio has them ready in 256 KiB, and cuts them up only if it must."""

_END_OF_HEAD: Final = b"\r\n\r\n"


def with_own_network(transport: Transport) -> Transport:
    """Let the connections of a transport be read in larger pieces, and those of threads be cut."""
    pool: Any = getattr(transport, "_pool", None)
    backend = getattr(pool, "_network_backend", None)
    if isinstance(backend, httpcore.NetworkBackend):
        pool._network_backend = _Backend(backend)  # noqa: SLF001 - see above
    elif isinstance(backend, httpcore.AsyncNetworkBackend):
        pool._network_backend = _AsyncBackend(backend)  # noqa: SLF001 - see above
    return transport


class _Backend(httpcore.NetworkBackend):
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
        options = (local_address, socket_options)
        with waiting_on():
            return CountingStream(self._backend.connect_tcp(host, port, timeout, *options))

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        return CountingStream(self._backend.connect_unix_socket(path, timeout, socket_options))

    def sleep(self, seconds: float) -> None:
        self._backend.sleep(seconds)


class CountingStream(httpcore.NetworkStream):
    """A connection that can be cut while it is waited on, and counts what an answer brings."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream
        self._first = b""
        self._received = 0

    @property
    def body_received(self) -> int | None:
        """Bytes that were read after the answer's head; None where that came in pieces."""
        head = self._first.find(_END_OF_HEAD)
        return None if head < 0 else self._received - head - len(_END_OF_HEAD)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read for the HTTP library."""
        data = self.receive(_TIMES_AS_MUCH * max_bytes, timeout)
        self._first = self._first or data
        self._received += len(data)
        return data

    def receive(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read past the HTTP library; nothing is counted, and it must read no more itself."""
        with waiting_on(self._stream):
            return self._stream.read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send a part of a request, to which the next bytes will be the answer."""
        self._first, self._received = b"", 0
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Go on encrypted."""
        with waiting_on():
            return CountingStream(self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        """Tell of the connection."""
        return self._stream.get_extra_info(info)


class _AsyncBackend(httpcore.AsyncNetworkBackend):
    def __init__(self, backend: httpcore.AsyncNetworkBackend) -> None:
        self._backend = backend

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        options = (local_address, socket_options)
        with waiting_on():
            return _AsyncStream(await self._backend.connect_tcp(host, port, timeout, *options))

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - likewise
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        return _AsyncStream(await self._backend.connect_unix_socket(path, timeout, socket_options))

    async def sleep(self, seconds: float) -> None:
        await self._backend.sleep(seconds)


class _AsyncStream(httpcore.AsyncNetworkStream):
    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(
        self,
        max_bytes: int,
        timeout: float | None = None,  # noqa: ASYNC109 - likewise
    ) -> bytes:
        with waiting_on(self._stream):
            return await self._stream.read(_TIMES_AS_MUCH * max_bytes, timeout)

    async def write(
        self,
        buffer: bytes,
        timeout: float | None = None,  # noqa: ASYNC109 - likewise
    ) -> None:
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - likewise
    ) -> httpcore.AsyncNetworkStream:
        with waiting_on():
            return _AsyncStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
