"""Errors as an interface: the right class, the evidence, the remedy, and never the key."""

from __future__ import annotations

import copy
import email.utils
import gzip
import json
import logging
import pickle
import time
import traceback
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

import polyai_conversations
from faulty_server import FaultyServer, close_connection, hang, respond
from polyai_conversations import (
    APIConnectionError,
    APIError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    ConflictError,
    ConversationsError,
    ExportError,
    FileBusyError,
    IncompleteRecordingError,
    NotAWavError,
    NotFoundError,
    PaginationError,
    PermissionDeniedError,
    RateLimitError,
    RecordingError,
    ResponseValidationError,
    ServerError,
    UnprocessableEntityError,
)
from polyai_conversations.errors import error_class
from polyai_conversations.models import UNSET, ConversationDetailResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    from clients import Connect

    Serve = Callable[..., Any]

ENVELOPE = {
    "success": False,
    "error": "Not Found",
    "error_id": "id-of-the-error",
    "error_code": "CONVERSATIONS_NOT_FOUND",
    "error_message": "there is no such conversation",
    "data": None,
}
IDS = {"conversationId": "c", "accountId": "a", "projectId": "p"}


@pytest.fixture
def serve(connect: Connect) -> Serve:
    """Give a client that gets this answer to everything."""

    def serve(status: int = 200, **content: Any) -> Any:
        settings = content.pop("settings", {})
        return connect(
            transport=httpx.MockTransport(lambda _: httpx.Response(status, **content)),
            max_retries=0,
            **settings,
        )

    return serve


def raised_by(call: Callable[[], Any]) -> Any:
    with pytest.raises(ConversationsError) as caught:
        call()
    return caught.value


CLASSES = {
    302: APIStatusError,
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    405: APIStatusError,
    409: ConflictError,
    418: APIStatusError,
    422: UnprocessableEntityError,
    429: RateLimitError,
    499: APIStatusError,
    500: ServerError,
    503: ServerError,
    520: ServerError,
    599: ServerError,
    600: APIStatusError,
}
BODIES = {
    "the envelope": json.dumps(ENVELOPE).encode(),
    "HTML": b"<html><body>Bad gateway</body></html>",
    "nothing": b"",
    "not UTF-8": b"\xff\xfe\x00",
    "a list": b"[1, 2]",
    "nested too deep": b"[" * 100_000,
    "other types": b'{"error_code": 3, "error_message": ["x"], "error_id": null}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("status", CLASSES)
def test_any_status_and_any_body_give_the_right_class(
    serve: Serve, status: int, body: bytes
) -> None:
    error = raised_by(lambda: serve(status, content=body).get_conversation("id"))
    assert type(error) is CLASSES[status]
    assert (error.status_code, error.body) == (status, body)
    assert str(status) in str(error)


def test_every_status_number_has_a_class() -> None:
    assert all(issubclass(error_class(status), APIStatusError) for status in range(1000))


def test_the_envelope_is_told(serve: Serve) -> None:
    error = raised_by(lambda: serve(404, json=ENVELOPE).get_conversation("id"))
    assert error.error_code == "CONVERSATIONS_NOT_FOUND"
    assert error.error_id == "id-of-the-error"
    assert error.error_message == "there is no such conversation"
    assert error.message == str(error)
    assert "CONVERSATIONS_NOT_FOUND: there is no such conversation" in error.message
    assert error.retry_after is None


def test_a_401_names_the_host_and_that_keys_belong_to_one_region(serve: Serve) -> None:
    message = str(raised_by(lambda: serve(401, settings={"region": "eu"}).list_page()))
    assert "api.eu.poly.ai" in message
    assert "only in the region" in message


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("agent", ["PROJECT-TEST", "an/agent é"])
def test_a_403_or_404_names_the_agent(serve: Serve, status: int, agent: str) -> None:
    client = serve(status).for_agent(agent)
    assert repr(agent) in str(raised_by(client.list_page))


SAID = {
    "seconds": ("7", 7, "in 7 s"),
    "a date": (email.utils.formatdate(time.time() + 3600, usegmt=True), 3600, "Try again in "),
    "a date gone by": ("Mon, 01 Jan 2024 00:00:00 GMT", 0, "in 0 s"),
    "nothing": (None, None, "fewer requests"),
    "garbage": ("soon", None, "fewer requests"),
}


@pytest.mark.parametrize(("said", "seconds", "message"), SAID.values(), ids=SAID)
def test_a_429_says_when_to_come_back(
    serve: Serve, said: str | None, seconds: float | None, message: str
) -> None:
    headers = {} if said is None else {"retry-after": said}
    error = raised_by(lambda: serve(429, headers=headers).list_page())
    assert error.retry_after == (seconds if seconds is None else pytest.approx(seconds, abs=900))
    assert message in str(error)


def page(*rows: Any, **changes: Any) -> dict[str, Any]:
    return {"conversations": list(rows), "count": 2, "limit": 50, "offset": 0, **changes}


READ: Any = lambda client: client.get_conversation("id")  # noqa: E731
LIST: Any = lambda client: client.list_page()  # noqa: E731
NOTE: Any = lambda client: client.upsert_note("id", "note")  # noqa: E731
BREACHES: dict[str, tuple[Any, Any, str | None, str]] = {
    "a field is missing": (READ, {"conversationId": "c", "accountId": "a"}, "projectId", "missing"),
    "a field of another type": (READ, {**IDS, "projectId": 3}, "projectId", "a string, not an int"),
    "null for a required field": (READ, {**IDS, "accountId": None}, "accountId", "not null"),
    "a field of a row": (
        LIST,
        page(IDS, {"conversationId": "c", "projectId": "p"}),
        "conversations[1].accountId",
        "missing",
    ),
    "a row that is none": (LIST, page(IDS, "row"), "conversations[1]", "an object, not a string"),
    "rows that are no array": (LIST, page(conversations={}), "conversations", "an array"),
    "rows that are null": (LIST, page(conversations=None), "conversations", "an array"),
    "a total in words": (LIST, page(count="two"), "count", "an integer, not a string"),
    "a total of true": (LIST, page(count=True), "count", "an integer, not true or false"),
    "turns that are no array": (READ, {**IDS, "turns": "hello"}, "turns", "an array"),
    "a turn that is none": (READ, {**IDS, "turns": [{}, 3]}, "turns[1]", "an object"),
    "metrics that are no object": (READ, {**IDS, "metrics": [1]}, "metrics", "an object"),
    "tags that are no array": (READ, {**IDS, "tags": "vip"}, "tags", "an array"),
    "a body that is no object": (READ, [IDS], None, "an object, not an array"),
    "a change that was rejected": (
        NOTE,
        {"success": False},
        "success",
        "did not accept the change",
    ),
    "a success flag that is not a boolean": (
        NOTE,
        {"success": "maybe"},
        "success",
        "did not accept the change",
    ),
}


@pytest.mark.parametrize(("call", "body", "field", "problem"), BREACHES.values(), ids=BREACHES)
def test_a_success_that_breaks_the_contract_names_the_field(
    serve: Serve, call: Any, body: Any, field: str | None, problem: str
) -> None:
    client = serve(200, json=body, headers={"X-PolyAI-Correlation-Id": "theirs"})
    error = raised_by(lambda: call(client))
    assert type(error) is ResponseValidationError
    assert error.field == field
    assert problem in str(error)
    assert json.loads(error.body) == body
    assert (error.status_code, error.correlation_id) == (200, "theirs")


NO_JSON = {
    "HTML": (200, b"<html>"),
    "nothing": (200, b""),
    "not UTF-8": (200, b'{"a": "\xff"}'),
    "nested too deep": (200, b"[" * 100_000),
    "204": (204, b""),
    "202": (202, json.dumps(IDS).encode()),
}


@pytest.mark.parametrize(("status", "body"), NO_JSON.values(), ids=NO_JSON)
def test_a_success_without_its_json_is_told(serve: Serve, status: int, body: bytes) -> None:
    error = raised_by(lambda: serve(status, content=body).get_conversation("id"))
    assert type(error) is ResponseValidationError
    assert (error.field, error.body, error.status_code) == (None, body, status)


TOLERATED: dict[str, dict[str, Any]] = {
    "unknown fields": {"experimentId": "x", "turns": [{"mood": "good"}], "metrics": {"m": [1, 2]}},
    "a summary that is an object": {"shortSummary": {"heading": "h", "content": "c"}},
    "unknown values": {"channel": "SMOKE-SIGNAL", "direction": "sideways"},
    "a number where text was expected": {"language": 3, "duration": 1.5},
    "empty text": {"note": "", "handoffReason": ""},
}


@pytest.mark.parametrize("fields", TOLERATED.values(), ids=TOLERATED)
def test_what_servers_vary_in_is_taken_and_given_back(serve: Serve, fields: dict[str, Any]) -> None:
    conversation = serve(200, json={**IDS, **fields}).get_conversation("id")
    assert conversation.to_dict() == {**IDS, **fields}


def test_null_is_taken_for_every_optional_field(serve: Serve) -> None:
    nulls = dict.fromkeys(("createdAt", "duration", "inProgress", "tags", "polyScore", "note"))
    nulls |= dict.fromkeys(("turns", "metrics", "functionEvents"))
    conversation = serve(200, json={**IDS, **nulls}).get_conversation("id")
    assert conversation.turns is None
    assert conversation.to_dict() == {**IDS, **nulls}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
TURN = st.dictionaries(st.sampled_from(["user_input", "latency", "intents", "x"]), JSON)


@given(
    unknown=st.dictionaries(st.text().map(lambda key: "x" + key), JSON),
    turns=st.none() | st.lists(TURN.filter(lambda turn: _is_list(turn.get("intents"))), max_size=3),
    metrics=st.none() | st.dictionaries(st.text(), JSON),
)
def test_models_round_trip_whatever_came(unknown: Any, turns: Any, metrics: Any) -> None:
    body = {**unknown, **IDS, "turns": turns, "metrics": metrics}
    assert ConversationDetailResponse.from_dict(body).to_dict() == body


def _is_list(value: object) -> bool:
    return value is None or isinstance(value, list)


def test_unset_stays_itself_when_pickled_or_copied() -> None:
    conversation = ConversationDetailResponse.from_dict(IDS)
    for twin in (pickle.loads(pickle.dumps(conversation)), copy.deepcopy(conversation)):
        assert twin.note is UNSET
        assert twin.to_dict() == IDS


def test_a_garbled_body_is_a_connection_error(serve: Serve) -> None:
    body = gzip.compress(b"{}")[:-4] + b"oops"
    client = serve(200, stream=httpx.ByteStream(body), headers={"content-encoding": "gzip"})
    assert isinstance(raised_by(lambda: client.get_conversation("id")), APIConnectionError)


SAMPLES: list[ConversationsError] = [
    ConversationsError("text"),
    ConfigurationError("text"),
    ExportError("text"),
    FileBusyError("text"),
    APIError("text", correlation_id="id"),
    APIConnectionError("text", correlation_id="id"),
    APITimeoutError("text", correlation_id="id"),
    *(
        kind(
            "text",
            status_code=status,
            body=b"\xff",
            error_code="CODE",
            error_id="id",
            error_message="said",
            retry_after=1.5,
            correlation_id="id",
        )
        for kind, status in {kind: status for status, kind in CLASSES.items()}.items()
    ),
    ResponseValidationError("text", status_code=200, body=b"\xff", field="f", correlation_id="id"),
    RecordingError("text", status_code=200, body=b"RIFF"),
    NotAWavError("text", status_code=200, body=b"<html>"),
    IncompleteRecordingError("text", received=1, expected=2, status_code=200),
    PaginationError("text", next_offset=3),
]


@pytest.mark.parametrize("error", SAMPLES, ids=lambda error: type(error).__name__)
def test_errors_pickle_and_copy_whole(error: ConversationsError) -> None:
    pickled = [
        pickle.loads(pickle.dumps(error, protocol))
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    ]
    for twin in [*pickled, copy.deepcopy(error), copy.copy(error)]:
        assert type(twin) is type(error)
        assert str(twin) == str(error) == "text"
        assert vars(twin) == vars(error)


def test_all_errors_are_importable_from_the_root_and_tried_above() -> None:
    exported = {
        item
        for name in polyai_conversations.__all__
        if isinstance(item := getattr(polyai_conversations, name), type)
        and issubclass(item, Exception)
    }
    assert exported == {type(error) for error in SAMPLES}
    assert all(issubclass(kind, ConversationsError) for kind in exported)
    assert issubclass(APITimeoutError, APIConnectionError)
    assert issubclass(NotAWavError, ResponseValidationError)


KEY = "the-key-that-must-not-leak"


class Listener(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if "receive_response_headers" in record.getMessage():
            return  # httpcore tells at DEBUG what the server said, its echo of the key included
        self.heard.append(repr(vars(record)) + record.getMessage())


KEY_IN_JSON = "".join(f"\\u{ord(letter):04X}" for letter in KEY)
KEY_IN_ADDRESS = "".join(f"%{ord(letter):02x}" for letter in KEY)
LEAKS = {
    "echoed in JSON's escapes": respond(400, f'{{"error_message": "{KEY_IN_JSON}"}}'.encode()),
    "echoed in an address": respond(302, location=f"https://elsewhere/{KEY_IN_ADDRESS}"),
    "echoed in a header": respond(400, x_polyai_correlation_id=KEY),
    "echoed in a body": respond(400, json.dumps({"error_message": f"bad key {KEY}"}).encode()),
    "echoed in a target": respond(302, location=f"https://elsewhere/{KEY}"),
    "echoed in a success": respond(200, f'{{"conversationId": "{KEY}"}}'.encode()),
    "no JSON": respond(200, b"<html>"),
    "closed": close_connection,
    "hanging": hang,
}


@pytest.mark.parametrize("behaviour", LEAKS.values(), ids=LEAKS)
def test_the_key_is_nowhere(connect: Connect, behaviour: Any) -> None:
    listener = Listener()
    root = logging.getLogger()
    root.addHandler(listener)
    root.setLevel(logging.DEBUG)
    try:
        with FaultyServer(behaviour) as server:
            client = connect(
                api_key=KEY, region=None, base_url=server.url, timeout=0.1, max_retries=0
            )
            error = raised_by(lambda: client.get_conversation("id"))
            heard = raised_by(lambda: client.read_audio("id"))
            assert server.requests[0].headers["x-api-key"] == KEY
    finally:
        root.removeHandler(listener)
        root.setLevel(logging.WARNING)
    places = {
        "the error of a recording": repr(heard) + str(heard) + repr(vars(heard)),
        "the request behind it": repr(_headers_behind(error)),
        "the error": repr(error) + str(error) + repr(vars(error)),
        "its pickle": repr(pickle.dumps(error)),
        "its traceback": "".join(traceback.format_exception(error)),
        "the frames' variables": "".join(_frames_with_variables(error)),
        "the log": "".join(listener.heard),
        "the client": repr(client) + repr(vars(client)),
    }
    for place, text in places.items():
        assert KEY not in text, f"{place} shows the key"


def _headers_behind(error: BaseException) -> list[dict[str, str]]:
    cause = error.__cause__
    return [dict(cause.request.headers)] if isinstance(cause, httpx.RequestError) else []


def _frames_with_variables(error: BaseException) -> list[str]:
    """Render frames as an error tracker does; the test's own know the key by right."""
    shown: list[str] = []
    seen: BaseException | None = error
    while seen is not None:
        rendered = traceback.TracebackException.from_exception(seen, capture_locals=True)
        shown += [
            f"{frame.filename} {frame.name} {frame.locals}"
            for frame in rendered.stack
            if "/tests/" not in frame.filename and "asyncio" not in frame.filename
        ]
        seen = seen.__cause__ or seen.__context__
    return shown


def test_an_error_of_the_http_library_comes_without_its_frames(connect: Connect) -> None:
    def break_off(request: httpx.Request) -> httpx.Response:
        headers = dict(request.headers)  # what such a frame holds when sending fails
        raise httpx.WriteError(f"broken pipe, {len(headers)} headers")

    client = connect(api_key=KEY, transport=httpx.MockTransport(break_off), max_retries=0)
    error = raised_by(client.list_page)
    assert isinstance(error.__cause__, httpx.WriteError)
    assert error.__cause__.__traceback__ is None, "its frames hold the key"


def test_a_client_is_not_pickled(connect: Connect, kind: str) -> None:
    client = connect()
    inner = client if kind == "sync" else vars(client)["_client"]
    with pytest.raises(TypeError, match="API key"):
        pickle.dumps(inner)
