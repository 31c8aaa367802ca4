"""The API key appears neither in errors nor in logs, whatever the server sends."""

from __future__ import annotations

import json
import logging
import pickle
import traceback
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from faulty_server import FaultyServer, close_connection, hang, respond
from polyai_conversations import ConversationsError

if TYPE_CHECKING:
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
LEAKS = {
    "echoed with JSON escapes": respond(400, f'{{"error_message": "{KEY_IN_JSON}"}}'.encode()),
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
                api_key=KEY, region=None, base_url=server.url, timeout=0.1, max_retries=0
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
        cause = cause.__cause__ or cause.__context__
    return frames


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
