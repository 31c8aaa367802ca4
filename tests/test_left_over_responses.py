"""A server that sends more than one response to a request does not mix up later calls."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from faulty_server import FaultyServer, respond
from polyai_conversations import APIConnectionError, ResponseValidationError
from polyai_conversations.models import AnnotationDict
from polyai_conversations_api.api.conversations import get_conversation
from wav_factory import wav

if TYPE_CHECKING:
    from collections.abc import Callable

    from clients import Connect
    from faulty_server import Responder
    from polyai_conversations import ConversationsClient


def response(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)


def detail(conversation_id: str) -> bytes:
    ids = {"conversationId": conversation_id, "accountId": "a", "projectId": "p"}
    return response(json.dumps(ids).encode())


def page(count: int) -> bytes:
    return response(
        json.dumps({"conversations": [], "count": count, "limit": 50, "offset": 0}).encode()
    )


def send(data: bytes) -> Responder:
    def respond(connection: Any) -> bool:
        connection.sendall(data)
        return True

    return respond


def chunked(body: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    return head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


EXTRA = {
    "a second response": page(1) + page(666),
    "two more responses": page(1) + page(666) * 2,
    "a second response after a chunked one": chunked(page(1).partition(b"\r\n\r\n")[2]) + page(666),
    "a second response with another status": page(1)
    + b"HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n",
    "a second response without a body": page(1) + b"HTTP/1.1 204 No\r\n\r\n",
    "garbage": page(1) + b"garbage",
    "line breaks": page(1) + b"\r\n\r\n",
    "half of a header": page(1) + b"HTTP/1.1 20",
}


@pytest.mark.parametrize("first", EXTRA.values(), ids=EXTRA)
def test_later_calls_get_their_own_responses(connect: Connect, first: bytes) -> None:
    with FaultyServer(send(first), send(page(2)), send(page(3)), send(page(4))) as server:
        client = connect(region=None, base_url=server.url)
        counts = [client.list_page(offset=offset).count for offset in range(3)]
        offsets = [httpx.QueryParams(r.path.partition("?")[2])["offset"] for r in server.requests]
    assert counts[0] == 1
    assert 666 not in counts
    assert offsets[:2] == ["0", "1"]
    assert offsets[-1] == "2"


def test_a_recording_is_not_taken_from_an_earlier_response(connect: Connect) -> None:
    other, own = wav(b"\1" * 1000), wav(b"\2" * 1000)
    with FaultyServer(send(page(1) + response(other)), send(response(own))) as server:
        client = connect(region=None, base_url=server.url)
        client.list_page()
        with client.open_audio("id") as recording:
            assert b"".join(recording.iter_bytes()) == own


def test_a_call_that_must_not_be_repeated_fails_if_its_response_was_left_over(
    connect: Connect,
) -> None:
    success = response(b'{"success": true}')
    annotation: AnnotationDict = {"turnId": 0, "role": "user", "annotationType": "wrong_info"}
    with FaultyServer(send(success * 2), send(success)) as server:
        client = connect(region=None, base_url=server.url)
        client.add_annotations("id", [annotation])
        with pytest.raises(APIConnectionError, match="more than its response"):
            client.add_annotations("id", [annotation])
        client.add_annotations("id", [annotation])
    assert len(server.requests) == 3


def test_connections_are_reused_if_nothing_is_left_over(connect: Connect) -> None:
    with FaultyServer(respond(200, page(2).partition(b"\r\n\r\n")[2])) as server:
        client = connect(region=None, base_url=server.url)
        for _ in range(20):
            client.list_page()
        assert len(server.connections) == 1


@pytest.mark.parametrize(
    "call",
    [
        lambda client, id_: client.get_conversation(id_),
        lambda client, id_: client.call_detailed(get_conversation, id_),
    ],
    ids=["get_conversation", "call_detailed"],
)
def test_another_conversation_than_the_requested_one_raises_an_error(
    connect: Connect, call: Callable[[ConversationsClient, str], object]
) -> None:
    with FaultyServer(send(detail("other"))) as server:
        client = connect(region=None, base_url=server.url)
        with pytest.raises(ResponseValidationError, match="'other', but 'own' was") as caught:
            call(client, "own")
    assert caught.value.field == "conversationId"


@pytest.mark.parametrize("id_", ["CA1", "a/b", "ü ?#%2F", "..x", "KA-1:2@3"])
def test_ids_are_compared_after_the_escapes_of_urls_are_removed(connect: Connect, id_: str) -> None:
    with FaultyServer(send(detail(id_))) as server:
        client = connect(region=None, base_url=server.url)
        assert client.get_conversation(id_).conversation_id == id_
