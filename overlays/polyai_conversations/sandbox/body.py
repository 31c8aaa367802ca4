"""Reading of request bodies, by the rules of the contract."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, Final, cast

from .answers import RefusedError

_CHOICES: Final = {
    "role": ("user", "agent"),
    "annotationType": ("missing_topic", "wrong_transcript", "wrong_info"),
}


def json_object(content_type: str, body: bytes) -> dict[str, Any]:
    """Read a body as a JSON object.

    Raises:
        RefusedError: It is sent as something else, or is none.

    """
    if content_type.partition(";")[0].strip().lower() != "application/json":
        status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        raise RefusedError(status, "UNSUPPORTED_MEDIA_TYPE", "The body must be application/json")
    try:
        value = json.loads(body.decode(), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise _broken("body", "must be JSON") from None
    return _object("body", value)


def note_text(body: dict[str, Any]) -> str:
    """Read the `note` of an `UpsertNoteBody`.

    Raises:
        RefusedError: It is missing or no text.

    """
    return _text("note", _field("body", body, "note"))


def annotation_items(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Read the items of an `AddAnnotationsBody`.

    Raises:
        RefusedError: There is none, or one breaks a rule.

    """
    items = _field("body", body, "annotations")
    if not isinstance(items, list):
        raise _broken("annotations", "must be an array")
    if not items:
        raise _broken("annotations", "must hold at least 1 item")
    values = enumerate(cast("list[object]", items))
    return [_item(f"annotations[{index}]", value) for index, value in values]


def check_turns(items: list[dict[str, Any]], turn_count: int) -> None:
    """Insist that all annotations are on turns that there are.

    Raises:
        RefusedError: One is on a later turn.

    """
    for index, item in enumerate(items):
        if item["turnId"] >= turn_count:
            where = f"annotations[{index}].turnId"
            raise _broken(where, f"must be below {turn_count}, the number of turns")


def _item(where: str, value: object) -> dict[str, Any]:
    item = _object(where, value)
    turn_id = _field(where, item, "turnId")
    if type(turn_id) is not int:
        raise _broken(f"{where}.turnId", "must be an integer")
    if turn_id < 0:
        raise _broken(f"{where}.turnId", "must be at least 0")
    chosen = {name: _choice(where, item, name) for name in _CHOICES}
    return {"turnId": turn_id, **chosen}


def _choice(where: str, item: dict[str, Any], name: str) -> str:
    value = _field(where, item, name)
    if value not in _CHOICES[name]:
        raise _broken(f"{where}.{name}", f"must be one of {', '.join(_CHOICES[name])}")
    return str(value)


def _object(where: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _broken(where, "must be an object")
    return cast("dict[str, Any]", value)


def _field(where: str, value: dict[str, Any], name: str) -> object:
    if name not in value:
        raise _broken(name if where == "body" else f"{where}.{name}", "is required")
    return value[name]


def _text(where: str, value: object) -> str:
    if not isinstance(value, str):
        raise _broken(where, "must be a string")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _broken(where, "must not hold half of a surrogate pair") from None
    return value


def _no_number(constant: str) -> float:
    raise ValueError(f"{constant} is no JSON")


def _broken(where: str, rule: str) -> RefusedError:
    return RefusedError(HTTPStatus.BAD_REQUEST, "SCHEMA_VALIDATION_FAILED", f"{where} {rule}")
