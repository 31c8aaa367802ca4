"""The response of any generated operation: from bytes to a model, without I/O."""

from __future__ import annotations

from functools import cache, cached_property
from types import ModuleType
from typing import Any, Final, get_type_hints
from urllib.parse import unquote

import attrs
import httpx

from polyai_conversations.errors import ResponseValidationError
from polyai_conversations.models import (
    ConversationDetailResponse,
    ErrorEnvelope,
    OperationSuccessResponse,
)
from polyai_conversations_api.api.conversations import get_conversation
from polyai_conversations_api.client import Client
from polyai_conversations_api.errors import UnexpectedStatus
from polyai_conversations_api.types import Unset

from .argument_types import alternatives
from .error_response import validation_error
from .json_parser import parse_json
from .redaction import correlation_id_of
from .response_validation import ValidationIssue, validate

# The generated parser asks its client only what to do with an undocumented status.
_STRICT: Final = Client(base_url="", raise_on_unexpected_status=True)
_PARSER_ERRORS: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


def parse_response(operation: ModuleType, response: httpx.Response) -> Any:
    """Return what the generated parser makes of a success response: a model, text, a file, None.

    Raises:
        ResponseValidationError: The body violates the contract, or the status is a success status
            that the contract does not document.
    """
    outcome = _parse(operation, response)
    if isinstance(outcome, ResponseValidationError):
        raise outcome  # here, because no variable of this frame holds what the server sent
    return outcome


def _parse(operation: ModuleType, response: httpx.Response) -> Any:
    """Return the result of the generated parser, or the error to raise."""
    body = _Body(response)
    try:
        result = operation._parse_response(client=_STRICT, response=body)
    except UnexpectedStatus:
        return _undocumented(response)
    except _PARSER_ERRORS as error:
        return validation_error(response, _explain(operation, body, error))
    if isinstance(result, ErrorEnvelope):  # by the contract's `default`
        return _undocumented(response)
    issue = _issue(operation, response, body, result)
    return result if issue is None else validation_error(response, issue)


def _issue(
    operation: ModuleType, response: httpx.Response, body: _Body, result: Any
) -> ValidationIssue | None:
    """Return what the generated parser overlooked, or None."""
    if body.is_parsed:
        issue = validate(_success_types(operation), body.parsed)
        if issue is not None:
            return issue
    if isinstance(result, OperationSuccessResponse):
        return _success_issue(result)
    return _id_issue(response, result) if operation is get_conversation else None


@attrs.frozen
class DetailedResponse:
    """A success response: its model, its status and its headers.

    Attributes:
        result: What `call` returns: usually a model.
        status_code: The HTTP status.
        headers: The response headers, whose names are case-insensitive.
        correlation_id: Identifies the request in PolyAI's logs; PolyAI's support asks for it.
    """

    result: Any
    status_code: int
    headers: httpx.Headers
    correlation_id: str | None


def detailed_response(response: httpx.Response, result: Any) -> DetailedResponse:
    """Combine a success response with the result that was parsed from it."""
    return DetailedResponse(
        result, response.status_code, response.headers, correlation_id_of(response)
    )


class _Body:
    """What the generated parser reads of a response; its JSON is parsed only once."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self.status_code = response.status_code
        self.content = response.content
        self.headers = response.headers

    @property
    def text(self) -> str:
        return self._response.text

    @cached_property
    def parsed(self) -> Any:
        return parse_json(self.content)

    @property
    def is_parsed(self) -> bool:
        return "parsed" in vars(self)

    def json(self) -> Any:
        return self.parsed

    def describe(self) -> str:
        kind = self.headers.get("content-type", "no content type")
        return f"{len(self.content)} bytes, {kind}"


def _undocumented(response: httpx.Response) -> ResponseValidationError:
    status = f"has the undocumented status {response.status_code}"
    return validation_error(response, ValidationIssue(None, status))


def _success_issue(model: OperationSuccessResponse) -> ValidationIssue | None:
    if isinstance(model.success, Unset):
        model.success = True  # the contract's default, which the generated parser does not apply
    if model.success is True:
        return None
    return ValidationIssue("success", "is not true: the server did not accept the change")


def _id_issue(
    response: httpx.Response, model: ConversationDetailResponse
) -> ValidationIssue | None:
    """Refuse another conversation than the one that was requested."""
    path, _, _ = response.request.url.raw_path.decode().partition("?")
    requested = unquote(path.rpartition("/")[2])
    if model.conversation_id == requested:
        return None
    problem = f"is {model.conversation_id!r}, but {requested!r} was requested"
    return ValidationIssue("conversationId", problem)


def _explain(operation: ModuleType, body: _Body, error: Exception) -> ValidationIssue:
    try:
        parsed = body.parsed
    except RecursionError:
        return ValidationIssue(None, f"is nested too deeply ({body.describe()})")
    except ValueError as reason:
        detail = f"; {reason}" if type(reason) is ValueError else ""
        return ValidationIssue(None, f"is not JSON ({body.describe()}{detail})")
    issue = validate(_success_types(operation), parsed)
    return issue or ValidationIssue(None, f"cannot be read ({type(error).__name__}: {error})")


@cache
def _success_types(operation: ModuleType) -> tuple[Any, ...]:
    """Return the types of the bodies of success responses."""
    hint = get_type_hints(operation._parse_response)["return"]
    return tuple(kind for kind in alternatives(hint) if kind is not ErrorEnvelope)
