"""Every operation of the client, with the response that it should get."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import attrs

from fault_expectations import MAX_BODY_BYTES
from fault_kinds import ROW
from fault_responses import Answer
from polyai_conversations_api.api.conversations import get_conversation
from wav_factory import wav

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from polyai_conversations import ConversationsClient
    from polyai_conversations.models import AnnotationDict

    Call = Callable[[Any, Path], object]

FILE = wav(bytes(range(256)) * 8)
PAGE = {"conversations": [ROW], "count": 1, "limit": 50, "offset": 0}
ANNOTATION: AnnotationDict = {"turnId": 1, "role": "agent", "annotationType": "wrong_info"}
CONFIRMATION = Answer(b'{"success": true}', "application/json")
DETAIL = Answer(json.dumps(ROW).encode(), "application/json")
LIST = Answer(json.dumps(PAGE).encode(), "application/json")
RECORDING = Answer(FILE, "audio/wav")


def read_in_chunks(client: ConversationsClient, _: Path) -> bytes:
    with client.open_audio("id") as recording:
        return b"".join(recording.iter_bytes())


def save(client: ConversationsClient, directory: Path) -> bytes:
    client.save_audio("id", directory / "call.wav")
    return (directory / "call.wav").read_bytes()


def save_batch(client: ConversationsClient, directory: Path) -> bytes:
    report = client.save_audio_batch(["id"], directory)
    for error in report.failed.values():
        raise error
    return (directory / "id.wav").read_bytes()


@attrs.frozen
class Operation:
    """An operation, the response it should get, and what identifies its result as correct."""

    call: Call
    answer: Answer
    is_correct: Callable[[Any], bool]


OPERATIONS = {
    "list_page": Operation(
        lambda client, _: client.list_page(), LIST, lambda page: page.count == 1
    ),
    "list_conversations": Operation(
        lambda client, _: list(client.list_conversations()),
        LIST,
        lambda rows: [row.conversation_id for row in rows] == ["id"],
    ),
    "get_conversation": Operation(
        lambda client, _: client.get_conversation("id"),
        DETAIL,
        lambda conversation: conversation.conversation_id == "id",
    ),
    "add_annotations": Operation(
        lambda client, _: client.add_annotations("id", [ANNOTATION]),
        CONFIRMATION,
        lambda result: result.success is True,
    ),
    "upsert_note": Operation(
        lambda client, _: client.upsert_note("id", "note"),
        CONFIRMATION,
        lambda result: result.success is True,
    ),
    "call": Operation(
        lambda client, _: client.call(get_conversation, "id"),
        DETAIL,
        lambda conversation: conversation.conversation_id == "id",
    ),
    "read_audio": Operation(
        lambda client, _: client.read_audio("id", max_bytes=MAX_BODY_BYTES),
        RECORDING,
        lambda data: data == FILE,
    ),
    "open_audio": Operation(read_in_chunks, RECORDING, lambda data: data == FILE),
    "save_audio": Operation(save, RECORDING, lambda data: data == FILE),
    "save_audio_batch": Operation(save_batch, RECORDING, lambda data: data == FILE),
}
