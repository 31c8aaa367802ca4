"""Spaces the requests of one task evenly, and slows down when the server says so."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

import httpx

from polyai_conversations._cancel import sleep
from polyai_conversations._http.retry import retry_after_seconds
from polyai_conversations._http.transport import default_transport

if TYPE_CHECKING:
    from collections.abc import Callable

_RATE_LIMITED: Final = 429
_RECOVERY: Final = 0.99
"""Factor of the interval after each response, until it is what the caller asked for again."""
_MAX_SLOWDOWN: Final = 64


class Pacer:
    """Says when the threads of a task may send their requests.

    A request that is too frequent halves the rate, and stops all threads for the time that
    `Retry-After` asks for. The rate then recovers by one percent with each response.

    Args:
        rate: Requests per second.
        clock: Returns the time in seconds.
        sleep: Waits for a number of seconds.
    """

    def __init__(
        self,
        rate: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._shortest = self._interval = 1 / rate
        # The previous task on this core may have sent its last request just now.
        self._next = clock() + self._interval
        self._resume = self._slowed = clock()
        self._lock = threading.Lock()

    @property
    def rate(self) -> float:
        """Requests per second at the moment."""
        return 1 / self._interval

    def wait(self) -> float:
        """Wait until a request may be sent, and return the time."""
        with self._lock:
            send_at = self._next = max(self._next, self._clock(), self._resume)
            self._next += self._interval
        while (delay := max(send_at, self._resume) - self._clock()) > 0:
            self._sleep(delay)
        return self._clock()

    def adapt(self, sent_at: float, status: int, retry_after: float | None) -> None:
        """Adapt the rate to a response.

        Args:
            sent_at: When its request was sent.
            status: Its status.
            retry_after: The number of seconds that it asks to wait, if it does.
        """
        with self._lock:
            if status != _RATE_LIMITED:
                self._interval = max(self._shortest, self._interval * _RECOVERY)
                return
            self._resume = max(self._resume, self._clock() + (retry_after or 0))
            # Requests that were sent before the rate was halved say nothing about the new rate.
            if sent_at >= self._slowed:
                self._slowed = self._clock()
                self._interval = min(self._interval * 2, self._shortest * _MAX_SLOWDOWN)


class PacedTransport(httpx.BaseTransport):
    """An httpx transport that sends no faster than a pacer allows.

    It sees every request, and so the retries of the client as well.
    """

    def __init__(self, pacer: Pacer) -> None:
        self._pacer = pacer
        self._lock = threading.Lock()
        self._transport: httpx.BaseTransport | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request when it is its turn."""
        transport = self._connected(request.url)
        sent_at = self._pacer.wait()
        response = transport.handle_request(request)
        self._pacer.adapt(sent_at, response.status_code, retry_after_seconds(response.headers))
        return response

    def close(self) -> None:
        """Close the connections."""
        if self._transport is not None:
            self._transport.close()

    def _connected(self, url: httpx.URL) -> httpx.BaseTransport:
        with self._lock:
            if self._transport is None:
                self._transport = default_transport(str(url.copy_with(raw_path=b"/")))
            return self._transport
