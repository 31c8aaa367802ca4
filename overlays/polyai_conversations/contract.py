"""What a success body must be before anything is built on it, as a pure check.

The generated parser trusts the server: a missing field is a bare KeyError, and a value of the
wrong type passes. This check walks the JSON beside the model's own type hints and names the first
place where they part. It insists on what a client stands on, that objects and arrays are such and
required fields are there and of their type, and lets optional scalars be what they are.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs

from polyai_conversations_api.types import Unset

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_JSON_NAMES = {
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
    name: str
    required: bool
    kinds: tuple[Any, ...]
    nested: Any
    """The model or list that the value must be, where that is all that it may be."""


def find_breach(model: type, body: object, path: str = "") -> Breach | None:
    """Tell the first place where JSON is not what a model is made from, or None.

    `body` is the parsed JSON, `path` where it stands in the whole body.
    """
    if not isinstance(body, Mapping):
        return Breach(path or None, f"must be an object, not {_json_name(body)}")
    spelled = {snake_case(key): key for key in body}
    for field in _fields(model):
        key = spelled.get(field.name)
        breach = (
            _find_absence(field, path)
            if key is None
            else _find_in_value(field, body[key], _join(path, key))
        )
        if breach is not None:
            return breach
    return None


def snake_case(key: str) -> str:
    """Give the attribute's name for a JSON key, as the generator makes it."""
    return _WORD.sub("_", key).lower()


def _find_absence(field: _Field, path: str) -> Breach | None:
    if not field.required:
        return None
    head, *tail = field.name.split("_")
    camel_case = head + "".join(word.title() for word in tail)
    return Breach(_join(path, camel_case), "is missing")


def _find_in_value(field: _Field, value: object, path: str) -> Breach | None:
    if value is None and NoneType in field.kinds:
        return None
    if field.nested is not None:
        return _find_in_nested(field.nested, value, path)
    if field.required and not _fits(field.kinds, value):
        wanted = " or ".join(_JSON_NAMES.get(kind, str(kind)) for kind in field.kinds)
        return Breach(path, f"must be {wanted}, not {_json_name(value)}")
    return None


def _find_in_nested(kind: Any, value: object, path: str) -> Breach | None:
    if attrs.has(kind):
        return find_breach(kind, value, path)
    if not isinstance(value, list):
        return Breach(path, f"must be an array, not {_json_name(value)}")
    (item,) = get_args(kind)
    if not attrs.has(item):
        return None
    found = (find_breach(item, entry, f"{path}[{index}]") for index, entry in enumerate(value))
    return next((breach for breach in found if breach is not None), None)


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
    hints = _hints(model)
    return tuple(_field(field, hints[field.name]) for field in attrs.fields(model) if field.init)


def _field(field: attrs.Attribute[Any], hint: Any) -> _Field:
    options = get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)
    kinds = tuple(option for option in options if option is not Unset)
    values = [kind for kind in kinds if kind is not NoneType]
    nested = values[0] if len(values) == 1 and _is_nested(values[0]) else None
    return _Field(field.name, field.default is attrs.NOTHING, kinds, nested)


def _is_nested(kind: Any) -> bool:
    return attrs.has(kind) or get_origin(kind) is list


def _hints(model: type) -> dict[str, Any]:
    # Models import each other for type checkers only; at runtime their package has the names.
    package = sys.modules[model.__module__.rpartition(".")[0]]
    return get_type_hints(model, localns=vars(package))
