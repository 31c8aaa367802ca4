"""How a call of a generated operation becomes a request, and its answer a model; no I/O.

A generated operation is a module with `_get_kwargs` and `_parse_response`. Everything here works
on any of them, tomorrow's too.
"""

from __future__ import annotations

import inspect
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from polyai_conversations_api.api.conversations import upsert_note
from polyai_conversations_api.client import Client
from polyai_conversations_api.types import File, Unset

from .config import check_id
from .contract import Breach, find_breach
from .errors import ResponseValidationError
from .models import ErrorEnvelope, OperationSuccessResponse  # ours: they pickle and show well
from .retries import REPEATABLE
from .status import correlation_id_of, describe, evidence
from .transport import without_frames

if TYPE_CHECKING:
    from types import ModuleType

    import httpx

# The generated parser asks its client only what to do with an undocumented status.
_LENIENT = Client(base_url="", raise_on_unexpected_status=False)
_UNREADABLE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


def request_arguments(
    operation: ModuleType, agent_id: str, ids: tuple[str, ...], arguments: dict[str, Any]
) -> dict[str, Any]:
    """Give the arguments of `httpx.Client.build_request` for a call.

    Raises:
        ValueError: The operation is none, or an id is not fit to stand in a path.

    """
    if not hasattr(operation, "_get_kwargs"):
        raise ValueError(
            "operation must be a module like polyai_conversations_api.api.conversations."
            f"get_conversation, not {operation!r}"
        )
    names = _path_names(operation)
    values = (agent_id, *ids) if names[:1] == ("agent_id",) else ids
    if len(values) != len(names):
        raise TypeError(f"{operation.__name__} wants these ids: {', '.join(names)}")
    path = {name: check_id(name, value) for name, value in zip(names, values, strict=True)}
    request: dict[str, Any] = operation._get_kwargs(**path, **arguments)  # noqa: SLF001 - the seam
    if operation is upsert_note:  # a POST, yet a note sent twice is the same note
        request["extensions"] = {REPEATABLE: True}
    return request


def result(operation: ModuleType, response: httpx.Response) -> Any:
    """Give the model that a success holds.

    Raises:
        ResponseValidationError: The body is not what the contract says, or the status is a
            success that it does not know.

    """
    answer = _Answer(response)
    try:
        parsed = operation._parse_response(client=_LENIENT, response=answer)  # noqa: SLF001 - the seam
    except _UNREADABLE as error:
        raise invalid(response, _explain(operation, answer, error)) from without_frames(error)
    if parsed is None:
        raise invalid(response, Breach(None, f"has the undocumented status {response.status_code}"))
    if isinstance(parsed, File):
        return parsed
    breach = find_breach(type(parsed), answer.body)
    if breach is not None:
        raise invalid(response, breach)
    if isinstance(parsed, OperationSuccessResponse):
        _settle(response, parsed)
    return parsed


def invalid(response: httpx.Response, breach: Breach) -> ResponseValidationError:
    """Make the error for a success that breaks the contract."""
    return ResponseValidationError(
        f"{describe(response.request)} succeeded ({response.status_code}), but its answer "
        f"breaks the contract: {breach.field or 'the body'} {breach.problem}",
        status_code=response.status_code,
        body=evidence(response),
        field=breach.field,
        correlation_id=correlation_id_of(response),
    )


class _Answer:
    """A response whose JSON is parsed once, for the generated parser and the check alike."""

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


def _settle(response: httpx.Response, outcome: OperationSuccessResponse) -> None:
    if isinstance(outcome.success, Unset):
        outcome.success = True  # the contract's default, which the generated parser passes over
    if outcome.success is not True:
        raise invalid(response, Breach("success", "is not true: the write was not taken"))


def _explain(operation: ModuleType, answer: _Answer, error: Exception) -> Breach:
    try:
        body = answer.body
    except (RecursionError, ValueError):
        return Breach(None, f"is not JSON ({answer.describe()})")
    breach = find_breach(_success_model(operation), body)
    return breach or Breach(None, f"cannot be read ({type(error).__name__}: {error})")


def _success_model(operation: ModuleType) -> type:
    hint = get_type_hints(operation._parse_response)["return"]  # noqa: SLF001 - the seam
    models: list[type] = [kind for kind in get_args(hint) if kind is not ErrorEnvelope]
    return models[0]


@cache
def _path_names(operation: ModuleType) -> tuple[str, ...]:
    parameters = inspect.signature(operation._get_kwargs).parameters.values()  # noqa: SLF001 - the seam
    return tuple(p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD)
