"""TLS failures are failures of the connection, and an invalid certificate is not retried."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
import trustme

from faulty_server import FaultyServer, respond
from polyai_conversations import (
    APIConnectionError,
    APITimeoutError,
    IncompleteRecordingError,
    RetryPolicy,
)
from polyai_conversations._interruptible import InterruptibleTransport
from polyai_conversations.models import AnnotationDict
from wav_factory import wav

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from clients import Connect
    from polyai_conversations import ConversationsClient

FILE: Final = wav(bytes(1000))
ANNOTATION: Final[AnnotationDict] = {"turnId": 3, "role": "agent", "annotationType": "wrong_info"}
GARBLED_RECORD: Final = b"\x17\x03\x03\x00\x40" + bytes(64)
ALERT: Final = b"\x15\x03\x03\x00\x02\x02\x28"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def server_context(authority: trustme.CA, host: str = "127.0.0.1") -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(host).configure_cert(context)
    return context


def transport_for(authority: trustme.CA, kind: str) -> Any:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    if kind == "async":
        return httpx.AsyncHTTPTransport(context)
    return InterruptibleTransport(context, limits=httpx.Limits(), proxy=None)


def read_stream(client: ConversationsClient) -> None:
    with client.open_audio("id") as recording:
        for _ in recording.iter_bytes():
            pass


CALLS: dict[str, Callable[[ConversationsClient, Path], object]] = {
    "list_page": lambda client, _: client.list_page(),
    "list_conversations": lambda client, _: list(client.list_conversations()),
    "get_conversation": lambda client, _: client.get_conversation("id"),
    "add_annotations": lambda client, _: client.add_annotations("id", [ANNOTATION]),
    "upsert_note": lambda client, _: client.upsert_note("id", "note"),
    "read_audio": lambda client, _: client.read_audio("id"),
    "open_audio": lambda client, _: read_stream(client),
    "save_audio": lambda client, directory: client.save_audio("id", directory / "call.wav"),
}
FAILURES: Final = {
    "garbled record": (b"", GARBLED_RECORD),
    "alert": (b"", ALERT),
    "garbled record in the body": (
        b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(FILE) + FILE[:100],
        GARBLED_RECORD,
    ),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize(("encrypted", "raw"), FAILURES.values(), ids=FAILURES)
def test_a_broken_tls_connection_raises_the_errors_of_a_broken_connection(
    connect: Connect,
    authority: trustme.CA,
    kind: str,
    tmp_path: Path,
    call: Callable[[ConversationsClient, Path], object],
    encrypted: bytes,
    raw: bytes,
) -> None:
    def break_tls(connection: socket.socket) -> bool:
        connection.sendall(encrypted)
        socket.socket.sendall(connection, raw)  # past the encryption
        return True

    with FaultyServer(break_tls, tls=server_context(authority)) as server:
        transport = transport_for(authority, kind)
        client = connect(base_url=server.url, region=None, transport=transport, max_retries=1)
        with pytest.raises((APIConnectionError, IncompleteRecordingError)) as caught:
            call(client, tmp_path)
    assert not isinstance(caught.value, APITimeoutError)


def test_a_request_is_repeated_after_a_broken_tls_record(
    connect: Connect, authority: trustme.CA, kind: str
) -> None:
    def break_tls(connection: socket.socket) -> bool:
        socket.socket.sendall(connection, GARBLED_RECORD)
        return False

    detail = respond(200, b'{"conversationId": "id", "accountId": "a", "projectId": "p"}')
    with FaultyServer(break_tls, detail, tls=server_context(authority)) as server:
        transport = transport_for(authority, kind)
        client = connect(base_url=server.url, region=None, transport=transport)
        assert client.get_conversation("id").account_id == "a"
    assert len(server.requests) == 2


@pytest.mark.parametrize("fault", ["issuer", "host"])
def test_an_invalid_certificate_is_not_retried(
    connect: Connect, authority: trustme.CA, kind: str, fault: str
) -> None:
    trusted = trustme.CA() if fault == "issuer" else authority
    tls = server_context(authority, "127.0.0.1" if fault == "issuer" else "other.example")
    retries: list[float] = []

    def count_retry(_: float) -> float:
        retries.append(1)
        return 0.0

    with FaultyServer(respond(200), tls=tls) as server:
        client = connect(
            base_url=server.url,
            region=None,
            transport=transport_for(trusted, kind),
            retry_policy=RetryPolicy(max_retries=3, jitter=count_retry),
        )
        with pytest.raises(APIConnectionError, match=r"certificate of 127.0.0.1:.* base_url"):
            client.get_conversation("id")
    assert retries == []
    assert server.requests == []
