"""Reads the fields of a model, and keeps those that cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import attrs

from polyai_conversations_api.types import Unset

Value = TypeVar("Value")


def nothing(_: object) -> None:
    """Return None for any value."""


class Fields:
    """Reads the fields of a model; `other` collects those that cannot be read.

    Args:
        model: The model.
        other: Fields that are known to be outside the contract.
    """

    def __init__(self, model: object, other: Mapping[str, Any]) -> None:
        self._model = model
        self.other = dict(other)

    def read(
        self,
        name: str,
        convert: Callable[[Any], Value | None],
        rest: Callable[[Any], object] = nothing,
    ) -> Value | None:
        """Return a field as `convert` returns it, or None if it is empty or cannot be read.

        Args:
            name: The name of the field in the model.
            convert: Returns the value, or None if its form is unknown.
            rest: Returns what the field contains besides this value.
        """
        value = getattr(self._model, name, None)
        if value is None or isinstance(value, Unset):
            return None
        converted = convert(value)
        unread = to_json(value if converted is None else rest(value))
        if not _is_empty(unread):
            self.other[name] = unread
        return converted


def _is_empty(value: Any) -> bool:
    """Return whether JSON has no content; an object without values has none."""
    values = value.values() if isinstance(value, dict) else [value]
    return all(each is None or each in ("", [], {}) for each in values)


def to_json(value: object) -> Any:
    """Return the JSON values of a model under the names of its attributes.

    Unlike `to_dict`, it accepts models that contain values of any type.
    """
    if isinstance(value, list) and any(attrs.has(type(item)) for item in value):
        return [to_json(item) for item in value]
    model: type[Any] = type(value)
    if not attrs.has(model):
        return value
    # The generator appends an underscore to a keyword or the name of a builtin.
    fields = {f.name.removesuffix("_"): getattr(value, f.name) for f in attrs.fields(model)}
    additional = fields.pop("additional_properties")
    return {
        name: to_json(each)
        for name, each in (fields | additional).items()
        if not isinstance(each, Unset)
    }


def parse_object(value: object) -> Mapping[str, Any] | None:
    """Return an object as a mapping, or None if the value is something else."""
    plain = to_json(value)
    return plain if isinstance(plain, dict) else None
