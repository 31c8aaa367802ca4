"""How requests under way in threads are given up: nothing waits for an answer nobody wants.

Async code needs no such thing: its tasks are cancelled. A thread that waits for a server can only
be woken by closing the connection under it; `network` tells which connection that is.
"""

from __future__ import annotations

import socket
import threading
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

    import httpcore


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


def _cut(stream: httpcore.NetworkStream) -> None:
    raw = stream.get_extra_info("socket")
    if isinstance(raw, socket.socket):
        with suppress(OSError):  # it is closed already
            # Not the method of a TLS socket, which would take apart what the other thread reads.
            socket.socket.shutdown(raw, socket.SHUT_RDWR)
