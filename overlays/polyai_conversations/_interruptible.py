"""Connections that a `CancelToken` or a deadline can interrupt while a thread waits for them.

This module is imported when the first client is created, because importing httpcore takes long.
httpx, too, imports it only then.
"""

from __future__ import annotations

import ssl
from contextlib import suppress
from typing import Any

import httpcore
import httpx

from ._cancel import interruptible
from ._deadline import limit_timeout


class InterruptibleTransport(httpx.HTTPTransport):
    """An `httpx.HTTPTransport` whose requests a `CancelToken` or a deadline can stop.

    httpx does not accept a network backend, so this class replaces the one of the pool that httpx
    created, with or without a proxy. If a future httpx or httpcore stores them elsewhere, requests
    work, but nothing can interrupt a read or a write.
    """

    def __init__(self, verify: ssl.SSLContext, *, limits: httpx.Limits, proxy: str | None) -> None:
        super().__init__(verify, limits=limits, proxy=proxy)
        backend = _InterruptibleBackend()
        with suppress(AttributeError):
            self._pool._network_backend = backend  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]


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
        """Read, unless the token is cancelled or the deadline has passed."""
        self.has_read = True
        with interruptible(self._stream):
            return self._stream.read(max_bytes, limit_timeout(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write, unless the token is cancelled or the deadline has passed."""
        self.has_read = False
        with interruptible(self._stream):
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
