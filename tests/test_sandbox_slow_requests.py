"""The sandbox closes connections whose requests do not arrive, and only those."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Final

import pytest
from starlette.responses import PlainTextResponse

from polyai_conversations.sandbox.server.server_thread import ServerThread, listen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import Receive, Scope, Send

TIMEOUT: Final = 0.5
POST: Final = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n"
GET: Final = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    while (message := await receive()).get("more_body"):
        pass
    if message["type"] == "http.request":
        await PlainTextResponse("done")(scope, receive, send)


@pytest.fixture
def connection() -> Iterator[socket.socket]:
    listener = listen(0)
    address = listener.getsockname()
    server = ServerThread(app, listener, on_stop=lambda: None, request_timeout=TIMEOUT)
    server.start()
    with socket.create_connection(address, 10) as connection:
        yield connection
    server.stop()


BEGINNINGS: Final = {
    "nothing": b"",
    "part of the head": GET[:20],
    "head without a body": POST,
    "part of the body": POST + b"12345",
    "part of a second request": GET + GET[:20],
}


@pytest.mark.parametrize("beginning", BEGINNINGS.values(), ids=BEGINNINGS)
def test_a_request_that_does_not_arrive_ends_the_connection(
    connection: socket.socket, beginning: bytes
) -> None:
    started = time.monotonic()
    connection.sendall(beginning)
    while connection.recv(4096):
        pass
    assert TIMEOUT * 0.9 < time.monotonic() - started < 5


def ends_after_a_byte(connection: socket.socket) -> bool:
    try:
        connection.sendall(b"x")
        return connection.recv(1) == b""
    except TimeoutError:
        return False
    except ConnectionError:  # the byte arrived after the end
        return True


@pytest.mark.parametrize("beginning", [b"GET / HTTP/1.1\r\nx: ", POST], ids=["head", "body"])
def test_a_byte_now_and_then_does_not_keep_the_connection(
    connection: socket.socket, beginning: bytes
) -> None:
    started = time.monotonic()
    connection.sendall(beginning)
    connection.settimeout(0.1)
    assert any(ends_after_a_byte(connection) for _ in range(9))
    assert time.monotonic() - started > TIMEOUT * 0.9


def test_a_pause_between_complete_requests_does_not_end_the_connection(
    connection: socket.socket,
) -> None:
    for request in (GET, POST + b"1234567890", GET):
        connection.sendall(request)
        received = b""
        while not received.endswith(b"done"):
            chunk = connection.recv(4096)
            assert chunk, "the connection has ended"
            received += chunk
        time.sleep(TIMEOUT * 1.5)
