"""Parses and validates query parameters and request bodies, as the contract defines them."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, cast, get_args

from starlette.requests import ClientDisconnect, Request

from polyai_conversations.sandbox.audio.synthesis import Direction

from .error_responses import ApiError

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams

_DEFAULT_LIMIT: Final = 50
_MAX_INTEGER: Final = 2**63 - 1
_INTEGER: Final = re.compile(r"-?[0-9]{1,19}", re.ASCII)
_DIRECTIONS: Final[tuple[Direction, ...]] = get_args(Direction)
_MAX_BODY_SIZE: Final = 2**20
_ENUMS: Final = {
    "role": ("user", "agent"),
    "annotationType": ("missing_topic", "wrong_transcript", "wrong_info"),
}


def page_query(query: QueryParams, max_page_size: int) -> tuple[int, int]:
    """Return `limit`, at most `max_page_size`, and `offset`.

    Raises:
        ApiError: One of them is invalid.

    """
    limit = _integer_param(query, "limit", _DEFAULT_LIMIT, minimum=1)
    return min(limit, max_page_size), _integer_param(query, "offset", 0, minimum=0)


def audio_query(query: QueryParams) -> tuple[Direction, bool]:
    """Return `direction` and `redacted`.

    Raises:
        ApiError: One of them is invalid.

    """
    requested = _param(query, "direction", "combined")
    for direction in _DIRECTIONS:
        if direction == requested:
            return direction, _boolean_param(query, "redacted")
    raise _invalid_param("direction", f"must be one of {', '.join(_DIRECTIONS)}")


async def json_object(request: Request) -> dict[str, Any]:
    """Return the body of a request, which must be a JSON object.

    Raises:
        ApiError: The body is too large, incomplete, or not a JSON object.

    """
    body = await _body(request)
    content_type = request.headers.get("Content-Type", "")
    if content_type.partition(";")[0].strip().lower() != "application/json":
        status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        raise ApiError(status, None, "The body must be application/json")
    try:
        value = json.loads(body.decode(), parse_constant=_reject_constant)
    except (ValueError, RecursionError):
        raise _invalid_body("body", "must be JSON") from None
    return _object("body", value)


def parse_note(body: dict[str, Any]) -> str:
    """Return the `note` of an `UpsertNoteBody`.

    Raises:
        ApiError: It is missing or not a string.

    """
    return _string("note", _field("body", body, "note"))


def parse_annotations(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the items of an `AddAnnotationsBody`.

    Raises:
        ApiError: There are none, or one is invalid.

    """
    items = _field("body", body, "annotations")
    if not isinstance(items, list):
        raise _invalid_body("annotations", "must be an array")
    if not items:
        raise _invalid_body("annotations", "must hold at least 1 item")
    values = enumerate(cast("list[object]", items))
    return [_annotation(f"annotations[{index}]", value) for index, value in values]


def _integer_param(query: QueryParams, name: str, default: int, *, minimum: int) -> int:
    text = _param(query, name, str(default))
    if not _INTEGER.fullmatch(text) or abs(int(text)) > _MAX_INTEGER:
        raise _invalid_param(name, "must be an integer of at most 64 bits")
    if int(text) < minimum:
        raise _invalid_param(name, f"must be at least {minimum}")
    return int(text)


def _boolean_param(query: QueryParams, name: str) -> bool:
    text = _param(query, name, "false")
    if text not in {"true", "false"}:
        raise _invalid_param(name, "must be true or false")
    return text == "true"


def _param(query: QueryParams, name: str, default: str) -> str:
    values = query.getlist(name)
    if len(values) > 1:
        raise _invalid_param(name, "must be given once")
    return values[0] if values else default


async def _body(request: Request) -> bytes:
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > _MAX_BODY_SIZE:
                status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
                raise ApiError(status, None, "The body must be at most 1 MiB")
    except ClientDisconnect:
        message = "The body is incomplete"
        raise ApiError(HTTPStatus.BAD_REQUEST, "SCHEMA_VALIDATION_FAILED", message) from None
    return bytes(body)


def _annotation(location: str, value: object) -> dict[str, Any]:
    item = _object(location, value)
    turn_id = _integer(f"{location}.turnId", _field(location, item, "turnId"))
    if turn_id < 0:
        raise _invalid_body(f"{location}.turnId", "must be at least 0")
    return {"turnId": turn_id, **{name: _enum(location, item, name) for name in _ENUMS}}


def _enum(location: str, item: dict[str, Any], name: str) -> str:
    value = _field(location, item, name)
    if value not in _ENUMS[name]:
        raise _invalid_body(f"{location}.{name}", f"must be one of {', '.join(_ENUMS[name])}")
    return str(value)


def _object(location: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _invalid_body(location, "must be an object")
    return cast("dict[str, Any]", value)


def _field(location: str, value: dict[str, Any], name: str) -> object:
    if name not in value:
        raise _invalid_body(name if location == "body" else f"{location}.{name}", "is required")
    return value[name]


def _integer(location: str, value: object) -> int:
    """Return an integer, which in JSON may also be written as `3.0`."""
    is_integer = type(value) is int or (isinstance(value, float) and value.is_integer())
    if not is_integer or abs(integer := int(cast("float", value))) > _MAX_INTEGER:
        raise _invalid_body(location, "must be an integer of at most 64 bits")
    return integer


def _string(location: str, value: object) -> str:
    if not isinstance(value, str):
        raise _invalid_body(location, "must be a string")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _invalid_body(location, "must not contain an unpaired surrogate") from None
    return value


def _reject_constant(constant: str) -> float:
    raise ValueError(f"{constant} is not valid JSON")


def _invalid_param(name: str, rule: str) -> ApiError:
    return ApiError(HTTPStatus.BAD_REQUEST, "CONVERSATIONS_VALIDATION_FAILED", f"{name} {rule}")


def _invalid_body(location: str, rule: str) -> ApiError:
    return ApiError(HTTPStatus.BAD_REQUEST, "SCHEMA_VALIDATION_FAILED", f"{location} {rule}")
