"""An HTTP server in a thread of this process."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from typing import TYPE_CHECKING, Final

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from .delivery import HANG_UP

if TYPE_CHECKING:
    from .door import Door

HOST: Final = "127.0.0.1"
_START_SECONDS: Final = 10
_KEEP_ALIVE_SECONDS: Final = 75
_GRACE_SECONDS: Final = 2


def listen(port: int) -> socket.socket:
    """Take a port of this machine, out of reach of others; 0 takes a free one.

    Raises:
        OSError: The port is taken, or not ours to take.

    """
    # asyncio turns Nagle off only where TCP is named; with it on, every answer is 40 ms late.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(socket.SOMAXCONN)
    except OSError as cause:
        listener.close()
        reason = f"Cannot listen on {HOST}:{port}: {cause.strerror}"
        raise OSError(cause.errno, reason) from cause
    return listener


class BackgroundServer:
    """Serves a door on a listening socket, which it closes at the end."""

    def __init__(self, door: Door, listener: socket.socket) -> None:
        self._listener = listener
        self._settled = threading.Event()
        self._server = _Server(door, self._settled)
        self._thread = threading.Thread(target=self._run, name="polyai-sandbox", daemon=True)

    def start(self) -> None:
        """Start to serve.

        Raises:
            RuntimeError: It did not start within ten seconds.

        """
        self._thread.start()
        self._settled.wait(_START_SECONDS)
        if not self._server.started:
            self.stop()
            raise RuntimeError("The sandbox did not start; its log says why")

    def stop(self) -> None:
        """Stop to serve: requests under way are answered, then all connections close."""
        self._server.should_exit = True
        self._thread.join()
        self._listener.close()

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._listener])
        finally:
            self._settled.set()


class _Connection(H11Protocol):
    """Lets the app hang up, for which ASGI has no word."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, HANG_UP: transport.close}


class _Server(uvicorn.Server):
    """Says when it has started, and lets nobody wait behind the door when it stops."""

    def __init__(self, door: Door, settled: threading.Event) -> None:
        # h11 and asyncio are always there; faster ones, where installed, would differ in detail.
        config = uvicorn.Config(
            door,
            http=_Connection,
            loop="asyncio",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
        super().__init__(config)
        self._door = door
        self._settled = settled

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._settled.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._door.close()
        await super().shutdown(sockets)
        # A client that left in the middle of an answer never takes the rest.
        for connection in list(self.server_state.connections):
            if isinstance(connection, _Connection):
                connection.transport.abort()
        await asyncio.sleep(0)
