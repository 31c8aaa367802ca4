"""What a success body must be before anything is built on it, as a pure check.

The generated parser trusts the server: a missing field is a bare KeyError, and a value of the
wrong type passes. This check walks the JSON beside the model's own type hints and names the first
place where they part. It insists on what a client stands on, that objects and arrays are such and
required fields are there and of their type, and lets optional scalars be what they are.
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
class Breach:
    """Where a body breaks the contract, and how."""

    field: str | None
    problem: str


@attrs.frozen
class _Field:
    """A field that can break the contract: it must be there, or be an object or an array."""

    name: str
    key: str
    required: bool
    kinds: tuple[Any, ...]
    model: type | None
    """The model that the value must be, or the items of its array."""
    is_array: bool


def find_breach(model: type, body: object, path: str = "") -> Breach | None:
    """Tell the first place where JSON is not what a model is made from, or None.

    `body` is the parsed JSON, `path` where it stands in the whole body.
    """
    if not isinstance(body, dict):
        return Breach(path or None, f"must be an object, not {_json_name(body)}")
    for field in _fields(model):
        key = field.key if field.key in body else _other_spelling(field, body)
        if key is not None:
            breach = _find_in_value(field, body[key], path)
        elif field.required:
            breach = Breach(_join(path, field.key), "is missing")
        else:
            continue
        if breach is not None:
            return breach
    return None


def hints_of(model: type) -> dict[str, Any]:
    """Give the types of a generated model's fields."""
    # Models import each other for type checkers only; at runtime their package has the names.
    package = sys.modules[model.__module__.rpartition(".")[0]]
    return get_type_hints(model, localns=vars(package))


def snake_case(key: str) -> str:
    """Give the attribute's name for a JSON key, as the generator makes it."""
    return _WORD.sub("_", key).lower()


def camel_case(name: str) -> str:
    """Give the JSON key that an attribute's name most likely stands for."""
    head, *tail = name.split("_")
    return head + "".join(word.title() for word in tail)


def _other_spelling(field: _Field, body: dict[str, Any]) -> str | None:
    if not field.required:
        return field.name if field.name in body else None
    return next((key for key in body if snake_case(key) == field.name), None)


def _find_in_value(field: _Field, value: object, path: str) -> Breach | None:
    if value is None and NoneType in field.kinds:
        return None
    if field.is_array:
        return _find_in_array(field, value, _join(path, field.key))
    if field.model is not None:
        return find_breach(field.model, value, _join(path, field.key))
    if field.required and not _fits(field.kinds, value):
        wanted = " or ".join(_JSON_NAMES.get(kind, str(kind)) for kind in field.kinds)
        return Breach(_join(path, field.key), f"must be {wanted}, not {_json_name(value)}")
    return None


def _find_in_array(field: _Field, value: object, path: str) -> Breach | None:
    if not isinstance(value, list):
        return Breach(path, f"must be an array, not {_json_name(value)}")
    if field.model is None:
        return None
    plain = _plain_types(field.model)
    for index, item in enumerate(value):
        if _is_plain(item, plain):
            continue
        breach = find_breach(field.model, item, f"{path}[{index}]")
        if breach is not None:
            return breach
    return None


def _is_plain(item: object, plain: tuple[tuple[str, tuple[type, ...]], ...]) -> bool:
    # The quick look that nearly every row of a long list passes.
    return type(item) is dict and all(type(item.get(key)) in types for key, types in plain)


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
    hints = hints_of(model)
    fields = [_field(field, hints[field.name]) for field in attrs.fields(model) if field.init]
    return tuple(field for field in fields if field.required or field.is_array or field.model)


@cache
def _plain_types(model: type) -> tuple[tuple[str, tuple[type, ...]], ...]:
    """Give, for each field that can break the contract, the types that leave nothing to ask."""
    return tuple((field.key, _plain_types_of(field)) for field in _fields(model))


def _plain_types_of(field: _Field) -> tuple[type, ...]:
    if field.required and (field.is_array or field.model):
        return ()
    absent = () if field.required else (NoneType,)
    if field.model:
        return absent
    if field.is_array:
        return (list, *absent)
    return tuple(kind for kind in field.kinds if kind is not NoneType)


def _field(field: attrs.Attribute[Any], hint: Any) -> _Field:
    options = get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)
    kinds = tuple(option for option in options if option is not Unset)
    values = [kind for kind in kinds if kind is not NoneType]
    only = values[0] if len(values) == 1 else None
    is_array = get_origin(only) is list
    item = get_args(only)[0] if is_array else only
    return _Field(
        name=field.name,
        key=camel_case(field.name),
        required=field.default is attrs.NOTHING,
        kinds=kinds,
        model=item if isinstance(item, type) and attrs.has(item) else None,
        is_array=is_array,
    )
