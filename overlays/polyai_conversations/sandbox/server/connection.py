"""Lets the application close its connection, which ASGI itself does not allow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

CLOSE_CONNECTION: Final = "close_connection"
"""Key in the state of an ASGI scope; its value is a function that closes the connection."""


class ClosableConnection(H11Protocol):
    """Puts the function that closes the connection into the state of every request."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Add the function for this connection."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, CLOSE_CONNECTION: transport.close}
