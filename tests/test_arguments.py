"""Invalid arguments raise an error before anything is sent; valid ones arrive unchanged."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clients import run_export
from polyai_conversations import ConversationsClient
from polyai_conversations.models import AnnotationDict, AnnotationItem, UpsertNoteBody
from polyai_conversations_api.api.conversations import (
    get_conversation,
    get_conversation_audio,
    upsert_note,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from clients import Connect

ANNOTATION: AnnotationDict = {"turnId": 3, "role": "agent", "annotationType": "wrong_info"}
IDS = {"accountId": "a", "projectId": "p"}


def refuse(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"{request.url} was requested")


@pytest.fixture
def client(connect: Connect) -> Any:
    return connect(transport=httpx.MockTransport(refuse))


CALLS: dict[str, Callable[[Any, Any], Any]] = {
    "get_conversation": lambda client, id_: client.get_conversation(id_),
    "add_annotations": lambda client, id_: client.add_annotations(id_, [ANNOTATION]),
    "upsert_note": lambda client, id_: client.upsert_note(id_, "note"),
    "read_audio": lambda client, id_: client.read_audio(id_),
    "for_agent": lambda client, id_: client.for_agent(id_),
    "call": lambda client, id_: client.call(get_conversation, id_),
}


@pytest.mark.parametrize("id_", ["", "  ", ".", "..", None, 3, b"id", "\ud800"], ids=ascii)
@pytest.mark.parametrize("name", CALLS)
def test_an_id_that_cannot_be_part_of_a_path_raises_value_error(
    client: Any, name: str, id_: Any
) -> None:
    with pytest.raises(ValueError, match="_id "):
        CALLS[name](client, id_)


INVALID: dict[str, tuple[Callable[[Any], Any], str]] = {
    "limit 0": (lambda c: c.list_page(limit=0), "limit must be at least 1"),
    "limit True": (lambda c: c.list_page(limit=True), "limit must be a whole number"),
    "limit 1.5": (lambda c: c.list_page(limit=1.5), "limit must be a whole number"),
    "offset -1": (lambda c: c.list_page(offset=-1), "offset must be at least 0"),
    "page_size 0": (lambda c: c.list_conversations(page_size=0), "page_size must be at least 1"),
    "max_items -1": (lambda c: c.list_conversations(max_items=-1), "max_items must be at least"),
    "start -1": (lambda c: c.list_conversations(start=-1), "start must be at least 0"),
    "prefetch 0": (lambda c: c.list_conversations(prefetch=0), "prefetch must be at least 1"),
    "unknown direction": (
        lambda c: c.read_audio("id", "both"),
        "direction must be one of agent, combined, user",
    ),
    "redacted as a string": (
        lambda c: c.read_audio("id", redacted="no"),
        "redacted must be True or False",
    ),
    "operation name": (lambda c: c.call("get_conversation"), "operation must be a module"),
    "note None": (lambda c: c.upsert_note("id", None), "note must be a string"),
    "no annotations": (lambda c: c.add_annotations("id", []), "at least one annotation"),
    "single annotation": (
        lambda c: c.add_annotations("id", ANNOTATION),
        "must be a list of annotations",
    ),
    "annotations None": (
        lambda c: c.add_annotations("id", None),
        "must be a list of annotations",
    ),
    "annotations as a number": (
        lambda c: c.add_annotations("id", 3),
        "must be a list of annotations",
    ),
    "annotations as a string": (
        lambda c: c.add_annotations("id", "wrong"),
        "must be a list of annotations",
    ),
    "annotation of another type": (
        lambda c: c.add_annotations("id", [1]),
        r"annotations\[0\] must be a",
    ),
    "annotation without a role": (
        lambda c: c.add_annotations("id", [ANNOTATION, {"turnId": 1}]),
        r"annotations\[1\] lacks 'role'",
    ),
    "turnId -1": (
        lambda c: c.add_annotations("id", [{**ANNOTATION, "turnId": -1}]),
        r"annotations\[0\]\['turnId'\] must be at least 0",
    ),
    "unknown role": (
        lambda c: c.add_annotations("id", [{**ANNOTATION, "role": "boss"}]),
        "must be one of .*user",
    ),
    "unknown annotation type": (
        lambda c: c.add_annotations(
            "id",
            [AnnotationItem(turn_id=1, role="user", annotation_type="bad")],  # type: ignore[arg-type]
        ),
        "must be one of missing_topic",
    ),
}


@pytest.mark.parametrize(("call", "message"), INVALID.values(), ids=INVALID)
def test_an_invalid_argument_raises_value_error(
    client: Any, call: Callable[[Any], Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        call(client)


class PathOfBytes:
    def __fspath__(self) -> bytes:
        return b"x"


PATHS: dict[str, tuple[Any, str]] = {
    "bytes": (b"x", "path must be a string or a path, not bytes"),
    "None": (None, "path must be a string or a path, not NoneType"),
    "a file": (BytesIO(), "path must be a string or a path, not BytesIO"),
    "a path of bytes": (PathOfBytes(), "path must be a string or a path, not PathOfBytes"),
    "a null character": ("a\0b", r"path must not contain a null character: 'a\\x00b'"),
}
TO_PATH: dict[str, tuple[Callable[[Any, Any], Any], str]] = {
    "save_audio": (lambda c, path: c.save_audio("id", path), "path"),
    "download": (lambda c, path: c.download(get_conversation_audio, path, "id"), "path"),
    "save_audio_batch": (lambda c, path: c.save_audio_batch(["id"], path), "directory"),
    "export": (run_export, "directory"),
}


@pytest.mark.parametrize(("path", "message"), PATHS.values(), ids=PATHS)
@pytest.mark.parametrize(("call", "name"), TO_PATH.values(), ids=TO_PATH)
def test_what_is_not_a_path_raises_value_error(
    client: Any, call: Callable[[Any, Any], Any], name: str, path: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=message.replace("path", name, 1)):
        call(client, path)


async def coroutine_function(*_: object) -> None: ...


LATE: dict[str, tuple[Callable[[Any, Path], Any], str]] = {
    "overwrite as a string": (
        lambda c, path: c.save_audio("id", path, overwrite="no"),
        "overwrite must be True or False, not 'no'",
    ),
    "overwrite of a download": (
        lambda c, path: c.download(get_conversation_audio, path, "id", overwrite=1),
        "overwrite must be True or False, not 1",
    ),
    "on_progress": (
        lambda c, path: c.save_audio("id", path, on_progress=5),
        "on_progress must be a function, not 5",
    ),
    "on_progress of a download": (
        lambda c, path: c.download(get_conversation_audio, path, "id", on_progress=5),
        "on_progress must be a function, not 5",
    ),
    "on_progress of an export": (
        lambda c, path: run_export(c, path, on_progress=5),
        "on_progress must be a function, not 5",
    ),
    "on_result": (
        lambda c, path: c.save_audio_batch(["id"], path, on_result=5),
        "on_result must be a function, not 5",
    ),
    "async on_progress": (
        lambda c, path: c.save_audio("id", path, on_progress=coroutine_function),
        "on_progress must be a function without async",
    ),
}


@pytest.mark.parametrize(("call", "message"), LATE.values(), ids=LATE)
def test_a_flag_or_a_callback_of_the_wrong_type_raises_value_error(
    client: Any, tmp_path: Path, call: Callable[[Any, Path], Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        call(client, tmp_path / "new")
    assert not list(tmp_path.iterdir())


def test_a_call_without_a_required_id_names_the_ids(client: Any) -> None:
    with pytest.raises(TypeError, match="takes these ids: conversation_id"):
        client.call(get_conversation)


@pytest.mark.parametrize(
    "id_", ["a/b", "a?b", "50%", "%2F", "a b", "é 漢 🙂", "a..b", "../x", "#", "a+b&c=d", "..."]
)
def test_an_id_is_escaped_in_the_path(connect: Connect, id_: str) -> None:
    paths: list[bytes] = []

    def respond(request: httpx.Request) -> httpx.Response:
        paths.append(request.url.raw_path)
        return httpx.Response(200, json={**IDS, "conversationId": id_})

    connect(transport=httpx.MockTransport(respond)).for_agent(id_).get_conversation(id_)
    parts = paths[0].decode().split("/")
    assert [unquote(parts[3]), unquote(parts[5])] == [id_, id_]
    assert len(parts) == 6


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=200)
@given(st.text(min_size=1).filter(lambda id_: id_.strip() and id_ not in {".", ".."}))
def test_every_id_is_one_segment_of_the_path(id_: str) -> None:
    paths: list[bytes] = []

    def respond(request: httpx.Request) -> httpx.Response:
        paths.append(request.url.raw_path)
        return httpx.Response(200, json={**IDS, "conversationId": id_})

    transport = httpx.MockTransport(respond)
    with ConversationsClient(api_key="k", agent_id="a", region="us", transport=transport) as client:
        client.get_conversation(id_)
    assert unquote(paths[0].decode().removeprefix("/v1/agents/a/conversations/")) == id_
    assert paths[0].count(b"/") == 5


def test_annotations_can_be_mappings_or_items(connect: Connect) -> None:
    bodies: list[bytes] = []

    def respond(request: httpx.Request) -> httpx.Response:
        bodies.append(request.content)
        return httpx.Response(201, json={"success": True})

    client = connect(transport=httpx.MockTransport(respond))
    item = AnnotationItem(turn_id=3, role="agent", annotation_type="wrong_info")
    client.add_annotations("id", [ANNOTATION])
    client.add_annotations("id", (entry for entry in [item]))
    client.add_annotations("id", [cast("Any", {**ANNOTATION, "comment": "kept"})])
    assert bodies[0] == bodies[1]
    assert b'"comment":"kept"' in bodies[2]


def test_call_returns_a_recording_as_a_file(connect: Connect) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=b"RIFF"))
    file = connect(transport=transport).call(get_conversation_audio, "id", direction="user")
    assert file.payload.read() == b"RIFF"


CIRCULAR: dict[str, Any] = {}
CIRCULAR["itself"] = CIRCULAR

NOT_JSON: dict[str, tuple[dict[Any, Any], str]] = {
    "NaN": ({"score": float("nan")}, r"annotations\[1\]\['score'\] must be a finite number"),
    "infinity": ({"a": [1, {"b": float("inf")}]}, r"annotations\[1\]\['a'\]\[1\]\['b'\]"),
    "lone surrogate": ({"text": "a\ud800"}, r"\['text'\] contains a lone surrogate.* position 1"),
    "lone surrogate in a key": ({"\ud800": 1}, "the key .* contains a lone surrogate"),
    "object": ({"when": object()}, r"annotations\[1\]\['when'\] must be .*, not object"),
    "bytes": ({"data": b"x"}, r"annotations\[1\]\['data'\] must be .*, not bytes"),
    "key that is not a string": ({1: 1}, r"annotations\[1\] must have strings as keys, not 1"),
    "value in itself": (CIRCULAR, r"annotations\[1\]\['itself'\].* is nested too deeply"),
}


@pytest.mark.parametrize(("fields", "message"), NOT_JSON.values(), ids=NOT_JSON)
def test_annotations_that_json_cannot_hold_are_refused(
    client: Any, fields: dict[Any, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        client.add_annotations("id", [ANNOTATION, {**ANNOTATION, **fields}])
    item = AnnotationItem(turn_id=3, role="agent", annotation_type="wrong_info")
    item.additional_properties = fields
    with pytest.raises(ValueError, match=message):
        client.add_annotations("id", [ANNOTATION, item])


def test_a_body_that_json_cannot_hold_is_refused_in_any_operation(client: Any) -> None:
    with pytest.raises(ValueError, match=r"note contains a lone surrogate.* at position 4"):
        client.upsert_note("id", "note\udfff")
    body = UpsertNoteBody(note="note")
    body["score"] = float("nan")
    with pytest.raises(ValueError, match="score must be a finite number, not nan"):
        client.call(upsert_note, "id", body=body)


@pytest.mark.parametrize("name", CALLS)
def test_an_id_that_is_too_long_is_refused(client: Any, name: str) -> None:
    message = "_id must have at most 1,024 characters, not 70,000: 'xxx"
    with pytest.raises(ValueError, match=message) as caught:
        CALLS[name](client, "x" * 70_000)
    assert len(str(caught.value)) < 200
