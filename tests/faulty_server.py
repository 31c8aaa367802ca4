"""A server on a real socket that sends scripted responses or fails in scripted ways."""

from __future__ import annotations

import re
import socket
import ssl
import struct
import threading
from typing import TYPE_CHECKING, Self

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

    Responder = Callable[[socket.socket], bool]
    """Responds to one request on a connection; returns whether to keep the connection open."""


@attrs.frozen
class ReceivedRequest:
    """A request as the server received it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


def respond(status: int, body: bytes = b"{}", **headers: str) -> Responder:
    """Send a response and keep the connection open."""
    fields = {"content-type": "application/json", "content-length": str(len(body))} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    head = f"HTTP/1.1 {status} Reason\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in fields.items()) + "\r\n"

    def send(connection: socket.socket) -> bool:
        connection.sendall(head.encode() + body)
        return True

    return send


def truncate_body(connection: socket.socket) -> bool:
    """Announce a body of a hundred bytes, send one, and close the connection."""
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")
    return False


def close_connection(_: socket.socket) -> bool:
    """Close the connection without a response."""
    return False


def hang(connection: socket.socket) -> bool:
    """Send nothing until the client closes the connection."""
    return bool(connection.recv(1))


def reset_connection(connection: socket.socket) -> bool:
    """Reset the connection."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


class FaultyServer:
    """Uses one responder per request, in order; the last one also serves all later requests.

    Args:
        responders: What to respond with.
        tls: The TLS context with the certificate of the server; None serves plain HTTP.
        greet: What to do with each new connection before its first request.

    Attributes:
        requests: The requests so far.
        connections: The connections so far.
    """

    def __init__(
        self,
        *responders: Responder,
        tls: ssl.SSLContext | None = None,
        greet: Responder | None = None,
    ) -> None:
        self.requests: list[ReceivedRequest] = []
        self.connections: list[socket.socket] = []
        self._responders = list(responders)
        self._greet = greet
        self._listener = socket.create_server(("127.0.0.1", 0))
        if tls is not None:
            # The first read does the handshake: a client that ends it early must not stop others.
            self._listener = tls.wrap_socket(
                self._listener, server_side=True, do_handshake_on_connect=False
            )
        self._threads: set[threading.Thread] = set()
        self._lock = threading.Lock()
        scheme = "http" if tls is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._start_thread(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self.connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            thread.join(5)

    @property
    def attempts(self) -> int:
        """Number of requests, counting connections on which none could be made."""
        return max(len(self.requests), len(self.connections))

    def recover(self, responder: Responder) -> None:
        """Respond to all further requests in the same way, and stop greeting connections."""
        with self._lock:
            self._responders = [responder]
            self._greet = None

    def _start_thread(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        with self._lock:  # so that closing never finds a thread that has not started
            self._threads.add(thread)
            thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections.append(connection)
            self._start_thread(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream:
            try:
                if self._greet is not None and not self._greet(connection):
                    return
                while (request := _read_request(stream.readline, stream.read)) is not None:
                    with self._lock:
                        self.requests.append(request)
                        responder = self.responder_for(request)
                    if not responder(connection):
                        return
            except OSError:
                return
            finally:
                self._threads.discard(threading.current_thread())

    def responder_for(self, _: ReceivedRequest) -> Responder:
        """Return the responder for the next request."""
        if len(self._responders) > 1:
            return self._responders.pop(0)
        return self._responders[0]


class RoutedServer(FaultyServer):
    """Chooses the responder by the path and query of a request.

    Args:
        *routes: Regular expressions and their responders; the first one that matches is used.

    """

    def __init__(self, *routes: tuple[str, Responder]) -> None:
        super().__init__()
        self._routes = routes

    def responder_for(self, request: ReceivedRequest) -> Responder:
        """Return the responder for a path."""
        return next(
            responder for pattern, responder in self._routes if re.search(pattern, request.path)
        )


def _read_request(
    read_line: Callable[[], bytes], read: Callable[[int], bytes]
) -> ReceivedRequest | None:
    request_line = read_line().decode().split()
    if not request_line:
        return None
    method, path, *_ = request_line
    headers: dict[str, str] = {}
    while (line := read_line().decode().strip()) != "":
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return ReceivedRequest(method, path, headers, read(int(headers.get("content-length", "0"))))
