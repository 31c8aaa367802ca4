"""A long body, read in part past the HTTP library: nothing is lost, and nothing comes twice."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import httpcore
import pytest

from faulty_server import FaultyServer, respond
from polyai_conversations import ConversationsClient
from polyai_conversations.network import CountingStream
from waves import wav

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path

    Behaviour = Callable[[socket.socket], bool]

FILE = wav(bytes(range(256)) * 4_000)
HEAD = f"HTTP/1.1 200 OK\r\ncontent-length: {len(FILE)}\r\n\r\n".encode()
DETAIL = b'{"conversationId": "id", "accountId": "a", "projectId": "p"}'


@pytest.fixture
def received(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Say how many bytes are read directly, a number for each piece."""
    monkeypatch.setattr("polyai_conversations.direct._LONG", 1)
    sizes: list[int] = []
    receive, read = CountingStream.receive, CountingStream.read

    def noted(stream: CountingStream, max_bytes: int, timeout: float | None = None) -> bytes:
        data = receive(stream, max_bytes, timeout)
        sizes.append(len(data))
        return data

    def unnoted(stream: CountingStream, max_bytes: int, timeout: float | None = None) -> bytes:
        data = read(stream, max_bytes, timeout)
        sizes.pop()
        return data

    monkeypatch.setattr(CountingStream, "receive", noted)
    monkeypatch.setattr(CountingStream, "read", unnoted)
    return sizes


def in_pieces(*pieces: bytes) -> Behaviour:
    """Send them so that each is read by itself."""

    def behave(connection: socket.socket) -> bool:
        for piece in pieces:
            connection.sendall(piece)
            threading.Event().wait(0.05)
        return True

    return behave


def save(server: FaultyServer, target: Path) -> None:
    with ConversationsClient(
        api_key="key", agent_id="agent", base_url=server.url, max_retries=0
    ) as client:
        client.get_conversation("id")
        client.save_audio("id", target)
        client.get_conversation("id")


def test_the_rest_of_a_long_body_is_read_directly(received: list[int], tmp_path: Path) -> None:
    recording = in_pieces(HEAD + FILE[:50_000], FILE[50_000:])
    with FaultyServer(respond(200, DETAIL), recording, respond(200, DETAIL)) as server:
        save(server, tmp_path / "call.wav")
    assert (tmp_path / "call.wav").read_bytes() == FILE
    assert sum(received) == len(FILE) - 50_000


WAYS = {
    "an interim answer comes first": (b"HTTP/1.1 103 Early Hints\r\n\r\n" + HEAD, FILE),
    "the head comes in pieces": (HEAD[:20], HEAD[20:] + FILE[:100], FILE[100:]),
    "it is chunked": (
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
        f"{len(FILE):x}\r\n".encode() + FILE,
        b"\r\n0\r\n\r\n",
    ),
}


@pytest.mark.parametrize("pieces", WAYS.values(), ids=WAYS)
def test_where_it_is_not_sure_that_nothing_is_held_it_is_not(
    received: list[int], tmp_path: Path, pieces: tuple[bytes, ...]
) -> None:
    with FaultyServer(respond(200, DETAIL), in_pieces(*pieces), respond(200, DETAIL)) as server:
        save(server, tmp_path / "call.wav")
    assert (tmp_path / "call.wav").read_bytes() == FILE
    assert received == []


class Fixed(httpcore.NetworkStream):
    """Has the same to say each time."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._data[:max_bytes]

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        pass


def test_bytes_that_the_http_library_holds_are_not_skipped() -> None:
    """What came is more than what was handed out."""
    stream = CountingStream(Fixed(HEAD + b"twelve bytes"))
    stream.write(b"GET")
    stream.read(1000)
    assert stream.body_received == 12
    stream.write(b"GET")
    assert stream.body_received is None
