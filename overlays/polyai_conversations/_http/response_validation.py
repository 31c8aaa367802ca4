"""Checks a success body against the types of its generated model, without I/O.

The generated parser trusts the server: a missing field raises a bare KeyError, and a value of the
wrong type goes unnoticed. This check walks the JSON along the model's type hints and names the
first field that violates them. It requires:

- required fields to be present and of their type,
- the objects and arrays of the body itself to be such,
- the items of an array of objects to be objects, because the generated `to_dict` fails otherwise.

Everything else is accepted, because servers vary, and one odd value should not cost a whole page or
conversation. The generated parser keeps a value that it cannot parse as it is.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs

from polyai_conversations_api.types import Unset

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_JSON_NAMES: dict[type, str] = {
    dict: "an object",
    list: "an array",
    str: "a string",
    int: "an integer",
    float: "a number",
    bool: "true or false",
    NoneType: "null",
}


@attrs.frozen
class ValidationIssue:
    """The first violation of the contract in a body.

    Attributes:
        field: The path of the field, such as `conversations[3].conversationId`, or None for the
            whole body.
        problem: What is wrong with it.
    """

    field: str | None
    problem: str


@attrs.frozen
class _Field:
    """A field of a model, and what its value may be."""

    name: str
    key: str
    required: bool
    kinds: tuple[Any, ...]
    model: type | None
    """The model of the value, or of the items of its array."""
    is_array: bool


def validate(model: type, body: object) -> ValidationIssue | None:
    """Return the first violation of a model's types, or None.

    Args:
        model: The generated model.
        body: Parsed JSON.

    """
    return next(_object_issues(model, body, "", lenient=False), None)


def field_types(model: type) -> dict[str, Any]:
    """Return the types of a generated model's fields by name."""
    # Models import each other only for type checking; at runtime their package has the names.
    package = sys.modules[model.__module__.rpartition(".")[0]]
    return get_type_hints(model, localns=vars(package))


def snake_case(key: str) -> str:
    """Return the attribute name that the generator derives from a JSON key."""
    return _WORD.sub("_", key).lower()


def camel_case(name: str) -> str:
    """Return the JSON key from which an attribute name was most likely derived."""
    head, *tail = name.split("_")
    return head + "".join(word.title() for word in tail)


def _object_issues(
    model: type, body: object, path: str, *, lenient: bool
) -> Iterator[ValidationIssue]:
    """Yield the violations in an object; if `lenient`, optional fields may have any type."""
    if not isinstance(body, dict):
        yield ValidationIssue(path or None, f"must be an object, not {_json_name(body)}")
        return
    for field in _checked_fields(model):
        key = field.key if field.key in body else _other_spelling(field, body)
        if key is not None:
            may_differ = lenient and not field.required
            yield from _value_issues(field, body[key], _join(path, key), may_differ=may_differ)
        elif field.required:
            yield ValidationIssue(_join(path, field.key), "is missing")
    values = _additional_values(model)
    if values.model:
        for key, value in body.items():
            yield from _value_issues(values, value, f"{path}[{key!r}]", may_differ=True)


def _other_spelling(field: _Field, body: dict[str, Any]) -> str | None:
    if not field.required:
        return field.name if field.name in body else None
    return next((key for key in body if snake_case(key) == field.name), None)


def _value_issues(
    field: _Field, value: object, path: str, *, may_differ: bool
) -> Iterator[ValidationIssue]:
    """Yield the violations in a value; if `may_differ`, only those within its expected type."""
    if value is None and NoneType in field.kinds:
        return
    if may_differ and not isinstance(value, list if field.is_array else dict):
        return
    if field.is_array:
        if not isinstance(value, list):
            yield ValidationIssue(path, f"must be an array, not {_json_name(value)}")
        elif field.model is not None:
            for index, item in enumerate(value):
                yield from _object_issues(field.model, item, f"{path}[{index}]", lenient=True)
    elif field.model is not None:
        yield from _object_issues(field.model, value, path, lenient=may_differ)
    elif not _fits(field.kinds, value):
        wanted = " or ".join(_JSON_NAMES.get(kind, str(kind)) for kind in field.kinds)
        yield ValidationIssue(path, f"must be {wanted}, not {_json_name(value)}")


def _fits(kinds: tuple[Any, ...], value: object) -> bool:
    kind = type(value)
    return kind in kinds or Any in kinds or (kind is int and float in kinds)


def _json_name(value: object) -> str:
    return _JSON_NAMES.get(type(value), type(value).__name__)


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


@cache
def _checked_fields(model: type) -> tuple[_Field, ...]:
    hints = field_types(model)
    fields = [
        _make_field(field.name, hints[field.name], required=field.default is attrs.NOTHING)
        for field in attrs.fields(model)
        if field.init
    ]
    return tuple(field for field in fields if field.required or field.is_array or field.model)


@cache
def _additional_values(model: type) -> _Field:
    """Return how the values of an object are checked if its keys are not in the contract."""
    hint = field_types(model)["additional_properties"]
    return _make_field("", get_args(hint)[1], required=False)


def _make_field(name: str, hint: Any, *, required: bool) -> _Field:
    members = get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)
    kinds = tuple(member for member in members if member is not Unset)
    values = [kind for kind in kinds if kind is not NoneType]
    only = values[0] if len(values) == 1 else None
    is_array = get_origin(only) is list
    item = get_args(only)[0] if is_array else only
    return _Field(
        name=name,
        key=camel_case(name),
        required=required,
        kinds=kinds,
        model=item if isinstance(item, type) and attrs.has(item) else None,
        is_array=is_array,
    )
