"""Checks that a value can be written as JSON, before a request is built from it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

_MAX_DEPTH: Final = 100
_MAX_QUOTED: Final = 100
"""Characters of a name that an error quotes."""


def check_json(name: str, value: object, depth: int = 0) -> None:
    """Check that JSON has a notation for a value, and for everything in it.

    Args:
        name: What the value is called in the error.
        value: The value.
        depth: How many objects and arrays the value is in.

    Raises:
        ValueError: It has none; the message names the part of the value.
    """
    if depth > _MAX_DEPTH:
        raise ValueError(f"{name[:_MAX_QUOTED]}… is nested too deeply for JSON")
    if isinstance(value, str):
        _check_text(name, value)
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{name} must be a finite number, not {value!r}")
    elif isinstance(value, Mapping):
        for key, member in value.items():
            if not isinstance(key, str):
                raise ValueError(f"{name} must have strings as keys, not {key!r}")
            _check_text(f"the key {key!r} in {name}", key)
            check_json(f"{name}[{key!r}]", member, depth + 1)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            check_json(f"{name}[{index}]", item, depth + 1)
    elif value is not None and not isinstance(value, bool | int):
        raise ValueError(f"{name} must be a value that JSON has, not {type(value).__name__}")


def _check_text(name: str, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        position = error.start
        raise ValueError(
            f"{name} contains a lone surrogate, {text[position]!r}, at position {position}"
        ) from None
