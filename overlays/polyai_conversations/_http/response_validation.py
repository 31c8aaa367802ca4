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
    """A field that is checked: it is required, or an object or an array."""

    name: str
    key: str
    required: bool
    kinds: tuple[Any, ...]
    model: type | None
    """The model of the value, or of the items of its array."""
    is_array: bool
    may_differ: bool = False
    """Whether a value that is not the expected object or array is accepted."""


def validate(model: type, body: object) -> ValidationIssue | None:
    """Return the first violation of a model's types, or None.

    Args:
        model: The generated model.
        body: Parsed JSON.

    """
    return _check_object(_fields(model), body, "")


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


def _check_object(fields: tuple[_Field, ...], body: object, path: str) -> ValidationIssue | None:
    if not isinstance(body, dict):
        return ValidationIssue(path or None, f"must be an object, not {_json_name(body)}")
    for field in fields:
        key = field.key if field.key in body else _other_spelling(field, body)
        if key is not None:
            issue = _check_value(field, body[key], _join(path, key))
        elif field.required:
            issue = ValidationIssue(_join(path, field.key), "is missing")
        else:
            continue
        if issue is not None:
            return issue
    return None


def _other_spelling(field: _Field, body: dict[str, Any]) -> str | None:
    if not field.required:
        return field.name if field.name in body else None
    return next((key for key in body if snake_case(key) == field.name), None)


def _check_value(field: _Field, value: object, path: str) -> ValidationIssue | None:
    if value is None and NoneType in field.kinds:
        return None
    if field.may_differ and not isinstance(value, list if field.is_array else dict):
        return None
    if field.is_array:
        return _check_array(field, value, path)
    if field.model is not None:
        return _check_model(field, field.model, value, path)
    if field.required and not _fits(field.kinds, value):
        wanted = " or ".join(_JSON_NAMES.get(kind, str(kind)) for kind in field.kinds)
        return ValidationIssue(path, f"must be {wanted}, not {_json_name(value)}")
    return None


def _check_model(field: _Field, model: type, value: object, path: str) -> ValidationIssue | None:
    fields = _item_fields(model) if field.may_differ else _fields(model)
    issue = _check_object(fields, value, path)
    values = _additional_field(model)
    if issue is not None or values is None or not isinstance(value, dict):
        return issue
    issues = (_check_value(values, inner, f"{path}[{key!r}]") for key, inner in value.items())
    return next(filter(None, issues), None)


def _check_array(field: _Field, value: object, path: str) -> ValidationIssue | None:
    if not isinstance(value, list):
        return ValidationIssue(path, f"must be an array, not {_json_name(value)}")
    if field.model is None:
        return None
    fields, types = _item_fields(field.model), _valid_types(field.model)
    for index, item in enumerate(value):
        if _is_obviously_valid(item, types):
            continue
        issue = _check_object(fields, item, f"{path}[{index}]")
        if issue is not None:
            return issue
    return None


def _is_obviously_valid(item: object, fields: tuple[tuple[str, tuple[type, ...]], ...]) -> bool:
    # A fast path for long lists, where nearly every item is valid.
    return type(item) is dict and all(type(item.get(key)) in types for key, types in fields)


def _fits(kinds: tuple[Any, ...], value: object) -> bool:
    if isinstance(value, bool):
        return bool in kinds or Any in kinds
    if isinstance(value, int) and float in kinds:
        return True
    return any(
        kind is Any or (isinstance(kind, type) and isinstance(value, kind)) for kind in kinds
    )


def _json_name(value: object) -> str:
    return _JSON_NAMES.get(type(value), type(value).__name__)


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


@cache
def _fields(model: type) -> tuple[_Field, ...]:
    hints = field_types(model)
    fields = [
        _make_field(field.name, hints[field.name], required=field.default is attrs.NOTHING)
        for field in attrs.fields(model)
        if field.init
    ]
    return tuple(field for field in fields if field.required or field.is_array or field.model)


@cache
def _item_fields(model: type) -> tuple[_Field, ...]:
    """Return the checked fields of a model as they are checked in the items of an array."""
    fields = (attrs.evolve(field, may_differ=not field.required) for field in _fields(model))
    return tuple(field for field in fields if field.required or field.model)


@cache
def _additional_field(model: type) -> _Field | None:
    """Return how the values of a model without named fields are checked, or None if not at all."""
    hint = field_types(model)["additional_properties"]
    field = _make_field("", get_args(hint)[1], required=False)
    return attrs.evolve(field, may_differ=True) if field.model else None


@cache
def _valid_types(model: type) -> tuple[tuple[str, tuple[type, ...]], ...]:
    """Return the types that need no further check, by the keys that are checked in items."""
    return tuple(
        (key, _valid_types_of(field))
        for field in _item_fields(model)
        for key in ({field.key} if field.required else {field.key, field.name})
    )


def _valid_types_of(field: _Field) -> tuple[type, ...]:
    if not field.required:
        return (NoneType,)
    if field.is_array or field.model:
        return ()
    return tuple(kind for kind in field.kinds if kind is not NoneType)


def _make_field(name: str, hint: Any, *, required: bool) -> _Field:
    options = get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)
    kinds = tuple(option for option in options if option is not Unset)
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
