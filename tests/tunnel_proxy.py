"""A proxy on a real socket that connects clients to the servers that they name."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Tunnel(StreamRequestHandler):
    def handle(self) -> None:
        request_line = self.rfile.readline().decode().split()
        if not request_line:  # the client has left before it sent a request
            return
        address = request_line[1]
        host, _, port = address.rpartition(":")
        while self.rfile.readline().strip():
            continue
        with socket.create_connection((host, int(port))) as target:
            self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            upstream = threading.Thread(target=_copy, args=(self.request, target))
            upstream.start()
            _copy(target, self.request)
            upstream.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(2**16):
            target.sendall(data)
    for connection in (source, target):
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def tunnel_proxy() -> Iterator[str]:
    """Run a proxy that understands only CONNECT; return its URL."""
    with ThreadingTCPServer(("127.0.0.1", 0), _Tunnel) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
