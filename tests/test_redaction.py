"""The API key appears neither in errors nor in logs, whatever the server sends."""

from __future__ import annotations

import asyncio
import concurrent.futures
import io
import json
import logging
import pickle
import re
import traceback
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import httpcore
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.traceback import Traceback

from faulty_server import FaultyServer, close_connection, hang, respond
from polyai_conversations import AsyncConversationsClient, ConversationsClient, ConversationsError
from polyai_conversations._http.api_key import ApiKey
from polyai_conversations._http.redaction import (
    API_KEY,
    cut_library_frames,
    redact_beginning,
    redact_key,
)

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from clients import Connect
    from faulty_server import Responder


def raised_by(call: Callable[[], Any]) -> ConversationsError:
    with pytest.raises(ConversationsError) as caught:
        call()
    return caught.value


KEY = "the-key-that-must-not-leak"


class LogRecorder(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.records: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if "receive_response_headers" in record.getMessage():
            return  # httpcore logs the server's headers at DEBUG, with an echoed key
        self.records.append(repr(vars(record)) + record.getMessage())


KEY_IN_JSON = "".join(f"\\u{ord(letter):04X}" for letter in KEY)
KEY_IN_URL = "".join(f"%{ord(letter):02x}" for letter in KEY)


def send_raw(response: bytes) -> Responder:
    """Send these bytes, and close the connection."""

    def send(connection: socket.socket) -> bool:
        connection.sendall(response)
        return False

    return send


LEAKS = {
    "echoed in the status line": send_raw(
        f"HTTP/1.1 400 bad {KEY}\r\ncontent-length: 0\r\n\r\n".encode()
    ),
    "echoed in place of the status line": send_raw(f"{KEY}\r\n\r\n".encode()),
    "echoed in an invalid header line": send_raw(f"HTTP/1.1 200 OK\r\n{KEY} \r\n\r\n".encode()),
    "echoed in the name of a header": respond(200, b"{}", **{KEY: "x"}),
    "echoed in the content type": respond(200, b"<html>", content_type=f"text/{KEY}"),
    "echoed in invalid JSON": respond(200, f"<html>{KEY}".encode()),
    "echoed in invalid UTF-8": respond(200, f'{{"a": "{KEY}\xff"}}'.encode("latin-1")),
    "echoed with an undocumented status": respond(299, f'"{KEY}"'.encode()),
    "echoed in the name of a field": respond(
        200,
        f'{{"conversationId": "c", "accountId": "a", "projectId": "p", "metrics": {{"{KEY}": 1}}, '
        f'"turns": ["{KEY}"]}}'.encode(),
    ),
    "echoed with JSON escapes": respond(400, f'{{"error_message": "{KEY_IN_JSON}"}}'.encode()),
    "echoed in UTF-16": respond(400, json.dumps({"error_message": KEY}).encode("utf-16")),
    "echoed with URL escapes": respond(302, location=f"https://elsewhere/{KEY_IN_URL}"),
    "echoed in a header": respond(400, x_polyai_correlation_id=KEY),
    "echoed in a body": respond(400, json.dumps({"error_message": f"bad key {KEY}"}).encode()),
    "echoed in a redirect": respond(302, location=f"https://elsewhere/{KEY}"),
    "echoed in a success response": respond(200, f'{{"conversationId": "{KEY}"}}'.encode()),
    "invalid JSON": respond(200, b"<html>"),
    "connection closed": close_connection,
    "timeout": hang,
}


@pytest.mark.parametrize("responder", LEAKS.values(), ids=LEAKS)
def test_the_key_does_not_leak(connect: Connect, responder: Responder) -> None:
    recorder = LogRecorder()
    root = logging.getLogger()
    root.addHandler(recorder)
    root.setLevel(logging.DEBUG)
    try:
        with FaultyServer(responder) as server:
            client = connect(
                api_key=KEY, region=None, base_url=server.url, timeout=0.5, max_retries=0
            )
            error = raised_by(lambda: client.get_conversation("id"))
            recording_error = raised_by(lambda: client.read_audio("id"))
            assert server.requests[0].headers["x-api-key"] == KEY
    finally:
        root.removeHandler(recorder)
        root.setLevel(logging.WARNING)
    places = {
        "the error of a recording": repr(recording_error)
        + str(recording_error)
        + repr(vars(recording_error)),
        "the request of its cause": repr(_headers_of_cause(error)),
        "the error": repr(error) + str(error) + repr(vars(error)),
        "its pickle": repr(pickle.dumps(error)),
        "its traceback": "".join(traceback.format_exception(error)),
        "the variables of its frames": "".join(_frames_with_variables(error)),
        "the log": "".join(recorder.records),
        "the traceback of Rich": _rich_traceback(error),
        "the client": repr(client) + repr(vars(client)),
    }
    for place, text in places.items():
        assert KEY not in text, f"{place} contains the key"


def _headers_of_cause(error: BaseException) -> list[dict[str, str]]:
    cause = error.__cause__
    return [dict(cause.request.headers)] if isinstance(cause, httpx.RequestError) else []


def _frames_with_variables(error: BaseException) -> list[str]:
    """Render frames as an error tracker does, except those of the test itself."""
    frames: list[str] = []
    cause: BaseException | None = error
    while cause is not None:
        rendered = traceback.TracebackException.from_exception(cause, capture_locals=True)
        frames += [
            f"{frame.filename} {frame.name} {frame.locals}"
            for frame in rendered.stack
            if "/tests/" not in frame.filename and "asyncio" not in frame.filename
        ]
        cause = cause.__context__ or cause.__cause__
    return frames


def _rich_traceback(error: BaseException) -> str:
    """Render a traceback with local variables, except those of the test itself."""
    console = Console(file=io.StringIO(), width=500)
    suppressed: list[str | ModuleType] = [asyncio, concurrent.futures, str(Path(__file__).parent)]
    rendered = Traceback.from_exception(
        type(error), error, error.__traceback__, show_locals=True, suppress=suppressed
    )
    for stack in rendered.trace.stacks:
        stack.frames = [frame for frame in stack.frames if "/tests/" not in frame.filename]
    with console.capture() as capture:
        console.print(rendered)
    return capture.get()


@pytest.mark.parametrize(
    "setting",
    [{"agent_id": ""}, {"region": "mars"}, {"timeout": -1}, {"api_key": f"{KEY}\n"}],
    ids=["agent_id", "region", "timeout", "api_key"],
)
def test_a_refused_setting_does_not_show_the_key_in_the_constructor(
    connect: Connect, setting: dict[str, Any]
) -> None:
    error = raised_by(lambda: connect(**{"api_key": KEY, **setting}))
    frames = _frames_with_variables(error)
    assert any("__init__" in frame and "agent_id" in frame for frame in frames)
    assert KEY not in "".join(frames) + _rich_traceback(error)


class InterruptedStream(httpcore.MockStream):
    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        raise KeyboardInterrupt


class AsyncInterruptedStream(httpcore.AsyncMockStream):
    async def write(self, *_: Any, **__: Any) -> None:
        raise asyncio.CancelledError("interrupted")


class InterruptedBackend(httpcore.MockBackend):
    def connect_tcp(self, *_: Any, **__: Any) -> httpcore.NetworkStream:
        return InterruptedStream([])


class AsyncInterruptedBackend(httpcore.AsyncMockBackend):
    async def connect_tcp(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        return AsyncInterruptedStream([])


@pytest.mark.parametrize("streamed", [False, True], ids=["buffered", "streamed"])
def test_an_interrupted_write_does_not_show_the_key(kind: str, streamed: bool) -> None:
    sync_transport, async_transport = httpx.HTTPTransport(), httpx.AsyncHTTPTransport()
    sync_transport._pool = httpcore.ConnectionPool(network_backend=InterruptedBackend([]))
    async_transport._pool = httpcore.AsyncConnectionPool(
        network_backend=AsyncInterruptedBackend([])
    )
    settings: dict[str, Any] = {"api_key": KEY, "agent_id": "a", "base_url": "http://localhost:1"}

    def call() -> None:
        client = ConversationsClient(**settings, transport=sync_transport)
        if not streamed:
            client.list_page()
        with client.open_audio("id"):
            pass

    async def async_call() -> None:
        client = AsyncConversationsClient(**settings, transport=async_transport)
        if not streamed:
            await client.list_page()
        async with client.open_audio("id"):
            pass

    with pytest.raises((KeyboardInterrupt, asyncio.CancelledError)) as caught:
        call() if kind == "sync" else asyncio.run(async_call())
    frames = "".join(_frames_with_variables(caught.value))
    assert "handle_request" in frames or "handle_async_request" in frames
    assert KEY not in frames + _rich_traceback(caught.value)


@pytest.mark.parametrize("look_up", [httpx.Headers.__getitem__, httpx.Headers.pop])
def test_frames_of_headers_are_cut(look_up: Callable[..., str]) -> None:
    with pytest.raises(KeyError) as caught:
        look_up(httpx.Headers({"X-API-KEY": KEY}), "x-missing")
    assert KEY in "".join(_frames_with_variables(caught.value))
    cut_library_frames(caught.value)
    assert KEY not in "".join(_frames_with_variables(caught.value))


def test_the_cause_of_a_connection_error_has_no_traceback(connect: Connect) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        headers = dict(request.headers)  # frames of the HTTP libraries hold them as well
        raise httpx.WriteError(f"broken pipe, {len(headers)} headers")

    client = connect(api_key=KEY, transport=httpx.MockTransport(fail), max_retries=0)
    error = raised_by(client.list_page)
    assert isinstance(error.__cause__, httpx.WriteError)
    assert error.__cause__.__traceback__ is None, "the frames contain the key"


def test_a_client_cannot_be_pickled(connect: Connect, kind: str) -> None:
    client = connect()
    inner = client if kind == "sync" else vars(client)["_client"]
    with pytest.raises(TypeError, match="API key"):
        pickle.dumps(inner)


ESCAPES: list[Callable[[str], str]] = [
    lambda letter: letter,
    lambda letter: f"\\{letter}",
    lambda letter: f"\\u{ord(letter):04x}",
    lambda letter: f"\\u{ord(letter):04X}",
    lambda letter: f"%{ord(letter):02x}",
    lambda letter: f"%{ord(letter):02X}",
]


@given(
    key=st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1),
    data=st.data(),
)
def test_the_key_is_replaced_in_any_mixture_of_escapes(key: str, data: st.DataObject) -> None:
    request = httpx.Request("GET", "https://api.us.poly.ai", extensions={API_KEY: ApiKey(key)})
    escaped = "".join(data.draw(st.sampled_from(ESCAPES))(letter) for letter in key)
    assert redact_key(request, f"\n{escaped}\n".encode()) == b"\n[key]\n"


# The parts of a key that contains the beginning of an escape can be read in several ways.
SIMPLE = st.characters(codec="ascii", exclude_categories=["Cc"], exclude_characters="%\\")


@given(key=st.text(SIMPLE, min_size=5), data=st.data())
def test_a_part_of_the_key_at_the_end_of_a_beginning_is_replaced(
    key: str, data: st.DataObject
) -> None:
    request = httpx.Request("GET", "https://api.us.poly.ai", extensions={API_KEY: ApiKey(key)})
    length = data.draw(st.integers(4, len(key) - 1))
    escape = st.sampled_from(ESCAPES)
    rest = data.draw(escape)(key[length])
    rest = rest[: data.draw(st.integers(0, len(rest) - 1))]
    escaped = "".join(data.draw(escape)(letter) for letter in key[:length]) + rest
    redacted = redact_beginning(request, f"\n{escaped}".encode())
    # The beginning of an escape can complete a key that ends in u; its rest stays.
    assert re.fullmatch(rb"\n\[key\].{0,4}", redacted)


@pytest.mark.parametrize("text", [b"the", b"", b"the-key-to-success"])
def test_a_beginning_without_a_part_of_the_key_at_its_end_stays_as_it_is(text: bytes) -> None:
    request = httpx.Request("GET", "https://api.us.poly.ai", extensions={API_KEY: ApiKey(KEY)})
    assert redact_beginning(request, text) == text
