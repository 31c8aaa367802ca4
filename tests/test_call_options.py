"""Options of single calls: `with_options`, and the access to status and headers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from faulty_server import FaultyServer, hang, respond
from polyai_conversations import (
    APITimeoutError,
    ConfigurationError,
    RetryPolicy,
    ServerError,
)
from polyai_conversations._http.call_options import check_header_values
from polyai_conversations_api.api.conversations import add_annotations, get_conversation

if TYPE_CHECKING:
    from clients import Connect
    from polyai_conversations.models import AnnotationDict

DETAIL = b'{"conversationId": "KA-1", "accountId": "a", "projectId": "p"}'
NOTE = respond(200, b'{"success": true}')
BUSY = respond(503, retry_after="0")
ANNOTATION: AnnotationDict = {"turnId": 0, "role": "user", "annotationType": "wrong_info"}


def test_a_timeout_applies_to_the_calls_of_one_client(connect: Connect) -> None:
    with FaultyServer(hang, respond(200, DETAIL)) as server:
        client = connect(base_url=server.url, max_retries=0)
        with pytest.raises(APITimeoutError):
            client.with_options(timeout=0.1).get_conversation("KA-1")
        assert client.get_conversation("KA-1").conversation_id == "KA-1"


@pytest.mark.parametrize(
    ("options", "requests"),
    [({}, 2), ({"max_retries": 0}, 1), ({"retry_policy": RetryPolicy(max_retries=0)}, 1)],
    ids=["unchanged", "max_retries", "retry_policy"],
)
def test_retries_apply_to_the_calls_of_one_client(
    connect: Connect, options: dict[str, Any], requests: int
) -> None:
    with FaultyServer(BUSY) as server:
        client = connect(base_url=server.url, max_retries=1).with_options(**options)
        with pytest.raises(ServerError):
            client.get_conversation("KA-1")
    assert len(server.requests) == requests


def test_max_retries_keeps_the_delays_of_the_policy(connect: Connect) -> None:
    with FaultyServer(respond(503), respond(200, DETAIL)) as server:
        policy = RetryPolicy(max_retries=0, initial_backoff=3600, jitter=lambda _: 0.0)
        client = connect(base_url=server.url, retry_policy=policy)
        client.with_options(max_retries=1).get_conversation("KA-1")
    assert len(server.requests) == 2


def test_a_post_that_is_marked_as_idempotent_is_retried(connect: Connect) -> None:
    with FaultyServer(BUSY, NOTE) as server:
        client = connect(base_url=server.url)
        client.with_options(idempotent=True).add_annotations("KA-1", [ANNOTATION])
    assert len(server.requests) == 2


def test_a_get_that_is_marked_as_not_idempotent_is_not_retried(connect: Connect) -> None:
    with FaultyServer(BUSY) as server:
        client = connect(base_url=server.url).with_options(idempotent=False)
        with pytest.raises(ServerError):
            client.get_conversation("KA-1")
    assert len(server.requests) == 1


def test_headers_are_added_to_each_request_and_to_those_of_further_options(
    connect: Connect,
) -> None:
    with FaultyServer(respond(200, DETAIL)) as server:
        client = connect(base_url=server.url)
        tagged = client.with_options(headers={"X-Team": "quality"})
        tagged.with_options(headers={"X-PolyAI-Correlation-Id": "mine"}).get_conversation("KA-1")
        client.get_conversation("KA-1")
    first, second = (request.headers for request in server.requests)
    assert (first["x-team"], first["x-polyai-correlation-id"]) == ("quality", "mine")
    assert "x-team" not in second


def test_clients_with_options_share_connections_and_keep_their_agent(connect: Connect) -> None:
    with FaultyServer(respond(200, DETAIL)) as server:
        client = connect(base_url=server.url)
        other = client.for_agent("OTHER").with_options(timeout=1)
        assert other.agent_id == "OTHER"
        other.get_conversation("KA-1")
        other.close()
        client.get_conversation("KA-1")
        assert len(server.connections) == 1
    assert "/agents/OTHER/" in server.requests[0].path


def test_a_detailed_call_returns_status_headers_and_correlation_id(connect: Connect) -> None:
    response = respond(200, DETAIL, X_PolyAI_Correlation_Id="abc", X_Quota="7")
    with FaultyServer(response) as server:
        detailed = connect(base_url=server.url).call_detailed(get_conversation, "KA-1")
    assert detailed.result.conversation_id == "KA-1"
    assert (detailed.status_code, detailed.headers["x-quota"]) == (200, "7")
    assert detailed.correlation_id == "abc"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"timeout": 0}, "timeout must be a positive number"),
        ({"timeout": None}, "timeout must be a positive number"),
        ({"deadline": -1}, "deadline must be a positive number"),
        ({"deadline": True}, "deadline must be a positive number"),
        ({"max_retries": -1}, "max_retries must be a whole number"),
        ({"max_retries": 1, "retry_policy": RetryPolicy()}, "either max_retries or retry_policy"),
        ({"idempotent": "yes"}, "idempotent must be True or False"),
        ({"max_body_bytes": 0}, "max_body_bytes must be a positive whole number"),
        ({"headers": ["X-Team"]}, "headers must be a mapping"),
        ({"headers": {"X Team": "a"}}, "'X Team' is not the name of a header"),
        ({"headers": {"X-Team": "a\r\nX-Other: b"}}, "the value of X-Team must be a string of"),
        ({"headers": {"x-api-key": "a"}}, "the client sets x-api-key itself"),
    ],
)
def test_an_invalid_option_is_refused(
    connect: Connect, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        connect().with_options(**options)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "requires the argument 'body'"),
        ({"body": {"annotations": []}}, "body must be an instance of AddAnnotationsBody, not"),
        ({"body": None, "colour": 1}, "has no argument 'colour'; it has: conversation_id, body"),
    ],
)
def test_invalid_arguments_of_a_generated_operation_are_refused(
    connect: Connect, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        connect().call(add_annotations, "KA-1", **arguments)


@pytest.mark.parametrize("value", ["a\r\nX-Other: b", "a\0", " a", "café"])
def test_a_header_that_cannot_be_sent_is_refused(value: str) -> None:
    request = httpx.Request(
        "GET", "https://api.us.poly.ai", headers=[(b"X-Reader", value.encode())]
    )
    with pytest.raises(ValueError, match="the value of the header x-reader must be printable"):
        check_header_values(request)
