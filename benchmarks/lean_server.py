"""A server with one long recording that uses as little CPU time as possible.

It runs on the same machine as the clients, so its CPU time slows them down, especially those that
use two threads. On 2 cores, the throughput of `save_audio` relative to bare httpx was 0.91 with the
sandbox as the server, and 1.06 with this one, alternating within the same run.
"""

from __future__ import annotations

import os
import struct
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

_MEBIBYTE: Final = 2**20
_CHUNK: Final = memoryview(os.urandom(_MEBIBYTE // 4))
_FORMAT: Final = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8_000, 16_000, 2, 16)
_HEADER_SIZE: Final = 44


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    size = 0

    def do_GET(self) -> None:
        """Send the recording for every request."""
        self.send_response(200)
        self.send_header("Content-Type", "audio/wav")
        self.send_header("Content-Length", str(self.size))
        self.send_header("ETag", '"noise"')
        self.end_headers()
        self.connection.sendall(_header(self.size - _HEADER_SIZE))
        for start in range(_HEADER_SIZE, self.size, len(_CHUNK)):
            self.connection.sendall(_CHUNK[: self.size - start])

    def log_message(self, *_: object) -> None:
        """Log nothing."""


def _header(data_size: int) -> bytes:
    riff = struct.pack("<4sI4s", b"RIFF", data_size + _HEADER_SIZE - 8, b"WAVE")
    return riff + _FORMAT + struct.pack("<4sI", b"data", data_size)


def main(mebibytes: str) -> None:
    """Serve noise of this size until terminated; print the settings as the sandbox does."""
    _Handler.size = int(mebibytes) * _MEBIBYTE
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        print("export POLYAI_API_KEY=lean-server-key")
        print("export POLYAI_AGENT_ID=PROJECT-NOISE")
        print(f"export POLYAI_BASE_URL=http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
