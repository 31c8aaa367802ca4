"""The request and the response of any generated endpoint, without I/O.

A generated endpoint is a module with `_get_kwargs` and `_parse_response`. Nothing here is specific
to one of them, so endpoints that are generated later work as well.
"""

from __future__ import annotations

import inspect
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from polyai_conversations.models import ErrorEnvelope, OperationSuccessResponse
from polyai_conversations_api.api.conversations import upsert_note
from polyai_conversations_api.client import Client
from polyai_conversations_api.types import File, Unset

from .error_response import validation_error
from .redaction import scrub_traceback
from .retry import IDEMPOTENT
from .validation import ValidationIssue, validate

if TYPE_CHECKING:
    from types import ModuleType

    import httpx

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
            and which would address another endpoint.

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
        raise ValueError(f"{name} holds half a character (a lone surrogate): {value!r}") from None
    return value


def request_arguments(
    endpoint: ModuleType, agent_id: str, ids: tuple[str, ...], arguments: dict[str, Any]
) -> dict[str, Any]:
    """Return the arguments of `httpx.Client.build_request` for a call.

    Raises:
        ValueError: `endpoint` is not a generated endpoint, or an id cannot be part of a path.
        TypeError: The number of ids is wrong.

    """
    if not hasattr(endpoint, "_get_kwargs"):
        raise ValueError(
            "endpoint must be a module such as polyai_conversations_api.api.conversations."
            f"get_conversation, not {endpoint!r}"
        )
    names = _path_parameters(endpoint)
    values = (agent_id, *ids) if names[:1] == ("agent_id",) else ids
    if len(values) != len(names):
        raise TypeError(f"{endpoint.__name__} takes these ids: {', '.join(names)}")
    path = {name: check_id(name, value) for name, value in zip(names, values, strict=True)}
    request: dict[str, Any] = endpoint._get_kwargs(**path, **arguments)  # noqa: SLF001 - generated
    if endpoint is upsert_note:  # a POST, but setting the same note twice has no further effect
        request["extensions"] = {IDEMPOTENT: True}
    return request


def parse_response(endpoint: ModuleType, response: httpx.Response) -> Any:
    """Return the model for a success response.

    Raises:
        ResponseValidationError: The body violates the contract, or the status is a success status
            that the contract does not document.

    """
    answer = _ParsedOnce(response)
    try:
        model = endpoint._parse_response(client=_LENIENT, response=answer)  # noqa: SLF001 - generated
    except _PARSER_ERRORS as error:
        issue = _explain(endpoint, answer, error)
        raise validation_error(response, issue) from scrub_traceback(error)
    if model is None:
        status = f"has the undocumented status {response.status_code}"
        raise validation_error(response, ValidationIssue(None, status))
    if isinstance(model, File):
        return model
    issue_found = validate(type(model), answer.body)
    if issue_found is not None:
        raise validation_error(response, issue_found)
    if isinstance(model, OperationSuccessResponse):
        _check_success(response, model)
    return model


class _ParsedOnce:
    """A response whose JSON is parsed once, for the generated parser and the validation."""

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


def _explain(endpoint: ModuleType, answer: _ParsedOnce, error: Exception) -> ValidationIssue:
    try:
        body = answer.body
    except (RecursionError, ValueError):
        return ValidationIssue(None, f"is not JSON ({answer.describe()})")
    issue = validate(_success_model(endpoint), body)
    return issue or ValidationIssue(None, f"cannot be read ({type(error).__name__}: {error})")


def _success_model(endpoint: ModuleType) -> type:
    hint = get_type_hints(endpoint._parse_response)["return"]  # noqa: SLF001 - generated
    models: list[type] = [kind for kind in get_args(hint) if kind is not ErrorEnvelope]
    return models[0]


@cache
def _path_parameters(endpoint: ModuleType) -> tuple[str, ...]:
    parameters = inspect.signature(endpoint._get_kwargs).parameters.values()  # noqa: SLF001 - generated
    return tuple(p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD)
