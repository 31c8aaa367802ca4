"""Hides redirects from httpx; no I/O.

Even if it must not follow redirects, httpx builds the request for one, and raises `InvalidURL` if
the address is invalid.
"""

from __future__ import annotations

from typing import Final

import httpx

_LOCATION: Final = "polyai_location"
"""Response extension that holds where a redirect leads."""


def hide_location(response: httpx.Response) -> None:
    """Move the address of a redirect to where httpx does not look."""
    if response.has_redirect_location:
        response.extensions[_LOCATION] = response.headers.pop("location")


def location_of(response: httpx.Response) -> str | None:
    """Return where a redirect leads; None if a response is not a redirect."""
    location: str | None = response.extensions.get(_LOCATION)
    return location
