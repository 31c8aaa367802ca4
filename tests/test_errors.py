"""Errors have the right class, say what to do, keep the response, and never contain the key."""

from __future__ import annotations

import copy
import email.utils
import gzip
import json
import pickle
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import polyai_conversations
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
    DeadlineExceededError,
    ExportError,
    FileBusyError,
    IncompleteDownloadError,
    IncompleteRecordingError,
    NotAWavError,
    NotFoundError,
    PaginationError,
    PermissionDeniedError,
    RateLimitError,
    RecordingError,
    ResponseTooLargeError,
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

ERROR_BODY = {
    "success": False,
    "error": "Not Found",
    "error_id": "id-of-the-error",
    "error_code": "CONVERSATIONS_NOT_FOUND",
    "error_message": "there is no such conversation",
    "data": None,
}
IDS = {"conversationId": "id", "accountId": "a", "projectId": "p"}


@pytest.fixture
def serve(connect: Connect) -> Serve:
    """Makes a client that receives the same response to every request."""

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
    "error envelope": json.dumps(ERROR_BODY).encode(),
    "HTML": b"<html><body>Bad gateway</body></html>",
    "empty": b"",
    "not UTF-8": b"\xff\xfe\x00",
    "array": b"[1, 2]",
    "too deeply nested": b"[" * 100_000,
    "other types": b'{"error_code": 3, "error_message": ["x"], "error_id": null}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("status", CLASSES)
def test_the_error_class_depends_only_on_the_status(serve: Serve, status: int, body: bytes) -> None:
    error = raised_by(lambda: serve(status, content=body).get_conversation("id"))
    assert type(error) is CLASSES[status]
    assert (error.status_code, error.body) == (status, body)
    assert str(status) in str(error)


def test_every_status_has_an_error_class() -> None:
    assert all(issubclass(error_class(status), APIStatusError) for status in range(1000))


def test_the_error_envelope_becomes_attributes(serve: Serve) -> None:
    error = raised_by(lambda: serve(404, json=ERROR_BODY).get_conversation("id"))
    assert error.error_code == "CONVERSATIONS_NOT_FOUND"
    assert error.error_id == "id-of-the-error"
    assert error.error_message == "there is no such conversation"
    assert error.message == str(error)
    assert "CONVERSATIONS_NOT_FOUND: there is no such conversation" in error.message
    assert error.retry_after is None


def test_a_401_error_names_the_host_and_says_that_keys_work_in_one_region(serve: Serve) -> None:
    message = str(raised_by(lambda: serve(401, settings={"region": "eu"}).list_page()))
    assert "api.eu.poly.ai" in message
    assert "only in the region" in message


def test_a_404_error_names_the_host_and_the_region_as_a_possible_cause(serve: Serve) -> None:
    client = serve(404, json=ERROR_BODY, settings={"region": "eu"})
    message = str(raised_by(lambda: client.get_conversation("id")))
    assert "api.eu.poly.ai" in message
    assert "another region may respond like this" in message


def test_a_missing_recording_is_not_blamed_on_the_settings(serve: Serve) -> None:
    body = {**ERROR_BODY, "error_code": "CONVERSATIONS_RECORDING_NOT_FOUND"}
    message = str(raised_by(lambda: serve(404, json=body).read_audio("id")))
    assert "a call has none until it ends" in message
    assert "agent_id" not in message


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("agent", ["PROJECT-TEST", "an/agent é"])
def test_a_403_or_404_error_names_the_agent(serve: Serve, status: int, agent: str) -> None:
    client = serve(status).for_agent(agent)
    assert repr(agent) in str(raised_by(client.list_page))


RETRY_AFTER = {
    "seconds": ("7", 7, "in 7 s"),
    "future date": (email.utils.formatdate(time.time() + 3600, usegmt=True), 3600, "Try again in "),
    "past date": ("Mon, 01 Jan 2024 00:00:00 GMT", 0, "in 1 s"),
    "no header": (None, None, "fewer requests"),
    "invalid header": ("soon", None, "fewer requests"),
    "more than the largest number": ("9" * 400, None, "fewer requests"),
}


@pytest.mark.parametrize(("header", "seconds", "message"), RETRY_AFTER.values(), ids=RETRY_AFTER)
def test_a_429_error_says_when_to_try_again(
    serve: Serve, header: str | None, seconds: float | None, message: str
) -> None:
    headers = {} if header is None else {"retry-after": header}
    error = raised_by(lambda: serve(429, headers=headers).list_page())
    assert error.retry_after == (seconds if seconds is None else pytest.approx(seconds, abs=900))
    assert message in str(error)


def page(*rows: Any, **changes: Any) -> dict[str, Any]:
    return {"conversations": list(rows), "count": 2, "limit": 50, "offset": 0, **changes}


GET: Any = lambda client: client.get_conversation("id")  # noqa: E731
LIST: Any = lambda client: client.list_page()  # noqa: E731
NOTE: Any = lambda client: client.upsert_note("id", "note")  # noqa: E731
VIOLATIONS: dict[str, tuple[Any, Any, str | None, str]] = {
    "missing field": (GET, {"conversationId": "c", "accountId": "a"}, "projectId", "missing"),
    "wrong type": (GET, {**IDS, "projectId": 3}, "projectId", "a string, not an int"),
    "null for a required field": (GET, {**IDS, "accountId": None}, "accountId", "not null"),
    "missing field in an array": (
        LIST,
        page(IDS, {"conversationId": "c", "projectId": "p"}),
        "conversations[1].accountId",
        "missing",
    ),
    "wrong type in an array": (
        LIST,
        page(IDS, "row"),
        "conversations[1]",
        "an object, not a string",
    ),
    "object instead of an array": (LIST, page(conversations={}), "conversations", "an array"),
    "null instead of an array": (LIST, page(conversations=None), "conversations", "an array"),
    "string instead of an integer": (LIST, page(count="two"), "count", "an integer, not a string"),
    "boolean instead of an integer": (
        LIST,
        page(count=True),
        "count",
        "an integer, not true or false",
    ),
    "string instead of turns": (GET, {**IDS, "turns": "hello"}, "turns", "an array"),
    "number instead of a turn": (GET, {**IDS, "turns": [{}, 3]}, "turns[1]", "an object"),
    "array instead of metrics": (GET, {**IDS, "metrics": [1]}, "metrics", "an object"),
    "string instead of tags": (GET, {**IDS, "tags": "vip"}, "tags", "an array"),
    "array instead of the body": (GET, [IDS], None, "an object, not an array"),
    "success is false": (NOTE, {"success": False}, "success", "did not accept the change"),
    "success is a string": (NOTE, {"success": "maybe"}, "success", "did not accept the change"),
}


@pytest.mark.parametrize(("call", "body", "field", "problem"), VIOLATIONS.values(), ids=VIOLATIONS)
def test_a_response_that_violates_the_contract_names_the_field(
    serve: Serve, call: Any, body: Any, field: str | None, problem: str
) -> None:
    client = serve(200, json=body, headers={"X-PolyAI-Correlation-Id": "from-the-server"})
    error = raised_by(lambda: call(client))
    assert type(error) is ResponseValidationError
    assert error.field == field
    assert problem in str(error)
    assert json.loads(error.body) == body
    assert (error.status_code, error.correlation_id) == (200, "from-the-server")


UNPARSEABLE = {
    "HTML": (200, b"<html>"),
    "empty": (200, b""),
    "not UTF-8": (200, b'{"a": "\xff"}'),
    "too deeply nested": (200, b"[" * 100_000),
    "status 204": (204, b""),
    "status 202": (202, json.dumps(IDS).encode()),
}


@pytest.mark.parametrize(("status", "body"), UNPARSEABLE.values(), ids=UNPARSEABLE)
def test_an_unparseable_success_response_raises_response_validation_error(
    serve: Serve, status: int, body: bytes
) -> None:
    error = raised_by(lambda: serve(status, content=body).get_conversation("id"))
    assert type(error) is ResponseValidationError
    assert (error.field, error.body, error.status_code) == (None, body, status)


TOLERATED: dict[str, dict[str, Any]] = {
    "unknown fields": {"experimentId": "x", "turns": [{"mood": "good"}], "metrics": {"m": [1, 2]}},
    "object instead of a summary string": {"shortSummary": {"heading": "h", "content": "c"}},
    "unknown enum values": {"channel": "SMOKE-SIGNAL", "direction": "sideways"},
    "numbers of another type": {"language": 3, "duration": 1.5},
    "empty strings": {"note": "", "handoffReason": ""},
}


@pytest.mark.parametrize("fields", TOLERATED.values(), ids=TOLERATED)
def test_harmless_deviations_are_accepted_and_kept(serve: Serve, fields: dict[str, Any]) -> None:
    conversation = serve(200, json={**IDS, **fields}).get_conversation("id")
    assert conversation.to_dict() == {**IDS, **fields}


def test_a_success_response_without_the_success_field_means_success(serve: Serve) -> None:
    assert serve(200, json={}).upsert_note("id", "note").success is True


def test_every_optional_field_can_be_null(serve: Serve) -> None:
    nulls = dict.fromkeys(("createdAt", "duration", "inProgress", "tags", "polyScore", "note"))
    nulls |= dict.fromkeys(("turns", "metrics", "functionEvents"))
    conversation = serve(200, json={**IDS, **nulls}).get_conversation("id")
    assert conversation.turns is None
    assert conversation.to_dict() == {**IDS, **nulls}


names = st.text(max_size=5)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | names,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=4,
)
TURN = st.dictionaries(st.sampled_from(["user_input", "latency", "intents", "x"]), JSON)


@settings(max_examples=100)
@given(
    unknown=st.dictionaries(names.map(lambda key: "x" + key), JSON, max_size=3),
    turns=st.none() | st.lists(TURN.filter(lambda turn: _is_list(turn.get("intents"))), max_size=3),
    metrics=st.none() | st.dictionaries(names, JSON, max_size=3),
)
def test_models_keep_everything_that_the_server_sends(
    unknown: Any, turns: Any, metrics: Any
) -> None:
    body = {**unknown, **IDS, "turns": turns, "metrics": metrics}
    assert ConversationDetailResponse.from_dict(body).to_dict() == body


def _is_list(value: object) -> bool:
    return value is None or isinstance(value, list)


def test_unset_stays_the_same_object_when_pickled_or_copied() -> None:
    conversation = ConversationDetailResponse.from_dict(IDS)
    for duplicate in (pickle.loads(pickle.dumps(conversation)), copy.deepcopy(conversation)):
        assert duplicate.note is UNSET
        assert duplicate.to_dict() == IDS


def test_a_corrupt_compressed_body_raises_api_connection_error(serve: Serve) -> None:
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
    DeadlineExceededError("text"),
    *(
        kind(
            "text",
            status_code=status,
            body=b"\xff",
            error_code="CODE",
            error_id="id",
            error_message="message",
            retry_after=1.5,
            correlation_id="id",
        )
        for kind, status in {kind: status for status, kind in CLASSES.items()}.items()
    ),
    ResponseValidationError("text", status_code=200, body=b"\xff", field="f", correlation_id="id"),
    RecordingError("text", status_code=200, body=b"RIFF"),
    NotAWavError("text", status_code=200, body=b"<html>"),
    IncompleteDownloadError("text", received=1, expected=2, status_code=200),
    IncompleteRecordingError("text", received=1, expected=2, status_code=200),
    ResponseTooLargeError("text", status_code=200, body=b"[", limit=1),
    PaginationError("text", next_offset=3),
]


@pytest.mark.parametrize("error", SAMPLES, ids=lambda error: type(error).__name__)
def test_errors_can_be_pickled_and_copied(error: ConversationsError) -> None:
    pickled = [
        pickle.loads(pickle.dumps(error, protocol))
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    ]
    for duplicate in [*pickled, copy.deepcopy(error), copy.copy(error)]:
        assert type(duplicate) is type(error)
        assert str(duplicate) == str(error) == "text"
        assert vars(duplicate) == vars(error)


def test_every_error_class_is_public_and_has_a_sample_above() -> None:
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
