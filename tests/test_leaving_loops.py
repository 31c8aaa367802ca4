"""Leaving a loop over conversations early: what happens to the requests under way."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, closing, suppress
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import trustme

from clients import busy_connections
from faulty_server import FaultyServer, hang, respond
from polyai_conversations import AsyncConversationsClient, ConversationsClient, RetryPolicy
from polyai_conversations._interruptible import InterruptibleTransport

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    Wait = Callable[[], None]

MAX_SECONDS = 1.0
"""Leaving takes milliseconds; without an interruption, every case below takes 30 s or more."""
PATIENT = RetryPolicy(initial_backoff=60, max_backoff=60, jitter=lambda seconds: seconds)
PREFETCH = 4


def page() -> bytes:
    ids = {"accountId": "a", "projectId": "p"}
    rows = [{"conversationId": f"c{n}", **ids} for n in range(10)]
    return json.dumps({"conversations": rows, "count": 90, "limit": 10, "offset": 0}).encode()


def stall_in_the_body(connection: socket.socket) -> bool:
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")
    return hang(connection)


RESPONDERS = {
    "waiting for a response": hang,
    "waiting for the rest of a body": stall_in_the_body,
    "waiting for a retry": respond(503),
}


@pytest.fixture(scope="module")
def certificates() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return the TLS contexts of a server and of its clients."""
    authority = trustme.CA()
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(server)
    client = ssl.create_default_context()
    authority.configure_trust(client)
    return server, client


def settings_for(server: FaultyServer, tls: ssl.SSLContext | None, kind: str) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "api_key": "key",
        "agent_id": "agent",
        "base_url": server.url,
        "timeout": 30,
        "retry_policy": PATIENT,
    }
    if tls is None:
        return settings
    if kind == "async":
        return settings | {"transport": httpx.AsyncHTTPTransport(tls)}
    transport = InterruptibleTransport(tls, limits=httpx.Limits(), proxy=None)
    return settings | {"transport": transport}


def leave_by_break(pager: Any, wait: Wait) -> None:
    for _ in pager:
        wait()
        break


def leave_by_error(pager: Any, wait: Wait) -> None:
    with suppress(ZeroDivisionError):
        for _ in pager:
            wait()
            raise ZeroDivisionError


def leave_by_close(pager: Any, wait: Wait) -> None:
    with closing(iter(pager)) as conversations:
        next(conversations)
        wait()


async def leave_async(settings: dict[str, Any], wait: Wait) -> list[str]:
    """Leave the loop of an async client; return its connections that are still busy."""
    async with AsyncConversationsClient(**settings) as client:
        pager = client.list_conversations(page_size=10, prefetch=PREFETCH)
        async with aclosing(aiter(pager)) as conversations:
            await anext(conversations)
            await asyncio.to_thread(wait)
        return busy_connections(client)


def leave_sync(
    settings: dict[str, Any], wait: Wait, leave: Callable[[Any, Wait], None]
) -> list[str]:
    """Leave the loop of a sync client; return its connections that are still busy."""
    with ConversationsClient(**settings) as client:
        leave(client.list_conversations(page_size=10, prefetch=PREFETCH), wait)
        return busy_connections(client)


def worker_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if "conversations" in thread.name]


class Stopwatch:
    """Waits until the server has all requests, and measures what follows."""

    def __init__(self, server: FaultyServer) -> None:
        self._server = server
        self._started = 0.0

    def wait(self) -> None:
        deadline = time.monotonic() + 10
        while len(self._server.requests) < 1 + PREFETCH:
            assert time.monotonic() < deadline
            time.sleep(0.001)
        self._started = time.monotonic()

    def seconds(self) -> float:
        return time.monotonic() - self._started


@pytest.mark.parametrize("is_encrypted", [False, True], ids=["plain", "TLS"])
@pytest.mark.parametrize("state", RESPONDERS)
def test_requests_are_interrupted_at_once(
    kind: str, state: str, certificates: tuple[ssl.SSLContext, ssl.SSLContext], is_encrypted: Any
) -> None:
    server_tls, client_tls = certificates if is_encrypted else (None, None)
    with FaultyServer(respond(200, page()), RESPONDERS[state], tls=server_tls) as server:
        stopwatch = Stopwatch(server)
        settings = settings_for(server, client_tls, kind)
        if kind == "sync":
            busy = leave_sync(settings, stopwatch.wait, leave_by_break)
        else:
            busy = asyncio.run(leave_async(settings, stopwatch.wait))
        assert stopwatch.seconds() < MAX_SECONDS
        assert busy == []
        assert worker_threads() == []
        time.sleep(0.02)
        assert len(server.requests) == 1 + PREFETCH, "a request was sent after the loop was left"


@pytest.mark.parametrize("leave", [leave_by_break, leave_by_error, leave_by_close])
def test_requests_are_interrupted_however_the_loop_is_left(
    leave: Callable[[Any, Wait], None],
) -> None:
    with FaultyServer(respond(200, page()), hang) as server:
        stopwatch = Stopwatch(server)
        assert leave_sync(settings_for(server, None, "sync"), stopwatch.wait, leave) == []
        assert stopwatch.seconds() < MAX_SECONDS
        assert worker_threads() == []


def test_calls_of_other_threads_are_not_interrupted() -> None:
    arrived, released = threading.Event(), threading.Event()

    def respond_late(connection: socket.socket) -> bool:
        arrived.set()
        released.wait(10)
        return respond(200, page())(connection)

    with (
        FaultyServer(respond_late, respond(200, page()), hang) as server,
        ConversationsClient(**settings_for(server, None, "sync")) as client,
        ThreadPoolExecutor(1) as pool,
    ):
        call = pool.submit(client.list_page)
        assert arrived.wait(10)
        leave_by_break(client.list_conversations(page_size=10), lambda: None)
        released.set()
        assert call.result().count == 90


def test_client_works_after_a_loop_was_left() -> None:
    with (
        FaultyServer(respond(200, page()), *[hang] * PREFETCH, respond(200, page())) as server,
        ConversationsClient(**settings_for(server, None, "sync")) as client,
    ):
        pager = client.list_conversations(page_size=10, prefetch=PREFETCH)
        leave_by_break(pager, Stopwatch(server).wait)
        assert client.list_page().count == 90
