"""The httpx client that everything goes through: retries, correlation ids, typed errors.

Behaviour lives here and not in the operations, so that an operation generated tomorrow has it.
From the outside in: the httpx client (timeouts, hooks), `Retrying` (httpx-retries decides), and
`Attempts`, which sees each single exchange, over the transport that opens the connections.
"""

from __future__ import annotations

import logging
import random
import time
import urllib.request
import uuid
from concurrent.futures import CancelledError
from contextlib import contextmanager
from contextvars import ContextVar
from http import HTTPMethod
from typing import TYPE_CHECKING, Final

import httpx
from httpx_retries import Retry, RetryTransport

from ._version import __version__
from .config import is_loopback
from .errors import APIConnectionError, APITimeoutError, ConfigurationError
from .status import CORRELATION_ID, KEY_HEADER, describe, retry_after_seconds, status_error

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from threading import Event

    from .config import ApiKey, Config

REPEATABLE: Final = "polyai_repeatable"
"""Name of the request extension that says whether sending twice is as good as sending once."""
STREAMED: Final = "polyai_streamed"
"""Name of the request extension by which a caller says that it will read the body itself."""

MAX_RETRY_AFTER: Final = 60.0
"""Longest wait in seconds that is granted to a server; one that wants more gets no retry."""

_BACKOFF_START: Final = 0.5
_BACKOFF_CAP: Final = 8.0
_RETRIED_STATUSES: Final = (408, 429, 500, 502, 503, 504)
_REPEATABLE_METHODS: Final = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})

_given_up: ContextVar[Event | None] = ContextVar("given_up", default=None)

logger = logging.getLogger("polyai_conversations")


def sync_client(config: Config, transport: httpx.BaseTransport | None) -> httpx.Client:
    """Make the client that a `ConversationsClient` sends through."""
    if transport is not None and not isinstance(transport, httpx.BaseTransport):
        raise ConfigurationError("transport must be an httpx.BaseTransport, for sync code")
    inner = transport or httpx.HTTPTransport(proxy=_proxy(config.base_url))
    return httpx.Client(
        base_url=config.base_url,
        auth=KeyAuth(config.api_key),
        headers={"User-Agent": f"polyai-conversations-python/{__version__}"},
        timeout=config.timeout,
        follow_redirects=False,
        event_hooks={"request": [_correlate], "response": [_raise_for_status]},
        transport=Retrying(Attempts(inner), config.max_retries),
    )


def async_client(config: Config, transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    """Make the client that an `AsyncConversationsClient` sends through."""
    if transport is not None and not isinstance(transport, httpx.AsyncBaseTransport):
        raise ConfigurationError("transport must be an httpx.AsyncBaseTransport, for async code")
    inner = transport or httpx.AsyncHTTPTransport(proxy=_proxy(config.base_url))
    return httpx.AsyncClient(
        base_url=config.base_url,
        auth=KeyAuth(config.api_key),
        headers={"User-Agent": f"polyai-conversations-python/{__version__}"},
        timeout=config.timeout,
        follow_redirects=False,
        event_hooks={"request": [_acorrelate], "response": [_araise_for_status]},
        transport=Retrying(Attempts(inner), config.max_retries),
    )


def give_up_when(event: Event) -> None:
    """End the calls of this thread, at the latest before their next retry, once the event is set.

    Async code needs no such thing: its tasks are cancelled.
    """
    _given_up.set(event)


@contextmanager
def typed_errors(request: httpx.Request) -> Iterator[None]:
    """Turn httpx's errors into this package's, for sync and async code alike."""
    try:
        yield
    except httpx.HTTPError as error:
        raise _connection_error(request, error) from _without_frames(error)


class KeyAuth(httpx.Auth):
    """Puts the key on a request as it leaves, so that no header table of a client holds it."""

    def __init__(self, api_key: ApiKey) -> None:
        self._api_key = api_key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the header `X-API-KEY`."""
        request.headers[KEY_HEADER] = self._api_key.reveal()
        yield request


class Backoff(Retry):
    """Waits between 0 and 0.5 s before the first retry, and up to twice as long before each next.

    Full jitter, up to 8 s: clients that failed together do not come back together.
    """

    def sleep(self, response: httpx.Response | Exception) -> None:
        """Wait as the server says, or else by the backoff; given up calls do not wait."""
        headers = response.headers if isinstance(response, httpx.Response) else httpx.Headers()
        seconds = retry_after_seconds(headers) or self.backoff_strategy()
        given_up = _given_up.get()
        if given_up is None:
            time.sleep(seconds)
        else:
            given_up.wait(seconds)

    def backoff_strategy(self) -> float:
        """Give the seconds to wait before the next retry."""
        ceiling = min(_BACKOFF_CAP, _BACKOFF_START * 2.0 ** (self.attempts_made - 1))
        return random.uniform(0.0, ceiling)  # noqa: S311 - spreads load, hides nothing


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

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Make one exchange."""
        assert isinstance(self._transport, httpx.BaseTransport)  # noqa: S101 - for the type checker
        _stop_if_given_up()
        with _logged(request) as judge:
            response = judge(self._transport.handle_request(request))
            if not request.extensions.get(STREAMED):
                response.read()
            return response

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Make one exchange."""
        assert isinstance(self._transport, httpx.AsyncBaseTransport)  # noqa: S101 - likewise
        with _logged(request) as judge:
            response = judge(await self._transport.handle_async_request(request))
            if not request.extensions.get(STREAMED):
                await response.aread()
            return response

    def close(self) -> None:
        """Close the connections."""
        if isinstance(self._transport, httpx.BaseTransport):
            self._transport.close()

    async def aclose(self) -> None:
        """Close the connections."""
        if isinstance(self._transport, httpx.AsyncBaseTransport):
            await self._transport.aclose()


@contextmanager
def _logged(request: httpx.Request) -> Iterator[Callable[[httpx.Response], httpx.Response]]:
    started = time.perf_counter()

    def log(outcome: object) -> None:
        elapsed = time.perf_counter() - started
        known_as = _correlation_id(request)
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


def _stop_if_given_up() -> None:
    given_up = _given_up.get()
    if given_up is not None and given_up.is_set():
        raise CancelledError


def _correlate(request: httpx.Request) -> None:
    request.headers.setdefault(CORRELATION_ID, str(uuid.uuid4()))


async def _acorrelate(request: httpx.Request) -> None:
    _correlate(request)


def _raise_for_status(response: httpx.Response) -> None:
    if not response.is_success:
        response.read()
        raise status_error(response)


async def _araise_for_status(response: httpx.Response) -> None:
    if not response.is_success:
        await response.aread()
        raise status_error(response)


def _correlation_id(request: httpx.Request) -> str | None:
    sent_id: str | None = request.headers.get(CORRELATION_ID)
    return sent_id


def _connection_error(request: httpx.Request, error: httpx.HTTPError) -> APIConnectionError:
    host = request.url.host
    what = describe(request)
    reason = str(error) or type(error).__name__
    correlation_id = _correlation_id(request)
    if isinstance(error, httpx.TimeoutException):
        return APITimeoutError(
            f"{what}: {host} did not answer in time ({type(error).__name__}); "
            "try again, or give more time with timeout=",
            correlation_id=correlation_id,
        )
    if isinstance(error, httpx.ConnectError):
        return APIConnectionError(
            f"{what}: no connection to {host} ({reason}); "
            "check the network, and region or base_url",
            correlation_id=correlation_id,
        )
    return APIConnectionError(
        f"{what}: the exchange with {host} broke off ({type(error).__name__}: {reason})",
        correlation_id=correlation_id,
    )


def _without_frames(error: BaseException) -> BaseException:
    # Frames inside the HTTP libraries hold the request's headers, and error trackers print the
    # local variables of frames: without this the key would end up there.
    seen: BaseException | None = error
    while seen is not None:
        seen.__traceback__ = None
        seen = seen.__cause__ or seen.__context__
    return error


def _proxy(base_url: str) -> str | None:
    # A client with a transport of its own no longer looks at HTTPS_PROXY and its kin.
    url = httpx.URL(base_url)
    if is_loopback(url.host) or urllib.request.proxy_bypass(url.host):
        return None
    proxies = urllib.request.getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"
