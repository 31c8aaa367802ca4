"""Writes values as JSON that every parser accepts."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any


def to_json_text(
    value: object, *, indent: int | None = None, default: Callable[[Any], object] | None = None
) -> str:
    """Return a value as JSON text.

    A number beyond the range of a float, such as 1e999, is read as infinity, for which JSON has no
    notation. It becomes null.

    Args:
        value: The value.
        indent: As for `json.dumps`.
        default: As for `json.dumps`.

    Raises:
        RecursionError: The value is nested too deeply.
    """
    try:
        return json.dumps(value, indent=indent, default=default, allow_nan=False)
    except ValueError:
        return json.dumps(_without_infinity(value), indent=indent, default=default, allow_nan=False)


def _without_infinity(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {name: _without_infinity(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_without_infinity(each) for each in value]
    return value
