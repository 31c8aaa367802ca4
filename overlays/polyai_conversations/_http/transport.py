"""Creates the httpx clients, with their connection pool, TLS and proxy.

The modules of the transports are imported when the first client is created, because they import
httpcore or asyncio, which takes long.
"""

from __future__ import annotations

import ssl
import urllib.request
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.util import find_spec
from typing import Any, Final

import httpx

from polyai_conversations._version import __version__
from polyai_conversations.errors import ConfigurationError

from .body_limit import ACCEPTED_ENCODINGS, AsyncBufferingTransport, BufferingTransport
from .config import Config, is_loopback, is_port

# Callers limit their own concurrency; a limit in the pool would only turn waiting into timeouts.
_LIMITS: Final = httpx.Limits(max_connections=None, max_keepalive_connections=100)


def http_client(config: Config, transport: httpx.BaseTransport | None) -> httpx.Client:
    """Make the HTTP client of a `ConversationsClient`."""
    if transport is not None and not isinstance(transport, httpx.BaseTransport):
        raise ConfigurationError("transport must be an httpx.BaseTransport for the sync client")
    if transport is None:
        transport = default_transport(config.base_url)
    return httpx.Client(transport=BufferingTransport(transport), **_settings())


def default_transport(base_url: str) -> httpx.BaseTransport:
    """Make the transport of a `ConversationsClient` that is not given one."""
    from polyai_conversations._interruptible import InterruptibleTransport

    return InterruptibleTransport(_tls(), limits=_LIMITS, proxy=proxy_for(base_url))


def async_http_client(
    config: Config, transport: httpx.AsyncBaseTransport | None
) -> httpx.AsyncClient:
    """Make the HTTP client of an `AsyncConversationsClient`."""
    from polyai_conversations._async_cancel import ShieldedTransport

    if transport is not None and not isinstance(transport, httpx.AsyncBaseTransport):
        raise ConfigurationError(
            "transport must be an httpx.AsyncBaseTransport for the async client"
        )
    if transport is None:
        transport = httpx.AsyncHTTPTransport(
            _tls(), limits=_LIMITS, proxy=proxy_for(config.base_url)
        )
    buffering = AsyncBufferingTransport(transport)
    return httpx.AsyncClient(transport=ShieldedTransport(buffering), **_settings())


def _settings() -> dict[str, Any]:
    return {
        "headers": {
            "Accept-Encoding": ACCEPTED_ENCODINGS,
            "User-Agent": f"polyai-conversations-python/{__version__}",
        },
        # The API sets no cookies. Storing those that a gateway sets would slow down every call.
        "cookies": CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        "follow_redirects": False,
    }


@cache
def _tls() -> ssl.SSLContext:
    # Loading the certificates takes most of the time needed to create a client, so do it only once.
    return httpx.create_ssl_context()


def proxy_for(base_url: str) -> str | None:
    """Return the URL of the proxy that the environment names for a host, or None.

    Raises:
        ConfigurationError: The proxy cannot be used. The message omits its password.
    """
    # httpx ignores HTTPS_PROXY and similar variables when it is given a transport.
    url = httpx.URL(base_url)
    if is_loopback(url.host) or urllib.request.proxy_bypass(url.host):
        return None
    proxies = urllib.request.getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    if proxy is None:
        return None
    proxy = proxy.strip()
    return _checked_proxy(proxy if "://" in proxy else f"http://{proxy}", url.scheme)


def _checked_proxy(proxy: str, scheme: str) -> str:
    try:
        url = httpx.Proxy(proxy).url
        url.host.encode("idna")
    except (ValueError, httpx.InvalidURL):
        raise _unusable_proxy(scheme, "it must look like http://proxy.example:8080") from None
    if not url.host or "%" in url.host or not is_port(url.port):
        raise _unusable_proxy(scheme, "it must look like http://proxy.example:8080")
    if url.scheme.startswith("socks") and find_spec("socksio") is None:
        raise _unusable_proxy(scheme, 'a SOCKS proxy needs pip install "httpx[socks]"')
    return proxy


def _unusable_proxy(scheme: str, reason: str) -> ConfigurationError:
    # The message omits the URL, because it may contain a password.
    return ConfigurationError(
        f"the proxy in {scheme.upper()}_PROXY or ALL_PROXY cannot be used: {reason}; to use none, "
        "name the host in NO_PROXY"
    )
