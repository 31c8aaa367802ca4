"""Recognizes responses that were left over on a connection, before anything reads them.

If a server sends more bytes than its response has, httpcore keeps what it has read of them, and
takes them for the response to the next request on that connection. Such a response is there
before anything is read from the network. (httpcore itself closes an idle connection if bytes arrive
later, but its public interface does not show those that it has read.)
"""

from __future__ import annotations

import httpx


def is_left_over(response: httpx.Response) -> bool:
    """Return whether a response to a sync request was there before the request."""
    return not _has_read(response.extensions.get("network_stream"))


def async_is_left_over(request: httpx.Request) -> bool:
    """Return whether the response to an async request was there before the request."""
    return not _has_read(request.extensions.get("trace"))


def left_over_error() -> httpx.RemoteProtocolError:
    """Create the error for a response that was left over, so that the request is repeated."""
    return httpx.RemoteProtocolError(
        "the server had sent more than its response to an earlier request"
    )


def _has_read(network: object) -> bool:
    """Return whether an `InterruptibleStream` or a `NetworkTrace` has read; True for all others.

    The classes are not named, because importing them takes long, and they may not be in use.
    """
    return getattr(network, "has_read", True)
