"""What is sent again, how often and after how long, seen from the server's side of real sockets."""

from __future__ import annotations

import asyncio
import email.utils
import logging
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from clients import busy_connections, pool_of
from faulty_server import (
    FaultyServer,
    close_connection,
    hang,
    reset_connection,
    respond,
    truncate_body,
)
from polyai_conversations import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AsyncConversationsClient,
    ConversationsError,
    RateLimitError,
    ServerError,
    __version__,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from clients import Connect

DETAIL = b'{"conversationId": "c", "accountId": "a", "projectId": "p"}'
ITEM = {"turnId": 3, "role": "agent", "annotationType": "wrong_info"}
GOOD = {"read": respond(200, DETAIL), "note": respond(200), "annotate": respond(201)}
CALLS: dict[str, Callable[[Any], Any]] = {
    "read": lambda client: client.get_conversation("id"),
    "note": lambda client: client.upsert_note("id", "note"),
    "annotate": lambda client: client.add_annotations("id", [ITEM]),
}


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Note the waits between retries instead of waiting."""
    noted: list[float] = []

    async def note(seconds: float) -> None:
        noted.append(seconds)

    clock = SimpleNamespace(sleep=noted.append, perf_counter=time.perf_counter)
    monkeypatch.setattr("polyai_conversations.retries.time", clock)
    monkeypatch.setattr("polyai_conversations.crew.time", clock)
    monkeypatch.setattr("httpx_retries.retry.asyncio", SimpleNamespace(sleep=note))
    return noted


@pytest.fixture
def serve() -> Iterator[Callable[..., FaultyServer]]:
    with ExitStack() as servers:
        yield lambda *behaviours: servers.enter_context(FaultyServer(*behaviours))


@pytest.fixture
def client_of(connect: Connect) -> Callable[..., Any]:
    def client_of(server: FaultyServer, **settings: Any) -> Any:
        return connect(region=None, base_url=server.url, **settings)

    return client_of


FAULTS: dict[str, Any] = {
    **{str(status): respond(status) for status in (408, 429, 500, 502, 503, 504)},
    "closed": close_connection,
    "reset": reset_connection,
    "cut": truncate_body,
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", CALLS)
def test_what_may_be_sent_twice_is_retried(
    serve: Any, client_of: Any, call: str, fault: str
) -> None:
    server = serve(FAULTS[fault], FAULTS[fault], GOOD[call])
    client = client_of(server)
    if call == "annotate" and fault != "429":
        with pytest.raises(ConversationsError):
            CALLS[call](client)
        assert len(server.requests) == 1, "annotations were sent twice"
        return
    CALLS[call](client)
    assert len(server.requests) == 3
    assert len({request.body for request in server.requests}) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 499, 501, 520])
@pytest.mark.parametrize("call", CALLS)
def test_what_will_not_pass_is_not_retried(
    serve: Any, client_of: Any, call: str, status: int
) -> None:
    server = serve(respond(status))
    with pytest.raises(APIStatusError) as caught:
        CALLS[call](client_of(server))
    assert caught.value.status_code == status
    assert len(server.requests) == 1


@pytest.mark.parametrize("max_retries", [0, 1, 4])
@pytest.mark.parametrize(
    ("fault", "error"),
    [(respond(503), ServerError), (reset_connection, APIConnectionError)],
    ids=["503", "reset"],
)
def test_retries_end_at_max_retries(
    serve: Any, client_of: Any, fault: Any, error: type[Exception], max_retries: int
) -> None:
    server = serve(fault)
    with pytest.raises(error):
        client_of(server, max_retries=max_retries).get_conversation("id")
    assert len(server.requests) == max_retries + 1


@pytest.mark.parametrize(("call", "sent"), [("read", 2), ("note", 2), ("annotate", 1)])
def test_a_slow_answer_is_a_timeout(serve: Any, client_of: Any, call: str, sent: int) -> None:
    server = serve(hang)
    client = client_of(server, timeout=0.1, max_retries=1)
    with pytest.raises(APITimeoutError, match="timeout="):
        CALLS[call](client)
    assert len(server.requests) == sent


def test_a_refused_connection_is_retried_even_for_annotations(
    connect: Connect, waits: list[float]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    client = connect(region=None, base_url=url, max_retries=3)
    with pytest.raises(APIConnectionError, match="no connection to 127"):
        client.add_annotations("id", [ITEM])
    assert len(waits) == 3


def test_waits_double_with_full_jitter_up_to_8_s(
    serve: Any, client_of: Any, waits: list[float]
) -> None:
    client = client_of(serve(respond(503)), max_retries=7)
    for _ in range(10):
        with pytest.raises(ServerError):
            client.get_conversation("id")
    for nth, ceiling in enumerate([0.5, 1, 2, 4, 8, 8, 8]):
        nth_waits = waits[nth::7]
        assert all(0 <= wait <= ceiling for wait in nth_waits)
        assert max(nth_waits) - min(nth_waits) > ceiling / 10, "there is no jitter"
    assert max(waits) > 4


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_obeyed_in_seconds_and_as_a_date(
    serve: Any, client_of: Any, waits: list[float], status: int
) -> None:
    date = email.utils.formatdate(time.time() + 30, usegmt=True)
    server = serve(
        respond(status, retry_after="17"), respond(status, retry_after=date), respond(200, DETAIL)
    )
    client_of(server).get_conversation("id")
    assert waits[0] == 17
    assert 27 < waits[1] <= 30


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_beyond_60_s_is_not_waited(
    serve: Any, client_of: Any, waits: list[float], call: str, status: int
) -> None:
    server = serve(respond(status, retry_after="61"))
    with pytest.raises((RateLimitError, ServerError)) as caught:
        CALLS[call](client_of(server))
    assert caught.value.retry_after == 61
    assert (len(server.requests), waits) == (1, [])


@pytest.mark.parametrize("said", ["soon", "-5", "Mon, 01 Jan 2026 00:00:00 +99999999999999"])
def test_an_unreadable_retry_after_is_as_good_as_none(
    serve: Any, client_of: Any, waits: list[float], said: str
) -> None:
    client_of(serve(respond(429, retry_after=said), respond(200, DETAIL))).get_conversation("id")
    assert len(waits) == 1
    assert waits[0] <= 0.5


def test_each_call_has_one_correlation_id_over_its_retries(
    serve: Any, client_of: Any, caplog: pytest.LogCaptureFixture
) -> None:
    server = serve(respond(503), respond(200, DETAIL), respond(503))
    client = client_of(server, max_retries=1)
    with caplog.at_level(logging.DEBUG, "polyai_conversations"):
        client.get_conversation("id")
        with pytest.raises(ServerError) as caught:
            client.get_conversation("id")
    first, again, second, last = (r.headers["x-polyai-correlation-id"] for r in server.requests)
    assert first == again != second == last
    assert caught.value.correlation_id == last
    assert last in str(caught.value)
    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == 4
    assert first in messages[0]
    assert "503" in messages[0]


def test_the_servers_correlation_id_is_preferred(serve: Any, client_of: Any) -> None:
    server = serve(respond(404, x_polyai_correlation_id="from-the-server"))
    with pytest.raises(APIStatusError) as caught:
        client_of(server).get_conversation("id")
    assert caught.value.correlation_id == "from-the-server"


def test_requests_name_the_client_and_the_key(serve: Any, client_of: Any) -> None:
    server = serve(respond(200, DETAIL))
    client_of(server, api_key="the-key").get_conversation("id")
    headers = server.requests[0].headers
    assert headers["user-agent"] == f"polyai-conversations-python/{__version__}"
    assert headers["x-api-key"] == "the-key"


def test_a_redirect_is_an_error_and_the_key_goes_nowhere_else(serve: Any, client_of: Any) -> None:
    elsewhere = serve(respond(200, DETAIL))
    server = serve(respond(307, location=elsewhere.url + "/v1"))
    with pytest.raises(APIStatusError, match="not followed") as caught:
        client_of(server).get_conversation("id")
    assert caught.value.status_code == 307
    assert elsewhere.requests == []


@pytest.mark.parametrize("fault", [*FAULTS, "404", "307", "no JSON"])
def test_no_connection_is_left_busy_after_a_failure(serve: Any, client_of: Any, fault: str) -> None:
    others = {"404": respond(404), "307": respond(307), "no JSON": respond(200, b"<html>")}
    client = client_of(serve({**FAULTS, **others}[fault]), max_retries=2)
    for call in CALLS.values():
        with pytest.raises(ConversationsError):
            call(client)
    assert busy_connections(client) == []


def test_siblings_share_connections_and_do_not_close_them(serve: Any, client_of: Any) -> None:
    server = serve(respond(200, DETAIL))
    client = client_of(server)
    sibling = client.for_agent("PROJECT-OTHER")
    sibling.get_conversation("id")
    assert sibling.agent_id == "PROJECT-OTHER"
    sibling.close()
    client.get_conversation("id")
    assert [request.path.split("/")[3] for request in server.requests] == [
        "PROJECT-OTHER",
        "PROJECT-TEST",
    ]
    assert len(pool_of(client).connections) == 1


def test_threads_may_share_a_client(serve: Any, connect: Connect, kind: str) -> None:
    if kind == "async":
        return  # an async client belongs to one event loop
    server = serve(respond(503), respond(200, DETAIL))
    client = connect(region=None, base_url=server.url)
    threads = [
        threading.Thread(target=client.get_conversation, args=(f"id-{n}",)) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert {request.path.rpartition("/")[2] for request in server.requests} == {
        f"id-{n}" for n in range(8)
    }


def test_a_cancelled_call_leaves_no_connection_busy(serve: Any) -> None:
    server = serve(hang)

    async def main() -> list[str]:
        async with AsyncConversationsClient(
            api_key="k", agent_id="a", base_url=server.url
        ) as client:
            call = asyncio.create_task(client.get_conversation("id"))
            while not server.requests:  # noqa: ASYNC110 - the server knows no event loop
                await asyncio.sleep(0.01)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            return busy_connections(client)

    assert asyncio.run(main()) == []


def test_leaving_the_block_closes_the_connections(serve: Any, kind: str) -> None:
    server = serve(respond(200, DETAIL))
    if kind == "sync":
        from polyai_conversations import ConversationsClient

        with ConversationsClient(api_key="k", agent_id="a", base_url=server.url) as client:
            client.get_conversation("id")
        assert pool_of(client).connections == []
        return

    async def main() -> Any:
        async with AsyncConversationsClient(
            api_key="k", agent_id="a", base_url=server.url
        ) as client:
            await client.get_conversation("id")
        return pool_of(client).connections

    assert asyncio.run(main()) == []


def test_the_transport_is_the_users_own_if_they_want(connect: Connect) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=DETAIL))
    assert connect(transport=transport).get_conversation("id").conversation_id == "c"


def test_a_process_that_was_forked_does_not_read_the_others_answers() -> None:
    """Where processes fork (on Linux, below Python 3.14, multiprocessing does)."""
    script = """
import os, sys
from polyai_conversations import ConversationsClient
client = ConversationsClient(api_key="key", agent_id="agent", base_url=sys.argv[1])
client.get_conversation("id")
child = os.fork()
if not child:
    try:
        client.get_conversation("id")
    except RuntimeError as error:
        os._exit(7 if "make a client in each process" in str(error) else 8)
    os._exit(9)
client.get_conversation("id")
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    with FaultyServer(GOOD["read"]) as server:
        command = [sys.executable, "-W", "ignore", "-c", script, server.url]
        printed = subprocess.check_output(command, text=True)
    assert printed.strip() == "7"


def test_cookies_are_not_kept(serve: Any, client_of: Any) -> None:
    server = serve(respond(200, DETAIL, set_cookie="gateway=1; Path=/"))
    client = client_of(server)
    for _ in range(2):
        client.get_conversation("id")
    assert "cookie" not in server.requests[1].headers
