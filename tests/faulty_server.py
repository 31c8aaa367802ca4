"""A server on a real socket that answers as it is told to, or worse."""

from __future__ import annotations

import socket
import struct
import threading
from typing import TYPE_CHECKING, Self

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

    Responder = Callable[[socket.socket], bool]


@attrs.frozen
class ReceivedRequest:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


def respond(status: int, body: bytes = b"{}", **headers: str) -> Responder:
    """Answer, and keep the connection."""
    lines = {"content-type": "application/json", "content-length": str(len(body))} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    head = f"HTTP/1.1 {status} Whatever\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n"

    def behave(connection: socket.socket) -> bool:
        connection.sendall(head.encode() + body)
        return True

    return behave


def truncate_body(connection: socket.socket) -> bool:
    """Promise a hundred bytes, send a few, and close."""
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")
    return False


def close_connection(_: socket.socket) -> bool:
    """Close without a word."""
    return False


def hang(connection: socket.socket) -> bool:
    """Say nothing until the other side leaves."""
    return bool(connection.recv(1))


def reset_connection(connection: socket.socket) -> bool:
    """Break the connection off."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


class FaultyServer:
    """Serves one behaviour for each request in turn, the last one for all that follow."""

    def __init__(self, *behaviours: Responder) -> None:
        self.requests: list[ReceivedRequest] = []
        self._behaviours = list(behaviours)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._connections: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        for thread in self._threads:
            thread.join(5)

    def _start(self, work: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            buffer = connection.makefile("rb")
            with buffer:
                try:
                    while (request := _read(buffer.readline, buffer.read)) is not None:
                        if not self._next(request)(connection):
                            return
                except OSError:
                    return

    def _next(self, request: ReceivedRequest) -> Responder:
        with self._lock:
            self.requests.append(request)
            if len(self._behaviours) > 1:
                return self._behaviours.pop(0)
            return self._behaviours[0]


def _read(line: Callable[[], bytes], read: Callable[[int], bytes]) -> ReceivedRequest | None:
    start = line().decode().split()
    if not start:
        return None
    headers: dict[str, str] = {}
    while (text := line().decode().strip()) != "":
        name, _, value = text.partition(":")
        headers[name.lower()] = value.strip()
    return ReceivedRequest(
        start[0], start[1], headers, read(int(headers.get("content-length", "0")))
    )
