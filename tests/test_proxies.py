"""Calls through a proxy work, end in time and get their own responses, as they do without one."""

from __future__ import annotations

import json
import ssl
import time
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
import trustme

from faulty_server import FaultyServer, hang, respond
from polyai_conversations import DeadlineExceededError
from polyai_conversations._interruptible import InterruptibleTransport
from tunnel_proxy import tunnel_proxy
from wav_factory import wav

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from clients import Connect
    from faulty_server import Responder
    from polyai_conversations import ConversationsClient

    ConnectTo = Callable[..., AbstractContextManager[tuple[FaultyServer, ConversationsClient]]]

DEADLINE: Final = 0.5
TOO_LONG: Final = 5.0
AUTHORITY: Final = trustme.CA()


def server_context() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    AUTHORITY.issue_cert("127.0.0.1").configure_cert(context)
    return context


def transport_through(proxy: str, kind: str) -> Any:
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    if kind == "async":
        return httpx.AsyncHTTPTransport(context, proxy=proxy)
    return InterruptibleTransport(context, limits=httpx.Limits(), proxy=proxy)


@pytest.fixture(params=["a tunnel", "forwarding"])
def connect_to(request: pytest.FixtureRequest, connect: Connect, kind: str) -> ConnectTo:
    """Connect to a server with TLS through a tunnel, or to one that is itself the proxy."""

    @contextmanager
    def through_a_tunnel(
        *responders: Responder, **settings: Any
    ) -> Iterator[tuple[FaultyServer, ConversationsClient]]:
        with FaultyServer(*responders, tls=server_context()) as server, tunnel_proxy() as proxy:
            transport = transport_through(proxy, kind)
            with closing(connect(base_url=server.url, transport=transport, **settings)) as client:
                yield server, client

    @contextmanager
    def by_forwarding(
        *responders: Responder, **settings: Any
    ) -> Iterator[tuple[FaultyServer, ConversationsClient]]:
        with FaultyServer(*responders) as server:
            transport = transport_through(server.url, kind)
            yield server, connect(base_url="http://127.0.0.1:9", transport=transport, **settings)

    return through_a_tunnel if request.param == "a tunnel" else by_forwarding


def page(first: int, count: int = 90) -> bytes:
    ids = {"accountId": "a", "projectId": "p"}
    rows = [{"conversationId": f"c{first + n}", **ids} for n in range(10)]
    return json.dumps({"conversations": rows, "count": count, "limit": 10, "offset": 0}).encode()


def twice(own: bytes, left_over: bytes) -> Responder:
    def send(connection: socket.socket) -> bool:
        head = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n"
        connection.sendall(head % len(own) + own + head % len(left_over) + left_over)
        return True

    return send


def trickle(connection: socket.socket) -> bool:
    """Send a header without end while the client stays."""
    end = time.monotonic() + 2 * TOO_LONG
    with suppress(OSError):
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while time.monotonic() < end:
            connection.sendall(b"x-more: 1\r\n")
            time.sleep(0.02)
    return False


def test_calls_through_a_proxy_share_a_connection(connect_to: ConnectTo, tmp_path: Path) -> None:
    recording = wav(bytes(1000))
    with connect_to(respond(200, page(0)), respond(200, recording)) as (server, client):
        assert client.list_page().count == 90
        assert client.save_audio("id", tmp_path / "call.wav").bytes == len(recording)
        assert client.read_audio("id") == recording
        assert len(server.connections) == 1


def test_a_left_over_response_is_recognized_through_a_proxy(connect_to: ConnectTo) -> None:
    first = twice(page(0, count=1), page(0, count=666))
    with connect_to(first, respond(200, page(0, count=2))) as (_, client):
        assert [client.list_page().count for _ in range(3)] == [1, 2, 2]


def test_a_call_through_a_proxy_ends_at_the_deadline(connect_to: ConnectTo) -> None:
    with connect_to(trickle, deadline=DEADLINE) as (_, client):
        started = time.monotonic()
        with pytest.raises(DeadlineExceededError):
            client.list_page()
        assert time.monotonic() - started < TOO_LONG


def test_a_call_ends_at_the_deadline_while_the_proxy_answers(connect: Connect, kind: str) -> None:
    with FaultyServer(trickle) as proxy:
        transport = transport_through(proxy.url, kind)
        client = connect(base_url="https://127.0.0.1:9", transport=transport, deadline=DEADLINE)
        started = time.monotonic()
        with pytest.raises(DeadlineExceededError):
            client.list_page()
        assert time.monotonic() - started < TOO_LONG
    assert [request.method for request in proxy.requests] == ["CONNECT"]


@pytest.mark.parametrize("kind", ["sync"])
def test_leaving_a_loop_interrupts_its_requests_through_a_proxy(connect_to: ConnectTo) -> None:
    with connect_to(respond(200, page(0)), hang, timeout=30) as (server, client):
        for _ in client.list_conversations(page_size=10, prefetch=4):
            patience = time.monotonic() + 10
            while len(server.requests) < 5:
                assert time.monotonic() < patience
                time.sleep(0.001)
            started = time.monotonic()
            break
        assert time.monotonic() - started < TOO_LONG
