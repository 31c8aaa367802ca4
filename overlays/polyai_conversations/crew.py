"""Threads or tasks that fetch for one caller: which of them wait for a server, and how they stop.

Tasks are cancelled. A thread that waits for a server can only be woken by closing the connection
under it; `network` tells which connection that is.
"""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import CancelledError
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

    import httpcore

    Stream = httpcore.NetworkStream | httpcore.AsyncNetworkStream


class Crew:
    """Those who fetch for one caller."""

    def __init__(self) -> None:
        self._waiting = 0
        self._has_waited = False
        self._called_off = threading.Event()
        self._lock = threading.Lock()
        self._streams: set[Stream] = set()

    def join(self) -> None:
        """Let this thread, or this context of tasks, take part."""
        _crew.set(self)

    def all_wait(self, under_way: int) -> bool:
        """Tell whether so many wait for a server just now, as far as one can see.

        Over a transport of the user's own, nobody is seen to wait: there, all are taken to.
        """
        return self._waiting >= under_way or not self._has_waited

    def call_off(self) -> None:
        """End what threads have under way: pauses, retries, and connections that are waited on."""
        with self._lock:
            self._called_off.set()
            for stream in self._streams:
                _cut(stream)

    def check(self) -> None:
        """End the call under way in this thread, if it was called off.

        Raises:
            CancelledError: It was.

        """
        if self._called_off.is_set():
            raise CancelledError

    def pause(self, seconds: float) -> None:
        """Wait for so long, or until it is called off."""
        self._called_off.wait(seconds)

    @contextmanager
    def waiting_on(self, stream: Stream | None) -> Generator[None]:
        """Count as waiting; a connection may be cut while it is waited on, and at no other time."""
        awaited: set[Stream] = set() if stream is None else {stream}
        with self._lock:
            self.check()
            self._waiting += 1
            self._has_waited = True
            self._streams |= awaited
        try:
            yield
        finally:
            with self._lock:
                self._waiting -= 1
                self._streams -= awaited


_crew: ContextVar[Crew | None] = ContextVar("crew", default=None)


def current_crew() -> Crew | None:
    """Give what this thread or task takes part in, if anything."""
    return _crew.get()


def check_called_off() -> None:
    """End the call under way in this thread, if it was called off.

    Raises:
        CancelledError: It was.

    """
    if (crew := _crew.get()) is not None:
        crew.check()


def pause(seconds: float) -> None:
    """Wait for so long; in a crew, only until it is called off."""
    if (crew := _crew.get()) is None:
        time.sleep(seconds)
    else:
        crew.pause(seconds)


def waiting_on(stream: Stream | None = None) -> AbstractContextManager[None]:
    """Wait for a server, over a connection if there is one yet, as a part of one's crew."""
    crew = _crew.get()
    return nullcontext() if crew is None else crew.waiting_on(stream)


def _cut(stream: Stream) -> None:
    raw = stream.get_extra_info("socket")
    if isinstance(raw, socket.socket):
        with suppress(OSError):  # it is closed already
            # Not the method of a TLS socket, which would take apart what the other thread reads.
            socket.socket.shutdown(raw, socket.SHUT_RDWR)
