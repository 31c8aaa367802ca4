"""Checks a success body against the types of its generated model, without I/O.

The generated parser trusts the server: a missing field raises a bare KeyError, and a value of the
wrong type goes unnoticed. This check walks the JSON along the model's type hints and names the
first field that violates them. It requires:

- required fields to be present and of their type; an integer is written without a fraction, as `3`
  and not as `3.0`, because it would be a float in a model that promises an integer,
- the objects and arrays of the body itself to be such,
- the items of an array of objects to be objects, because the generated `to_dict` fails otherwise.

Where the contract allows several types, the generated parser has chosen the model, so only the kind
of JSON is checked. Everything else is accepted, because servers vary, and one odd value should not
cost a whole page or conversation. The generated parser keeps a value that it cannot parse as it is.
"""

from __future__ import annotations

import datetime
import sys
from functools import cache
from types import NoneType
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints
from uuid import UUID

import attrs

from .argument_types import alternatives

_TEXT_FORMATS: Final = frozenset({datetime.date, datetime.datetime, UUID})
_PREFIX: Final = "field_"
"""What the generator puts before a JSON key that does not begin with a letter."""
_JSON_NAMES: Final[dict[type, str]] = {
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
class _Shape:
    """What a JSON value may be.

    Attributes:
        json_types: The Python types of the parsed JSON; None if it may be anything.
        model: The model of an object, unless there are several that it may be.
        item: The shape of an array's items, unless there are several arrays that it may be.
        is_union: Whether there are several things that it may be, apart from null.
    """

    json_types: frozenset[type] | None
    model: type | None = None
    item: _Shape | None = None
    is_union: bool = False


@attrs.frozen
class _Field:
    """A field of a model."""

    name: str
    key: str
    required: bool
    shape: _Shape


def validate(types: tuple[Any, ...], body: object) -> ValidationIssue | None:
    """Return the first violation of the contract in a body, or None.

    Args:
        types: The types that the body may have, such as a generated model.
        body: Parsed JSON.
    """
    return _value_issue(_shape(types), body, may_differ=False)


def field_types(model: type) -> dict[str, Any]:
    """Return the types of a generated model's fields by name."""
    # Models import each other only for type checking; at runtime their package has the names.
    package = sys.modules[model.__module__.rpartition(".")[0]]
    return get_type_hints(model, localns=vars(package))


def letters_of(name: str) -> str:
    """Return what a JSON key has in common with the attribute that the generator makes of it."""
    return "".join(filter(str.isalnum, name.removeprefix(_PREFIX))).casefold()


def camel_case(name: str) -> str:
    """Return the JSON key from which an attribute name was most likely derived."""
    head, *tail = name.split("_")
    return head + "".join(word.title() for word in tail)


def _object_issue(model: type, body: dict[str, Any], *, lenient: bool) -> ValidationIssue | None:
    """Return the first violation in an object; if `lenient`, optional fields may have any type."""
    for field in _checked_fields(model, lenient):
        key = field.key if field.key in body else _other_spelling(field, body)
        if key is not None:
            may_differ = lenient and not field.required
            issue = _value_issue(field.shape, body[key], may_differ=may_differ)
            if issue is not None:
                return _within(key, issue)
        elif field.required:
            return ValidationIssue(field.key, "is missing")
    values = _additional_values(model)
    if values is not None:
        for key, value in body.items():
            if letters_of(key) in _declared(model):
                continue
            issue = _value_issue(values, value, may_differ=True)
            if issue is not None:
                return _within(f"[{key!r}]", issue)
    return None


def _other_spelling(field: _Field, body: dict[str, Any]) -> str | None:
    if not field.required:
        return field.name if field.name in body else None
    letters = letters_of(field.name)
    return next((key for key in body if letters_of(key) == letters), None)


def _value_issue(shape: _Shape, value: object, *, may_differ: bool) -> ValidationIssue | None:
    """Return the first violation in a value; if `may_differ`, only one within its expected type."""
    if not _has_type(shape, value):
        return None if may_differ else _wrong_type(shape, value)
    if isinstance(value, dict) and shape.model is not None:
        return _object_issue(shape.model, value, lenient=may_differ)
    if isinstance(value, list) and shape.item is not None and shape.item.model is not None:
        return _item_issue(shape.item, shape.item.model, value)
    return None


def _item_issue(shape: _Shape, model: type, items: list[Any]) -> ValidationIssue | None:
    for index, item in enumerate(items):
        if isinstance(item, dict):
            issue = _object_issue(model, item, lenient=True)
        else:
            issue = None if _has_type(shape, item) else _wrong_type(shape, item)
        if issue is not None:
            return _within(f"[{index}]", issue)
    return None


def _within(place: str, issue: ValidationIssue) -> ValidationIssue:
    """Return an issue with the path of its field from one level higher."""
    inner = issue.field or ""
    separator = "." if inner and not inner.startswith("[") else ""
    return ValidationIssue(f"{place}{separator}{inner}", issue.problem)


def _has_type(shape: _Shape, value: object) -> bool:
    return shape.json_types is None or type(value) in shape.json_types


def _wrong_type(shape: _Shape, value: object) -> ValidationIssue:
    types = set(shape.json_types or ())
    if float in types:  # every integer is a number
        types.discard(int)
    wanted = " or ".join(name for kind, name in _JSON_NAMES.items() if kind in types)
    return ValidationIssue(None, f"must be {wanted}, not {_json_name(value)}")


def _json_name(value: object) -> str:
    return _JSON_NAMES.get(type(value), type(value).__name__)


@cache
def _checked_fields(model: type, lenient: bool) -> tuple[_Field, ...]:
    """Return the fields of a model that can violate the contract."""
    hints = field_types(model)
    fields = [
        _Field(
            name=field.name,
            key=camel_case(field.name),
            required=field.default is attrs.NOTHING,
            shape=_shape(alternatives(hints[field.name])),
        )
        for field in attrs.fields(model)
        if field.init
    ]
    return tuple(field for field in fields if field.required or _is_checked(field.shape, lenient))


def _is_checked(shape: _Shape, lenient: bool) -> bool:
    """Return whether a value that may be left out can violate the contract."""
    contains_objects = shape.model is not None or (
        shape.item is not None and shape.item.model is not None
    )
    return _has_structure(shape) and (contains_objects or not lenient)


def _has_structure(shape: _Shape) -> bool:
    """Return whether a value is always an object of one model, or always an array."""
    return not shape.is_union and (shape.model is not None or shape.item is not None)


@cache
def _declared(model: type) -> frozenset[str]:
    """Return the letters of the keys that are in the contract."""
    return frozenset(letters_of(field.name) for field in attrs.fields(model) if field.init)


@cache
def _additional_values(model: type) -> _Shape | None:
    """Return the shape of the values of the keys that are not in the contract, if they have one."""
    hint = field_types(model).get("additional_properties")
    shape = None if hint is None else _shape(alternatives(get_args(hint)[1]))
    return shape if shape is not None and _has_structure(shape) else None


@cache
def _shape(kinds: tuple[Any, ...]) -> _Shape:
    """Return the shape of a value with one of several types."""
    values = [kind for kind in kinds if kind is not NoneType]
    only = values[0] if len(values) == 1 else None
    json_types = [_json_types(kind) for kind in kinds]
    return _Shape(
        json_types=None if None in json_types else frozenset().union(*filter(None, json_types)),
        model=only if isinstance(only, type) and attrs.has(only) else None,
        item=_shape(alternatives(get_args(only)[0])) if get_origin(only) is list else None,
        is_union=len(values) > 1,
    )


def _json_types(kind: Any) -> frozenset[type] | None:
    """Return the Python types of the JSON that is parsed into a type; None for anything."""
    if get_origin(kind) is list:
        return frozenset({list})
    if get_origin(kind) is Literal:
        return frozenset(type(choice) for choice in get_args(kind))
    if kind in _TEXT_FORMATS:
        return frozenset({str})
    if kind is float:
        return frozenset({float, int})
    if kind in _JSON_NAMES:
        return frozenset({kind})
    return frozenset({dict}) if attrs.has(kind) else None
