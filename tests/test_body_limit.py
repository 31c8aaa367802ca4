"""Bodies that are read into memory have a limit, counted after decompression."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from faulty_server import FaultyServer, respond
from polyai_conversations import (
    BadRequestError,
    ResponseTooLargeError,
    ResponseValidationError,
    ServerError,
)
from polyai_conversations._http.body_limit import read_body
from polyai_conversations._http.call_options import BODY_LIMIT, CALL_OPTIONS, CallOptions
from polyai_conversations_api.api.conversations import list_conversations
from wav_factory import wav

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from clients import Connect
    from polyai_conversations import ConversationsClient

MIB = 2**20
LIMIT = MIB
BOMB = gzip.compress(bytes(256 * MIB))
PAGE = b'{"conversations": [], "count": 0, "limit": 50, "offset": 0}'
FILE = wav(bytes(2000))


def endless(connection: socket.socket) -> bool:
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n[")
    with suppress(OSError):
        while True:
            connection.sendall(b"0," * 2**15)
    return False


def endless_error(connection: socket.socket) -> bool:
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n\r\n[")
    with suppress(OSError):
        while True:
            connection.sendall(b"0," * 2**15)
    return False


TOO_LARGE = {
    "gzip bomb": respond(200, BOMB, content_encoding="gzip"),
    "error that is a gzip bomb": respond(400, BOMB, content_encoding="gzip"),
    "endless": endless,
    "endless error": endless_error,
    "announced": respond(200, bytes(LIMIT + 1)),
}
CALLS: dict[str, Callable[[ConversationsClient], object]] = {
    "list_page": lambda client: client.list_page(),
    "list_conversations": lambda client: list(client.list_conversations()),
    "get_conversation": lambda client: client.get_conversation("KA-1"),
    "upsert_note": lambda client: client.upsert_note("KA-1", "note"),
    "send": lambda client: client.send(list_conversations),
    "read_audio": lambda client: client.read_audio("KA-1", max_bytes=LIMIT),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("response", TOO_LARGE)
def test_a_body_over_the_limit_is_refused(connect: Connect, response: str, call: str) -> None:
    with FaultyServer(TOO_LARGE[response]) as server:
        client = connect(base_url=server.url, max_body_bytes=LIMIT)
        with pytest.raises(
            ResponseTooLargeError, match=r"1,048,576 bytes.*max_body_bytes"
        ) as caught:
            CALLS[call](client)
    assert caught.value.limit == LIMIT
    assert 0 < len(caught.value.body) <= 4096
    assert len(server.requests) == 1


@pytest.mark.parametrize("call", ["open_audio", "save_audio", "stream"])
def test_an_error_of_a_stream_has_a_limit_too(connect: Connect, tmp_path: Path, call: str) -> None:
    with FaultyServer(endless_error) as server:
        client = connect(base_url=server.url, max_body_bytes=LIMIT)
        with pytest.raises(ResponseTooLargeError):  # noqa: PT012 - the block opens the stream
            if call == "save_audio":
                client.save_audio("KA-1", tmp_path / "call.wav")
            else:
                opened = client.open_audio("KA-1") if call == "open_audio" else None
                with opened or client.stream(list_conversations):
                    pass
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_is_cut_off_in_the_beginning_of_a_body_is_redacted(connect: Connect) -> None:
    body = bytes(4090) + b"test-key" + bytes(LIMIT)
    with FaultyServer(respond(200, body)) as server:
        client = connect(base_url=server.url, max_body_bytes=LIMIT)
        with pytest.raises(ResponseTooLargeError) as caught:
            client.list_page()
    assert caught.value.body == bytes(4090) + b"[key]"


def test_an_error_in_place_of_a_recording_has_the_limit_of_errors(connect: Connect) -> None:
    with FaultyServer(endless_error, respond(400, bytes(2000))) as server:
        client = connect(base_url=server.url, max_body_bytes=LIMIT)
        with pytest.raises(ResponseTooLargeError) as caught:
            client.read_audio("KA-1")
        with pytest.raises(BadRequestError):
            client.read_audio("KA-1", max_bytes=1000)
    assert caught.value.limit == LIMIT


def test_tiny_chunks_take_no_more_memory_than_large_ones() -> None:
    class TinyChunks(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield from (bytes([48, 32]) for _ in range(MIB // 4))

    extensions = {BODY_LIMIT: MIB, CALL_OPTIONS: CallOptions()}
    request = httpx.Request("GET", "https://api.us.poly.ai", extensions=extensions)
    tracemalloc.start()
    try:
        body = read_body(httpx.Response(200, stream=TinyChunks()), request).content
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(body) == MIB // 2
    assert peak < 3 * MIB


def test_a_body_of_exactly_the_limit_is_read(connect: Connect) -> None:
    with FaultyServer(respond(200, gzip.compress(PAGE), content_encoding="gzip")) as server:
        client = connect(base_url=server.url, max_body_bytes=len(PAGE))
        assert client.list_page().count == 0
        with pytest.raises(ResponseTooLargeError):
            client.with_options(max_body_bytes=len(PAGE) - 1).list_page()
    assert server.requests[0].headers["accept-encoding"] == "gzip, deflate"


def test_the_default_limit_is_64_mib(connect: Connect) -> None:
    with (
        FaultyServer(respond(200, BOMB, content_encoding="gzip")) as server,
        pytest.raises(ResponseTooLargeError) as caught,
    ):
        connect(base_url=server.url).list_page()
    assert caught.value.limit == 64 * MIB


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip, gzip", gzip.compress(gzip.compress(PAGE, mtime=0), mtime=0)),
        ("br", PAGE),
        ("zstd", PAGE),
    ],
    ids=["gzip in gzip", "br", "zstd"],  # the body contains the time
)
def test_an_encoding_that_was_not_requested_is_refused(
    connect: Connect, encoding: str, body: bytes
) -> None:
    with FaultyServer(respond(200, body, content_encoding=encoding)) as server:
        client = connect(base_url=server.url)
        with pytest.raises(ResponseValidationError, match=f"encoded as {encoding}"):
            client.list_page()


@pytest.mark.parametrize("encoding", ["deflate", "gzip", "identity", "utf-8"])
def test_a_single_encoding_is_decoded(connect: Connect, encoding: str) -> None:
    encode: dict[str, Callable[[bytes], bytes]] = {"deflate": zlib.compress, "gzip": gzip.compress}
    body = encode.get(encoding, bytes)(PAGE)
    with FaultyServer(respond(200, body, content_encoding=encoding)) as server:
        response = connect(base_url=server.url).send(list_conversations)
    assert response.content == PAGE
    assert response.headers["content-encoding"] == encoding


RECORDING_CALLS: dict[str, Callable[[Any, Path], object]] = {
    "read_audio": lambda client, _: client.read_audio("KA-1"),
    "open_audio": lambda client, _: client.open_audio("KA-1").__enter__(),
    "save_audio": lambda client, path: client.save_audio("KA-1", path / "call.wav"),
}


@pytest.mark.parametrize("call", ["open_audio", "save_audio"])
def test_an_encoded_recording_is_refused_when_it_is_streamed(
    connect: Connect, tmp_path: Path, call: str
) -> None:
    with FaultyServer(respond(200, gzip.compress(FILE), content_encoding="gzip")) as server:
        client = connect(base_url=server.url)
        with pytest.raises(ResponseValidationError, match="was requested without encoding"):
            RECORDING_CALLS[call](client, tmp_path)
    assert server.requests[0].headers["accept-encoding"] == "identity"
    assert list(tmp_path.iterdir()) == []


def test_a_recording_in_memory_is_requested_without_encoding(connect: Connect) -> None:
    with FaultyServer(respond(200, FILE)) as server:
        assert connect(base_url=server.url).read_audio("KA-1") == FILE
    assert server.requests[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"[" * 10**6, "is nested too deeply"),
        (b'{"conversations": [], "count": NaN, "limit": 1, "offset": 0}', "does not allow NaN"),
        (b'{"conversations": [], "count": Infinity}', "does not allow Infinity"),
    ],
    ids=["deep nesting", "NaN", "Infinity"],
)
def test_json_that_python_alone_accepts_is_refused(
    connect: Connect, body: bytes, message: str
) -> None:
    with (
        FaultyServer(respond(200, body)) as server,
        pytest.raises(ResponseValidationError, match=message),
    ):
        connect(base_url=server.url).list_page()


def test_an_error_that_is_nested_deeply_keeps_its_status(connect: Connect) -> None:
    with (
        FaultyServer(respond(500, b"[" * 10**6)) as server,
        pytest.raises(ServerError) as caught,
    ):
        connect(base_url=server.url, max_retries=0).list_page()
    assert len(caught.value.body) == 10**6
