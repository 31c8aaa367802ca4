"""Checks the arguments of a generated operation against its type hints, without I/O.

The generated functions trust their caller: a text where a date belongs raises a bare
AttributeError, and a misspelt choice reaches the server.
"""

from __future__ import annotations

import datetime
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin
from uuid import UUID

from polyai_conversations_api.types import Unset

_DESCRIPTIONS: dict[Any, str] = {
    bool: "True or False",
    datetime.date: "a datetime.date",
    datetime.datetime: "a datetime.datetime",
    float: "a number",
    int: "a whole number",
    NoneType: "None",
    str: "a string",
    UUID: "a uuid.UUID",
}


def check_argument(name: str, value: object, hint: Any) -> None:
    """Check that an argument has the type that its operation declares.

    Raises:
        ValueError: It has not; the message names the argument and what it may be.
    """
    kinds = alternatives(hint)
    if isinstance(value, Unset) or any(_fits(value, kind) for kind in kinds):
        return
    if isinstance(value, list) and len(kinds) == 1 and get_origin(kinds[0]) is list:
        for index, item in enumerate(value):
            check_argument(f"{name}[{index}]", item, get_args(kinds[0])[0])
        return
    wanted = " or ".join(_describe(kind) for kind in kinds)
    raise ValueError(f"{name} must be {wanted}, not {value!r}")


def alternatives(hint: Any) -> tuple[Any, ...]:
    """Return the members of a union, without `Unset`; for any other type, the type itself."""
    members = get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)
    return tuple(member for member in members if member is not Unset)


def _fits(value: object, kind: Any) -> bool:
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    if get_origin(kind) is list:
        return isinstance(value, list) and _all_fit(value, get_args(kind)[0])
    if isinstance(value, bool):
        return kind in {bool, Any}
    if kind is datetime.date:  # a datetime is a date too, but would be sent with its time
        return isinstance(value, datetime.date) and not isinstance(value, datetime.datetime)
    if kind is float:
        return isinstance(value, int | float)
    return kind is Any or not isinstance(kind, type) or isinstance(value, kind)


def _all_fit(items: list[Any], hint: Any) -> bool:
    return all(any(_fits(item, kind) for kind in alternatives(hint)) for item in items)


def _describe(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return f"one of {', '.join(map(str, get_args(kind)))}"
    if get_origin(kind) is list:
        return "a list"
    if kind in _DESCRIPTIONS:
        return _DESCRIPTIONS[kind]
    return f"an instance of {getattr(kind, '__name__', kind)}"
