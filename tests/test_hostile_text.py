"""Text from a server cannot control a terminal, forge lines of a log or become a formula."""

from __future__ import annotations

import logging
import pickle
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest

from polyai_conversations import (
    AsyncConversationsClient,
    AsyncRecording,
    ConversationsClient,
    ConversationsError,
    Recording,
)
from polyai_conversations.cli.formatting import without_formula

if TYPE_CHECKING:
    from collections.abc import Callable

    from clients import Connect

HOSTILE: Final = "a\x1b]0;owned\x07\r\nforged: line\u2028\u202egnp.exe\u2066\x9b31m\x00"
IN_HEADER: Final = "a\x1b]0;owned\x07\u202e\x9b31m".encode()

RESPONSES: dict[str, Callable[[], httpx.Response]] = {
    "message": lambda: httpx.Response(400, json={"error_message": HOSTILE}),
    "code": lambda: httpx.Response(400, json={"error_code": HOSTILE, "error_id": HOSTILE}),
    "redirect": lambda: httpx.Response(302, headers=[(b"location", IN_HEADER)]),
    "correlation id": lambda: httpx.Response(
        500, headers=[(b"x-polyai-correlation-id", IN_HEADER)]
    ),
    "content type": lambda: httpx.Response(
        200, content=b"<html>", headers=[(b"content-type", IN_HEADER)]
    ),
    "encoding": lambda: httpx.Response(
        200, content=b"{}", headers=[(b"content-encoding", b"br, " + IN_HEADER)]
    ),
    "name of a field": lambda: httpx.Response(
        200,
        json={"conversationId": "id", "accountId": "a", "projectId": "p"}
        | {"metrics": {HOSTILE: {}}, "functionEvents": {HOSTILE: [HOSTILE]}},
    ),
    "id": lambda: httpx.Response(
        200, json={"conversationId": HOSTILE, "accountId": "a", "projectId": "p"}
    ),
}


@pytest.mark.parametrize("respond", RESPONSES.values(), ids=RESPONSES)
def test_errors_and_logs_are_one_line_without_control_characters(
    connect: Connect, respond: Callable[[], httpx.Response], caplog: pytest.LogCaptureFixture
) -> None:
    client = connect(transport=httpx.MockTransport(lambda _: respond()), max_retries=0)
    with caplog.at_level(logging.DEBUG, "polyai_conversations"):
        for call in (client.get_conversation, client.read_audio):
            with pytest.raises(ConversationsError) as caught:
                call("id")
            error = caught.value
            for text in (str(error), repr(error), error.args[0], getattr(error, "message", "")):
                assert text.isprintable(), ascii(text)
            assert str(pickle.loads(pickle.dumps(error))) == str(error)
    assert all(record.getMessage().isprintable() for record in caplog.records)


@pytest.mark.parametrize(
    "kind_of_object", [ConversationsClient, AsyncConversationsClient, Recording, AsyncRecording]
)
def test_a_half_built_object_can_be_printed(kind_of_object: type[Any]) -> None:
    assert kind_of_object.__name__ in repr(object.__new__(kind_of_object))


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("=cmd|' /C calc'!A1", "'=cmd|' /C calc'!A1"),
        ("+441234", "'+441234"),
        ("-1+1", "'-1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("a=1", "a=1"),
        ("2026-05-01", "2026-05-01"),
        ("", ""),
    ],
)
def test_a_cell_does_not_become_a_formula(cell: str, text: str) -> None:
    assert without_formula(cell) == text
