"""Builds the request of any generated operation.

A generated operation is a module with `_get_kwargs` and `_parse_response`, so operations that are
generated later work as well. Only `upsert_note` gets a special treatment: its POST is idempotent.
The only I/O is reading a file that is passed as the body.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from functools import cache
from types import ModuleType
from typing import Any, Final, get_type_hints

from polyai_conversations_api.api.conversations import upsert_note

from .argument_types import check_argument
from .json_values import check_json
from .retry import IDEMPOTENT

_AGENT: Final = "agent_id"
_MAX_ID_LENGTH: Final = 1_024
"""Characters; servers refuse long URLs, and httpx does not build them."""
_MAX_QUOTED: Final = 60
_CONVERSION_ERRORS: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def check_id(name: str, value: object) -> str:
    """Return an id that may be part of a path.

    Raises:
        ValueError: It is not a string, or empty, or longer than 1,024 characters, or `.` or `..`,
            which escaping does not protect and which would address another operation.
    """
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a string, not {type(value).__name__}")
    if not value.strip():
        raise ValueError(f"{name} must not be empty")
    if len(value) > _MAX_ID_LENGTH:
        raise ValueError(
            f"{name} must have at most {_MAX_ID_LENGTH:,} characters, not {len(value):,}: "
            f"{value[:_MAX_QUOTED]!r}…"
        )
    if value in {".", ".."}:
        raise ValueError(f"{name} must be an id, not {value!r}, which would address another path")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{name} contains a lone surrogate: {value!r}") from None
    return value


def request_arguments(
    operation: ModuleType, agent_id: str, ids: tuple[object, ...], arguments: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the arguments of `httpx.Client.build_request` for a call, with a path as `url`.

    Args:
        operation: The generated operation.
        agent_id: The id to use where the path contains an agent's id, unless `arguments` has one.
        ids: The other path parameters in order, without those in `arguments`.
        arguments: All other parameters by name, and the `body`.

    Raises:
        ValueError: `operation` is not a generated operation, an id cannot be part of a path, or an
            argument does not have the type that the operation declares.
        TypeError: An argument is missing or unknown, or the number of ids is wrong.
    """
    if not hasattr(operation, "_get_kwargs"):
        raise ValueError(
            "operation must be a module such as polyai_conversations_api.api.conversations."
            f"get_conversation, not {operation!r}"
        )
    named = {**_path_arguments(operation, agent_id, ids, arguments), **arguments}
    _check_names(operation, named)
    check_arguments(operation, named)
    try:
        request: dict[str, Any] = operation._get_kwargs(**named)
    except _CONVERSION_ERRORS as error:
        raise ValueError(
            f"the arguments of {operation.__name__} cannot be sent: {type(error).__name__}: {error}"
        ) from error
    for name, value in _members(request.get("json")):
        check_json(name, value)
    if hasattr(request.get("content"), "read"):  # a file could be sent only once, and by threads
        request["content"] = request["content"].read()
    if "files" in request:  # httpx picks a boundary that does not occur in the files
        request["headers"].pop("Content-Type", None)
    if operation is upsert_note:  # a POST, but setting the same note twice has no further effect
        request["extensions"] = {IDEMPOTENT: True}
    return request


def _members(body: object) -> Iterable[tuple[str, object]]:
    return body.items() if isinstance(body, dict) else [("body", body)]


def check_arguments(operation: ModuleType, arguments: Mapping[str, Any]) -> None:
    """Check that arguments have the types that their operation declares.

    Raises:
        ValueError: One has not, or an id cannot be part of a path.
    """
    hints = _argument_types(operation)
    path = _path_parameters(operation)
    for name, value in arguments.items():
        if name in path and hints[name] is str:
            check_id(name, value)
        else:
            check_argument(name, value, hints[name])


def _path_arguments(
    operation: ModuleType, agent_id: str, ids: tuple[object, ...], arguments: Mapping[str, Any]
) -> dict[str, Any]:
    names = _path_parameters(operation)
    positional = [name for name in names if name != _AGENT and name not in arguments]
    if len(ids) != len(positional):
        expected = ", ".join(positional) or "none"
        raise TypeError(f"{operation.__name__} takes these ids: {expected}; {len(ids)} were passed")
    values = dict(zip(positional, ids, strict=True))
    return values if _AGENT not in names else {_AGENT: agent_id} | values


def _check_names(operation: ModuleType, arguments: Mapping[str, Any]) -> None:
    parameters = _parameters(operation)
    for name in arguments:
        if name not in parameters:
            known = ", ".join(name for name in parameters if name != _AGENT) or "none"
            raise TypeError(f"{operation.__name__} has no argument {name!r}; it has: {known}")
    for name, parameter in parameters.items():
        if parameter.default is parameter.empty and name not in arguments:
            raise TypeError(f"{operation.__name__} requires the argument {name!r}")


@cache
def _argument_types(operation: ModuleType) -> dict[str, Any]:
    return get_type_hints(operation._get_kwargs)


@cache
def _path_parameters(operation: ModuleType) -> tuple[str, ...]:
    parameters = _parameters(operation).values()
    return tuple(p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD)


@cache
def _parameters(operation: ModuleType) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(operation._get_kwargs).parameters
