"""Stops the requests of threads.

A thread that waits for a server can only be woken by shutting down the socket it reads from. What
tasks need instead is in `_async_cancel`: the code that is generated in `_sync` uses `sleep` of this
module where `_async` uses `async_sleep` of that one, and so on. The two are separate because
importing asyncio takes long, and the sync client does without it.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import CancelledError
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from httpcore import NetworkStream

Result = TypeVar("Result")

STREAMED: Final = "polyai_streamed"
"""Request extension that says that the caller reads the response body itself."""


class CancelToken:
    """Stops the requests of the threads that share it."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._lock = threading.Lock()
        self._streams: set[NetworkStream] = set()

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
    def interruptible(self, stream: NetworkStream) -> Generator[None]:
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


def interruptible(stream: NetworkStream) -> AbstractContextManager[None]:
    """Let the active token, if there is one, shut down a connection during the `with` block."""
    token = _active_token.get()
    return token.interruptible(stream) if token else nullcontext()


def run_blocking(function: Callable[..., Result], *args: Any) -> Result:
    """Call a function that blocks on disk I/O."""
    return function(*args)


def _shut_down(stream: NetworkStream) -> None:
    raw = stream.get_extra_info("socket")
    if isinstance(raw, socket.socket):
        with suppress(OSError):  # it is closed already
            # A TLS socket's own method would discard the TLS state that the other thread uses.
            socket.socket.shutdown(raw, socket.SHUT_RDWR)
