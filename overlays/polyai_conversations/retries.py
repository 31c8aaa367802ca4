"""When an exchange is made again, and after how long; httpx-retries does it, these rules decide.

`Retrying` chooses the rules for a request; `Attempts` sits below it and sees each single exchange.
"""

from __future__ import annotations

import logging
import os
import random
import time
from contextlib import contextmanager
from http import HTTPMethod
from typing import TYPE_CHECKING, Final

import httpx
from httpx_retries import Retry, RetryTransport

from .cancellation import GivenBack, orderly
from .crew import check_called_off, pause
from .status import CORRELATION_ID, describe, retry_after_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from .errors import APITimeoutError, IncompleteRecordingError

    Cut = APITimeoutError | IncompleteRecordingError

REPEATABLE: Final = "polyai_repeatable"
"""Name of the request extension that says whether sending twice is as good as sending once."""
STREAMED: Final = "polyai_streamed"
"""Name of the request extension by which a caller says that it will read the body itself."""

MAX_RETRY_AFTER: Final = 60.0
"""Longest wait in seconds that is granted to a server; one that wants more gets no retry."""

_BACKOFF_START: Final = 0.5
_BACKOFF_CAP: Final = 8.0
_DOUBLINGS: Final = 10
"""Enough to reach the cap; many more would be no number any more."""
_RETRIED_STATUSES: Final = (408, 429, 500, 502, 503, 504)
_REPEATABLE_METHODS: Final = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})

logger = logging.getLogger("polyai_conversations")


def backoff(retry: int) -> float:
    """Give the seconds to wait before a retry; the first is number 1.

    They lie between 0 and 0.5 s, then up to twice as much each time, 8 s at most. Full jitter:
    clients that failed together do not come back together.
    """
    ceiling = min(_BACKOFF_CAP, _BACKOFF_START * 2.0 ** min(retry - 1, _DOUBLINGS))
    return random.uniform(0.0, ceiling)  # noqa: S311 - spreads load, hides nothing


class Cuts:
    """Counts how often a body that its caller reads was cut; each cut is a retry.

    Args:
        max_retries: How many cuts are borne.

    """

    def __init__(self, max_retries: int) -> None:
        self._max_retries = max_retries
        self._retry = 0

    def wait_after(self, error: Cut) -> float:
        """Give the seconds to wait after a cut, or raise it where it was one too many."""
        self._retry += 1
        if self._retry > self._max_retries:
            raise error
        return backoff(self._retry)


class Backoff(Retry):
    """Waits as the server says, or else by `backoff`."""

    def sleep(self, response: httpx.Response | Exception) -> None:
        """Wait as the server says, or else by the backoff; given up calls do not wait."""
        headers = response.headers if isinstance(response, httpx.Response) else httpx.Headers()
        seconds = retry_after_seconds(headers) or self.backoff_strategy()
        pause(seconds)

    def backoff_strategy(self) -> float:
        """Give the seconds to wait before the next retry."""
        return backoff(self.attempts_made)


class Retrying(RetryTransport):
    """Retries by what may be sent twice.

    A repeatable request is retried on 408, 429, 500, 502, 503, 504, on failed or cut connections
    and on timeouts; any other only on 429 and where the connection was never made, because then
    the server has not seen it.
    """

    def __init__(self, transport: Attempts, max_retries: int) -> None:
        super().__init__(transport)
        self._repeatable = Backoff(
            total=max_retries,
            allowed_methods=HTTPMethod,
            status_forcelist=_RETRIED_STATUSES,
            max_backoff_wait=MAX_RETRY_AFTER,
        )
        self._unrepeatable = Backoff(
            total=max_retries,
            allowed_methods=HTTPMethod,
            status_forcelist=(429,),
            retry_on_exceptions=(httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout),
            max_backoff_wait=MAX_RETRY_AFTER,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send, and retry as long as the policy says."""
        self._choose_policy(request)
        try:
            return super().handle_request(request)
        except WaitTooLong as verdict:
            return verdict.response

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send, and retry as long as the policy says."""
        self._choose_policy(request)
        try:
            return await super().handle_async_request(request)
        except WaitTooLong as verdict:
            return verdict.response

    def _choose_policy(self, request: httpx.Request) -> None:
        repeatable = request.extensions.get(REPEATABLE, request.method in _REPEATABLE_METHODS)
        request.extensions["retry"] = self._repeatable if repeatable else self._unrepeatable


class WaitTooLong(Exception):  # noqa: N818 - a verdict that ends the retries, never seen outside
    """The server wants to be left alone for longer than `MAX_RETRY_AFTER`: this is the answer."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(response)
        self.response = response


class Attempts(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Sees every single exchange: logs it, and ends the retries when the wait would be too long.

    It reads the body too, unless the caller wants to: a body cut short is then a failure like any
    other, and retried.
    """

    def __init__(self, transport: httpx.BaseTransport | httpx.AsyncBaseTransport) -> None:
        self._transport = transport
        self._process: int | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Make one exchange."""
        assert isinstance(self._transport, httpx.BaseTransport)  # noqa: S101 - for the type checker
        self._check_process()
        check_called_off()
        with _logged(request) as judge:
            response = judge(self._transport.handle_request(request))
            if not request.extensions.get(STREAMED):
                response.read()
            return response

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Make one exchange."""
        self._check_process()
        with _logged(request) as judge:
            return judge(await orderly(request, self._exchange(request)))

    def close(self) -> None:
        """Close the connections."""
        if isinstance(self._transport, httpx.BaseTransport):
            self._transport.close()

    async def aclose(self) -> None:
        """Close the connections."""
        if isinstance(self._transport, httpx.AsyncBaseTransport):
            await self._transport.aclose()

    def _check_process(self) -> None:
        """Refuse connections that another process uses too: each would read the other's answers."""
        if self._process is None:
            self._process = os.getpid()
        elif self._process != os.getpid():
            raise RuntimeError(
                "this client was in use before the process was forked, and its connections are the "
                "parent's: make a client in each process"
            )

    async def _exchange(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(self._transport, httpx.AsyncBaseTransport)  # noqa: S101 - likewise
        response = await self._transport.handle_async_request(request)
        if not request.extensions.get(STREAMED):
            await response.aread()
        elif isinstance(response.stream, httpx.AsyncByteStream):
            response.stream = GivenBack(response.stream, request)
        return response


@contextmanager
def _logged(request: httpx.Request) -> Generator[Callable[[httpx.Response], httpx.Response]]:
    started = time.perf_counter()

    def log(outcome: object) -> None:
        elapsed = time.perf_counter() - started
        known_as = request.headers.get(CORRELATION_ID)
        logger.debug("%s: %s after %.3f s (%s)", describe(request), outcome, elapsed, known_as)

    def judge(response: httpx.Response) -> httpx.Response:
        log(response.status_code)
        wait = retry_after_seconds(response.headers)
        if wait is None:
            response.headers.pop("retry-after", None)  # unreadable: as good as not said
        elif wait > MAX_RETRY_AFTER and response.status_code in _RETRIED_STATUSES:
            raise WaitTooLong(response)
        return response

    try:
        yield judge
    except httpx.HTTPError as error:
        log(type(error).__name__)
        raise
