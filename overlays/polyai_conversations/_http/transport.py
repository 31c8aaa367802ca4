"""The httpx clients that calls go through, with their connections, TLS and proxy."""

from __future__ import annotations

import urllib.request
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Final

import httpx

from polyai_conversations._cancel import InterruptibleTransport, ShieldedTransport
from polyai_conversations._version import __version__
from polyai_conversations.errors import ConfigurationError

from .config import is_loopback

if TYPE_CHECKING:
    import ssl

    from .config import Config

# Callers bound their own concurrency; a bound in the pool would only turn waiting into timeouts.
_LIMITS: Final = httpx.Limits(max_connections=None, max_keepalive_connections=100)


def http_client(config: Config, transport: httpx.BaseTransport | None) -> httpx.Client:
    """Make the HTTP client of a `ConversationsClient`."""
    if transport is not None and not isinstance(transport, httpx.BaseTransport):
        raise ConfigurationError("transport must be an httpx.BaseTransport for the sync client")
    return httpx.Client(
        base_url=config.base_url,
        headers=_headers(),
        timeout=config.timeout,
        cookies=_no_cookies(),
        follow_redirects=False,
        transport=transport
        or InterruptibleTransport(_tls(), limits=_LIMITS, proxy=proxy_for(config.base_url)),
    )


def async_http_client(
    config: Config, transport: httpx.AsyncBaseTransport | None
) -> httpx.AsyncClient:
    """Make the HTTP client of an `AsyncConversationsClient`."""
    if transport is not None and not isinstance(transport, httpx.AsyncBaseTransport):
        raise ConfigurationError(
            "transport must be an httpx.AsyncBaseTransport for the async client"
        )
    return httpx.AsyncClient(
        base_url=config.base_url,
        headers=_headers(),
        timeout=config.timeout,
        cookies=_no_cookies(),
        follow_redirects=False,
        transport=ShieldedTransport(
            transport
            or httpx.AsyncHTTPTransport(_tls(), limits=_LIMITS, proxy=proxy_for(config.base_url))
        ),
    )


def _headers() -> dict[str, str]:
    return {"User-Agent": f"polyai-conversations-python/{__version__}"}


def _no_cookies() -> CookieJar:
    # The API sets no cookies. Storing those that a gateway sets would slow down every call.
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))


@cache
def _tls() -> ssl.SSLContext:
    # Loading the certificates takes most of the time of making a client, so it is done only once.
    return httpx.create_ssl_context()


def proxy_for(base_url: str) -> str | None:
    # httpx ignores HTTPS_PROXY and its relatives when it is given a transport.
    url = httpx.URL(base_url)
    if is_loopback(url.host) or urllib.request.proxy_bypass(url.host):
        return None
    proxies = urllib.request.getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"
