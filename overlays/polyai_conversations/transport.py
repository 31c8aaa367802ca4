"""The httpx client that everything goes through: retries, correlation ids, typed errors.

Behaviour lives here and not in the operations, so that an operation generated tomorrow has it.
From the outside in: the httpx client (timeouts, hooks), `Retrying`, `Attempts`, and the transport
that opens the connections.
"""

from __future__ import annotations

import urllib.request
import uuid
from contextlib import contextmanager, suppress
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Final

import httpx

from ._version import __version__
from .config import is_loopback
from .errors import APIConnectionError, APITimeoutError, ConfigurationError
from .network import with_own_network
from .retries import STREAMED, Attempts, Retrying
from .status import CORRELATION_ID, KEY_HEADER, describe, status_error

if TYPE_CHECKING:
    import ssl
    from collections.abc import Generator

    from .config import ApiKey, Config

# Callers bound what they do at once; httpx's own bound would fail them with a timeout.
_LIMITS: Final = httpx.Limits(max_keepalive_connections=100)


def sync_client(config: Config, transport: httpx.BaseTransport | None) -> httpx.Client:
    """Make the client that a `ConversationsClient` sends through."""
    if transport is not None and not isinstance(transport, httpx.BaseTransport):
        raise ConfigurationError("transport must be an httpx.BaseTransport, for sync code")
    inner = transport or with_own_network(
        httpx.HTTPTransport(_tls(), limits=_LIMITS, proxy=_proxy(config.base_url))
    )
    return httpx.Client(
        base_url=config.base_url,
        auth=KeyAuth(config.api_key),
        headers={"User-Agent": f"polyai-conversations-python/{__version__}"},
        timeout=config.timeout,
        cookies=_no_cookies(),
        follow_redirects=False,
        event_hooks={"request": [_correlate], "response": [_raise_for_status]},
        transport=Retrying(Attempts(inner), config.max_retries),
    )


def async_client(config: Config, transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    """Make the client that an `AsyncConversationsClient` sends through."""
    if transport is not None and not isinstance(transport, httpx.AsyncBaseTransport):
        raise ConfigurationError("transport must be an httpx.AsyncBaseTransport, for async code")
    inner = transport or with_own_network(
        httpx.AsyncHTTPTransport(_tls(), limits=_LIMITS, proxy=_proxy(config.base_url))
    )
    return httpx.AsyncClient(
        base_url=config.base_url,
        auth=KeyAuth(config.api_key),
        headers={"User-Agent": f"polyai-conversations-python/{__version__}"},
        timeout=config.timeout,
        cookies=_no_cookies(),
        follow_redirects=False,
        event_hooks={"request": [_acorrelate], "response": [_araise_for_status]},
        transport=Retrying(Attempts(inner), config.max_retries),
    )


def as_stream(request: httpx.Request) -> None:
    """Prepare a request whose body the caller reads itself, byte for byte as it is stored."""
    request.extensions[STREAMED] = True
    request.headers["Accept-Encoding"] = "identity"


@contextmanager
def typed_errors(request: httpx.Request) -> Generator[None]:
    """Turn httpx's errors into this package's, for sync and async code alike."""
    try:
        yield
    except httpx.HTTPError as error:
        raise _connection_error(request, error) from without_frames(error)


def without_frames(error: BaseException) -> BaseException:
    """Strip the tracebacks and the request from an error and from those behind it.

    Frames inside the HTTP libraries hold the request's headers, and error trackers print the local
    variables of frames: without this the key would end up there.
    """
    seen: BaseException | None = error
    while seen is not None:
        seen.__traceback__ = None
        if isinstance(seen, httpx.RequestError):
            with suppress(RuntimeError):  # it has none
                seen.request = httpx.Request(seen.request.method, seen.request.url)
        seen = seen.__cause__ or seen.__context__
    return error


class KeyAuth(httpx.Auth):
    """Puts the key on a request as it leaves, so that no header table of a client holds it."""

    def __init__(self, api_key: ApiKey) -> None:
        self._api_key = api_key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the header `X-API-KEY`."""
        request.headers[KEY_HEADER] = self._api_key.reveal()
        yield request


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
    host = request.url.netloc.decode()
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


def _no_cookies() -> CookieJar:
    # The API has none; one for each recording, from a gateway, would make every call slower.
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))


@cache
def _tls() -> ssl.SSLContext:
    # Reading the certificates takes longer than everything else in making a client: once will do.
    return httpx.create_ssl_context()


def _proxy(base_url: str) -> str | None:
    # A client with a transport of its own no longer looks at HTTPS_PROXY and its kin.
    url = httpx.URL(base_url)
    if is_loopback(url.host) or urllib.request.proxy_bypass(url.host):
        return None
    proxies = urllib.request.getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"
