"""The models of the API for other libraries, with the fields and types of the client's models."""

from __future__ import annotations

from functools import cache, reduce
from operator import or_
from types import GenericAlias, UnionType
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin, get_type_hints

import attrs
import msgspec
import openai
import pydantic

import polyai_conversations_api.models
from polyai_conversations.models import Unset

if TYPE_CHECKING:
    from collections.abc import Callable

    Build = Callable[[str, list["Field"]], Any]


@attrs.frozen
class Field:
    """A field of a model: its name, its key in JSON, its type, and whether it is required."""

    name: str
    key: str
    type: Any
    required: bool


def pydantic_model(name: str, fields: list[Field]) -> Any:
    """Make a model for pydantic, as its documentation shows models."""
    return pydantic.create_model(name, **_pydantic_fields(fields))


def openai_model(name: str, fields: list[Field]) -> Any:
    """Make a model for the library of OpenAI, which derives its own from pydantic's."""
    return pydantic.create_model(name, __base__=openai.BaseModel, **_pydantic_fields(fields))


def msgspec_model(name: str, fields: list[Field]) -> Any:
    """Make a model for msgspec."""
    return msgspec.defstruct(
        name,
        [
            (field.name, field.type)
            if field.required
            else (field.name, field.type | msgspec.UnsetType, msgspec.UNSET)
            for field in fields
        ],
        rename={field.name: field.key for field in fields},
    )


def convert(model: type, build: Build) -> Any:
    """Return the counterpart of one of the client's models, made by one of these functions."""

    @cache
    def counterpart(model: type) -> Any:
        hints = get_type_hints(model, localns=vars(polyai_conversations_api.models))
        further = get_args(hints.pop("additional_properties"))
        if not hints:
            return GenericAlias(dict, (str, of_type(further[1])))
        fields = [field for field in attrs.fields(model) if field.init]
        keys = model(*([] for _ in fields)).to_dict()
        return build(
            model.__name__,
            [
                Field(field.name, key, of_type(hints[field.name]), field.default is attrs.NOTHING)
                for field, key in zip(fields, keys, strict=True)
            ],
        )

    def of_type(hint: Any) -> Any:
        if get_origin(hint) in {Union, UnionType}:
            return reduce(or_, (of_type(kind) for kind in get_args(hint) if kind is not Unset))
        if get_origin(hint) is list:
            return GenericAlias(list, (of_type(get_args(hint)[0]),))
        return counterpart(hint) if attrs.has(hint) else hint

    return counterpart(model)


def _pydantic_fields(fields: list[Field]) -> dict[str, Any]:
    return {
        field.name: (field.type, pydantic.Field(... if field.required else None, alias=field.key))
        for field in fields
    }
