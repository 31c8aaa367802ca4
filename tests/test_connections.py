"""What a client sends besides the request itself, and how it handles its connections."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from clients import busy_connections, pool_of
from faulty_server import FaultyServer, reset_connection, respond, truncate_body
from polyai_conversations import (
    APIStatusError,
    AsyncConversationsClient,
    ConversationsClient,
    ConversationsError,
    ServerError,
    __version__,
)
from polyai_conversations_api.api.conversations import get_conversation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from clients import Connect
    from faulty_server import Responder

    Serve = Callable[..., FaultyServer]
    ConnectTo = Callable[..., ConversationsClient]

DETAIL = b'{"conversationId": "id", "accountId": "a", "projectId": "p"}'


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as servers:
        yield lambda *responders: servers.enter_context(FaultyServer(*responders))


@pytest.fixture
def connect_to(connect: Connect) -> ConnectTo:
    return lambda server, **settings: connect(region=None, base_url=server.url, **settings)


def test_each_attempt_is_logged_with_the_correlation_id_of_its_call(
    serve: Serve, connect_to: ConnectTo, caplog: pytest.LogCaptureFixture
) -> None:
    server = serve(respond(503), respond(200, DETAIL), respond(503))
    client = connect_to(server, max_retries=1)
    with caplog.at_level(logging.DEBUG, "polyai_conversations"):
        client.get_conversation("id")
        with pytest.raises(ServerError) as caught:
            client.get_conversation("id")
    first, retry, second, last = (r.headers["x-polyai-correlation-id"] for r in server.requests)
    assert first == retry != second == last
    assert caught.value.correlation_id == last
    assert last in str(caught.value)
    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == 4
    assert first in messages[0]
    assert "503" in messages[0]


def test_an_error_has_the_correlation_id_that_the_server_sends(
    serve: Serve, connect_to: ConnectTo
) -> None:
    server = serve(respond(404, x_polyai_correlation_id="from-the-server"))
    with pytest.raises(APIStatusError) as caught:
        connect_to(server).get_conversation("id")
    assert caught.value.correlation_id == "from-the-server"


def test_requests_contain_the_user_agent_and_the_key(serve: Serve, connect_to: ConnectTo) -> None:
    server = serve(respond(200, DETAIL))
    connect_to(server, api_key="the-key").get_conversation("id")
    headers = server.requests[0].headers
    assert headers["user-agent"] == f"polyai-conversations-python/{__version__}"
    assert headers["x-api-key"] == "the-key"


def test_a_redirect_raises_an_error_and_the_key_is_not_sent_to_its_target(
    serve: Serve, connect_to: ConnectTo
) -> None:
    target = serve(respond(200, DETAIL))
    server = serve(respond(307, location=target.url + "/v1"))
    with pytest.raises(APIStatusError, match="not followed") as caught:
        connect_to(server).get_conversation("id")
    assert caught.value.status_code == 307
    assert target.requests == []


def test_cookies_are_not_stored(serve: Serve, connect_to: ConnectTo) -> None:
    server = serve(respond(200, DETAIL, set_cookie="gateway=1; Path=/"))
    client = connect_to(server)
    client.get_conversation("id")
    client.get_conversation("id")
    assert "cookie" not in server.requests[1].headers


FAILURES: dict[str, Responder] = {
    "404": respond(404),
    "503": respond(503),
    "redirect": respond(307),
    "invalid JSON": respond(200, b"<html>"),
    "connection reset": reset_connection,
    "truncated body": truncate_body,
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_a_failed_call_returns_its_connection_to_the_pool(
    serve: Serve, connect_to: ConnectTo, failure: Responder
) -> None:
    client = connect_to(serve(failure), max_retries=2)
    for _ in range(2):
        with pytest.raises(ConversationsError):
            client.get_conversation("id")
        assert busy_connections(client) == []


def test_clients_of_several_agents_share_connections(serve: Serve, connect_to: ConnectTo) -> None:
    server = serve(respond(200, DETAIL))
    client = connect_to(server)
    sibling = client.for_agent("PROJECT-OTHER")
    sibling.get_conversation("id")
    assert sibling.agent_id == "PROJECT-OTHER"
    sibling.close()
    client.get_conversation("id")
    agents = [request.path.split("/")[3] for request in server.requests]
    assert agents == ["PROJECT-OTHER", "PROJECT-TEST"]
    assert len(pool_of(client).connections) == 1


def test_threads_can_share_a_sync_client(serve: Serve) -> None:
    server = serve(respond(200, DETAIL))
    ids = [f"id-{n}" for n in range(8)]
    with ConversationsClient(api_key="key", agent_id="agent", base_url=server.url) as client:
        threads = [
            threading.Thread(target=client.send, args=(get_conversation, id_)) for id_ in ids
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    assert sorted(request.path.rpartition("/")[2] for request in server.requests) == ids


def test_the_end_of_the_with_block_closes_the_connections(serve: Serve, kind: str) -> None:
    server = serve(respond(200, DETAIL))
    settings: dict[str, Any] = {"api_key": "key", "agent_id": "agent", "base_url": server.url}

    async def use_async_client() -> Any:
        async with AsyncConversationsClient(**settings) as client:
            await client.get_conversation("id")
            assert len(pool_of(client).connections) == 1
        return pool_of(client)

    def use_sync_client() -> Any:
        with ConversationsClient(**settings) as client:
            client.get_conversation("id")
            assert len(pool_of(client).connections) == 1
        return pool_of(client)

    pool = use_sync_client() if kind == "sync" else asyncio.run(use_async_client())
    assert pool.connections == []


CALLS: dict[str, Callable[[ConversationsClient, Path], object]] = {
    "get_conversation": lambda client, _: client.get_conversation("id"),
    "list_conversations": lambda client, _: list(client.list_conversations()),
    "save_audio": lambda client, directory: client.save_audio("id", directory / "call.wav"),
    "with_options": lambda client, _: client.with_options(timeout=1).get_conversation("id"),
    "for_agent": lambda client, _: client.for_agent("other").get_conversation("id"),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_closed_client_says_what_to_do_instead(
    serve: Serve,
    connect_to: ConnectTo,
    tmp_path: Path,
    call: Callable[[ConversationsClient, Path], object],
) -> None:
    server = serve(respond(200, DETAIL))
    client = connect_to(server)
    client.close()
    with pytest.raises(RuntimeError, match=r"is closed: create another one.* with_options and"):
        call(client, tmp_path)
    assert server.requests == []
    assert list(tmp_path.iterdir()) == []


def test_a_client_uses_the_transport_that_is_passed_to_it(connect: Connect) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=DETAIL))
    assert connect(transport=transport).get_conversation("id").conversation_id == "id"


USE_CLIENT_IN_A_FORK = """
import os, sys
from polyai_conversations import ConversationsClient
client = ConversationsClient(api_key="key", agent_id="agent", base_url=sys.argv[1])
client.get_conversation("id")
child = os.fork()
if not child:
    try:
        client.get_conversation("id")
    except RuntimeError as error:
        os._exit(7 if "create a client in each process" in str(error) else 8)
    os._exit(9)
client.get_conversation("id")
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs os.fork, which Windows lacks")
def test_a_client_cannot_be_used_in_a_forked_process() -> None:
    with FaultyServer(respond(200, DETAIL)) as server:
        command = [sys.executable, "-W", "ignore", "-c", USE_CLIENT_IN_A_FORK, server.url]
        printed = subprocess.check_output(command, text=True)
    assert printed.strip() == "7"
