"""A deadline bounds a whole call, whatever the server does in the meantime."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from faulty_server import FaultyServer, close_connection, respond
from polyai_conversations import (
    APIConnectionError,
    APIStatusError,
    DeadlineExceededError,
    RateLimitError,
    RetryPolicy,
)
from polyai_conversations._deadline import Deadline
from polyai_conversations._http.retry import RetryBudget
from wav_factory import wav

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path

    from clients import Connect
    from faulty_server import Responder
    from polyai_conversations import ConversationsClient

DEADLINE = 0.5
TOO_LONG = 5.0
FILE = wav(bytes(8000))


def trickle(head: bytes, rest: bytes) -> Responder:
    """Send the head at once, and the rest again and again while the client stays."""

    def send(connection: socket.socket) -> bool:
        connection.sendall(head)
        end = time.monotonic() + 2 * TOO_LONG
        with suppress(OSError):
            while time.monotonic() < end:
                connection.sendall(rest)
                time.sleep(0.02)
        return False

    return send


# It starts like a recording, because the first bytes of anything else end `save_audio` at once.
BODY = trickle(b"HTTP/1.1 200 OK\r\n\r\n" + FILE[:44], b" ")
ENDLESS = {
    "body": BODY,
    "error body": trickle(b"HTTP/1.1 404 Not Found\r\n\r\n", b" "),
    "headers": trickle(b"HTTP/1.1 200 OK\r\n", b"x-more: 1\r\n"),
    "informational responses": trickle(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
}
CALLS: dict[str, Callable[[ConversationsClient, Path], object]] = {
    "list_page": lambda client, _: client.list_page(),
    "list_conversations": lambda client, _: list(client.list_conversations()),
    "get_conversation": lambda client, _: client.get_conversation("KA-1"),
    "upsert_note": lambda client, _: client.upsert_note("KA-1", "note"),
    "read_audio": lambda client, _: client.read_audio("KA-1"),
    "save_audio": lambda client, path: client.save_audio("KA-1", path / "call.wav"),
}


@pytest.mark.parametrize("endless", ENDLESS)
@pytest.mark.parametrize("call", CALLS)
def test_an_endless_response_ends_at_the_deadline(
    connect: Connect, tmp_path: Path, endless: str, call: str
) -> None:
    with FaultyServer(ENDLESS[endless]) as server:
        client = connect(base_url=server.url).with_options(deadline=DEADLINE)
        started = time.monotonic()
        with pytest.raises(DeadlineExceededError, match=f"deadline of {DEADLINE} s"):
            CALLS[call](client, tmp_path)
    assert DEADLINE <= time.monotonic() - started < TOO_LONG


def test_a_stream_ends_at_the_deadline_and_leaves_its_bytes_to_a_later_call(
    connect: Connect, tmp_path: Path
) -> None:
    head = f'HTTP/1.1 200 OK\r\netag: "1"\r\ncontent-length: {len(FILE)}\r\n\r\n'.encode()
    cut = trickle(head + FILE[:4000], b"")
    rest = respond(
        206,
        FILE[4000:],
        etag='"1"',
        content_range=f"bytes 4000-{len(FILE) - 1}/{len(FILE)}",
    )
    with FaultyServer(cut, rest) as server:
        client = connect(base_url=server.url)
        path = tmp_path / "call.wav"
        with pytest.raises(DeadlineExceededError):
            client.with_options(deadline=DEADLINE, timeout=TOO_LONG).save_audio("KA-1", path)
        client.save_audio("KA-1", path)
    assert path.read_bytes() == FILE
    assert server.requests[1].headers["range"] == "bytes=4000-"


def test_a_silent_server_is_given_up_at_the_deadline(connect: Connect) -> None:
    with FaultyServer(trickle(b"", b"")) as server:
        client = connect(base_url=server.url, deadline=DEADLINE, max_retries=0)
        with pytest.raises(DeadlineExceededError):
            client.list_page()


def test_the_body_of_a_users_own_transport_ends_at_the_deadline(
    connect: Connect, kind: str
) -> None:
    transport: Any = httpx.HTTPTransport() if kind == "sync" else httpx.AsyncHTTPTransport()
    with FaultyServer(BODY) as server:
        client = connect(base_url=server.url, transport=transport, deadline=DEADLINE)
        with pytest.raises(DeadlineExceededError):
            client.list_page()


def test_retries_and_pauses_count(connect: Connect) -> None:
    policy = RetryPolicy(max_retries=10**6, initial_backoff=0.05, max_backoff=0.05)
    with FaultyServer(close_connection) as server:
        client = connect(base_url=server.url, retry_policy=policy, deadline=DEADLINE)
        started = time.monotonic()
        with pytest.raises(APIConnectionError):
            client.list_page()
    assert time.monotonic() - started < TOO_LONG
    assert len(server.requests) > 1


def test_a_pause_that_would_last_too_long_raises_the_servers_error_at_once(
    connect: Connect,
) -> None:
    with FaultyServer(respond(429, retry_after="30")) as server:
        client = connect(base_url=server.url, deadline=10)
        started = time.monotonic()
        with pytest.raises(RateLimitError) as caught:
            client.list_page()
    assert caught.value.retry_after == 30
    assert time.monotonic() - started < TOO_LONG


def test_no_deadline_means_no_limit(connect: Connect) -> None:
    with FaultyServer(respond(400)) as server:
        client = connect(base_url=server.url, deadline=None)
        with pytest.raises(APIStatusError):
            client.list_page()


def test_a_deadline_expires_when_its_seconds_have_passed() -> None:
    now = [100.0]
    deadline = Deadline(5, clock=lambda: now[0])
    assert (deadline.remaining, deadline.expired) == (5, False)
    now[0] = 105.0
    assert (deadline.remaining, deadline.expired) == (0, True)
    assert Deadline(None, clock=lambda: now[0]).remaining == float("inf")


@pytest.mark.parametrize(("retry_after", "delay"), [("4", 4), ("5", None), ("6", None)])
def test_a_budget_refuses_a_pause_that_ends_after_the_deadline(
    retry_after: str, delay: float | None
) -> None:
    budget = RetryBudget(RetryPolicy(), idempotent=True, deadline=Deadline(5, clock=lambda: 0.0))
    response = httpx.Response(429, headers={"retry-after": retry_after})
    assert budget.delay_after_status(response) == delay
