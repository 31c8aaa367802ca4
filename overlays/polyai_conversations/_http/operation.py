"""The request and the response of any generated operation, without I/O.

A generated operation is a module with `_get_kwargs` and `_parse_response`. Nothing here is specific
to one of them, so operations that are generated later work as well.
"""

from __future__ import annotations

import inspect
from functools import cache, cached_property
from types import ModuleType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import httpx

from polyai_conversations.models import ErrorEnvelope, OperationSuccessResponse
from polyai_conversations_api.api.conversations import upsert_note
from polyai_conversations_api.client import Client
from polyai_conversations_api.types import File, Unset

from .error_response import validation_error
from .redaction import scrub_traceback
from .response_validation import ValidationIssue, validate
from .retry import IDEMPOTENT

# The generated parser asks its client only what to do with an undocumented status.
_LENIENT = Client(base_url="", raise_on_unexpected_status=False)
_PARSER_ERRORS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


def check_id(name: str, value: object) -> str:
    """Return an id that may be part of a path.

    Raises:
        ValueError: It is not a string, or empty, or `.` or `..`, which escaping does not protect
            and which would address another operation.
    """
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a string, not {type(value).__name__}")
    if not value.strip():
        raise ValueError(f"{name} must not be empty")
    if value in {".", ".."}:
        raise ValueError(f"{name} must be an id, not {value!r}, which would address another path")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{name} contains a lone surrogate: {value!r}") from None
    return value


def request_arguments(
    operation: ModuleType, agent_id: str, ids: tuple[str, ...], arguments: dict[str, Any]
) -> dict[str, Any]:
    """Return the arguments of `httpx.Client.build_request` for a call.

    Raises:
        ValueError: `operation` is not a generated operation, an id cannot be part of a path, or an
            argument is not one of its allowed values.
        TypeError: The number of ids is wrong.
    """
    if not hasattr(operation, "_get_kwargs"):
        raise ValueError(
            "operation must be a module such as polyai_conversations_api.api.conversations."
            f"get_conversation, not {operation!r}"
        )
    names = _path_parameters(operation)
    values = (agent_id, *ids) if names[:1] == ("agent_id",) else ids
    if len(values) != len(names):
        raise TypeError(f"{operation.__name__} takes these ids: {', '.join(names)}")
    check_arguments(operation, arguments)
    path = {name: check_id(name, value) for name, value in zip(names, values, strict=True)}
    request: dict[str, Any] = operation._get_kwargs(**path, **arguments)
    if operation is upsert_note:  # a POST, but setting the same note twice has no further effect
        request["extensions"] = {IDEMPOTENT: True}
    return request


def check_arguments(operation: ModuleType, arguments: dict[str, Any]) -> None:
    """Check arguments that must be a bool or one of a closed set of values.

    Raises:
        ValueError: One has another value.
    """
    for name, value in arguments.items():
        hint = _argument_types(operation).get(name)
        members = get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)
        kinds = tuple(member for member in members if member is not Unset)
        literals = [kind for kind in kinds if get_origin(kind) is Literal]
        allowed = [choice for literal in literals for choice in get_args(literal)]
        if allowed and not isinstance(value, Unset) and value not in allowed:
            raise ValueError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
        if kinds == (bool,) and not isinstance(value, bool | Unset):
            raise ValueError(f"{name} must be True or False, not {value!r}")


def parse_response(operation: ModuleType, response: httpx.Response) -> Any:
    """Return the model for a success response.

    Raises:
        ResponseValidationError: The body violates the contract, or the status is a success status
            that the contract does not document.
    """
    cached = _CachedResponse(response)
    try:
        model = operation._parse_response(client=_LENIENT, response=cached)
    except _PARSER_ERRORS as error:
        issue = _explain(operation, cached, error)
        raise validation_error(response, issue) from scrub_traceback(error)
    if model is None or isinstance(model, ErrorEnvelope):  # by the contract's `default`
        status = f"has the undocumented status {response.status_code}"
        raise validation_error(response, ValidationIssue(None, status))
    if isinstance(model, File):
        return model
    issue_found = validate(type(model), cached.body)
    if issue_found is not None:
        raise validation_error(response, issue_found)
    if isinstance(model, OperationSuccessResponse):
        _check_success(response, model)
    return model


class _CachedResponse:
    """A response whose JSON is parsed only once, for the generated parser and for validation."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self.status_code = response.status_code
        self.content = response.content

    @cached_property
    def body(self) -> Any:
        return self._response.json()

    def json(self) -> Any:
        return self.body

    def describe(self) -> str:
        kind = self._response.headers.get("content-type", "no content type")
        return f"{len(self.content)} bytes, {kind}"


def _check_success(response: httpx.Response, model: OperationSuccessResponse) -> None:
    if isinstance(model.success, Unset):
        model.success = True  # the contract's default, which the generated parser does not apply
    if model.success is not True:
        issue = ValidationIssue("success", "is not true: the server did not accept the change")
        raise validation_error(response, issue)


def _explain(operation: ModuleType, cached: _CachedResponse, error: Exception) -> ValidationIssue:
    try:
        body = cached.body
    except (RecursionError, ValueError):
        return ValidationIssue(None, f"is not JSON ({cached.describe()})")
    issue = validate(_success_model(operation), body)
    return issue or ValidationIssue(None, f"cannot be read ({type(error).__name__}: {error})")


def _success_model(operation: ModuleType) -> type:
    hint = get_type_hints(operation._parse_response)["return"]
    models: list[type] = [kind for kind in get_args(hint) if kind is not ErrorEnvelope]
    return models[0]


@cache
def _argument_types(operation: ModuleType) -> dict[str, Any]:
    return get_type_hints(operation._get_kwargs)


@cache
def _path_parameters(operation: ModuleType) -> tuple[str, ...]:
    parameters = inspect.signature(operation._get_kwargs).parameters.values()
    return tuple(p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD)
