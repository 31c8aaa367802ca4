"""Runs an HTTP server in a thread of the current process."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from functools import partial
from typing import TYPE_CHECKING, Final

import uvicorn

from .faults import ClosableConnection

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp

HOST: Final = "127.0.0.1"
_START_SECONDS: Final = 10
_KEEP_ALIVE_SECONDS: Final = 75
_GRACE_SECONDS: Final = 2
REQUEST_SECONDS: Final = 30.0


def listen(port: int) -> socket.socket:
    """Return a socket that listens on a local port; port 0 selects a free one.

    Raises:
        OSError: The port is in use, or this user must not listen on it.

    """
    # asyncio disables Nagle's algorithm only if the protocol is TCP explicitly. With it enabled,
    # every response would arrive 40 ms late.
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


class ServerThread:
    """Serves an ASGI application on a listening socket, which it closes when it stops.

    Args:
        app: The application.
        listener: The socket.
        on_stop: Called in the event loop when the server starts to shut down.
        request_timeout: Seconds in which the head and the body of a request must arrive.

    """

    def __init__(
        self,
        app: ASGIApp,
        listener: socket.socket,
        on_stop: Callable[[], None],
        request_timeout: float = REQUEST_SECONDS,
    ) -> None:
        self._listener = listener
        self._started_or_failed = threading.Event()
        self._server = _Server(app, self._started_or_failed.set, on_stop, request_timeout)
        self._thread = threading.Thread(target=self._run, name="polyai-sandbox", daemon=True)

    def start(self) -> None:
        """Start the server, and wait until it accepts requests.

        Raises:
            RuntimeError: It did not start within ten seconds.

        """
        self._thread.start()
        self._started_or_failed.wait(_START_SECONDS)
        if not self._server.started:
            self.stop()
            raise RuntimeError("The sandbox did not start; see its log for the reason")

    def stop(self) -> None:
        """Stop the server: running requests may finish, then all connections are closed."""
        self._server.should_exit = True
        self._thread.join()
        self._listener.close()

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._listener])
        finally:
            self._started_or_failed.set()


class _Server(uvicorn.Server):
    def __init__(
        self,
        app: ASGIApp,
        on_started: Callable[[], None],
        on_stop: Callable[[], None],
        request_timeout: float,
    ) -> None:
        # h11 and asyncio are always available. Faster implementations, which uvicorn prefers when
        # they are installed, differ in details.
        config = uvicorn.Config(
            app,
            http=partial(ClosableConnection, request_timeout=request_timeout),  # type: ignore[arg-type]
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
        self._on_started = on_started
        self._on_stop = on_stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._on_stop()
        await super().shutdown(sockets)
        # A client that left in the middle of a response will never read the rest.
        for connection in list(self.server_state.connections):
            if isinstance(connection, ClosableConnection):
                connection.transport.abort()
        await asyncio.sleep(0)
