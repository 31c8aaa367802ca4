"""Answers in the API's form: JSON, and the one envelope of every error."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request


class RefusedError(Exception):
    """A request that is answered with an error.

    Args:
        status: Status of the answer.
        code: What is wrong, for programs, in capitals.
        message: What is wrong, for people.
        headers: What else the answer says.

    """

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        message: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.headers = headers
        self.status = status
        self.code = code
        self.message = message


def refused(request: Request, error: Exception) -> Response:
    """Answer a request that an operation refused."""
    if not isinstance(error, RefusedError):
        raise error
    return _envelope(request, error.status, error.code, error.message, error.headers)


def unrouted(request: Request, error: Exception) -> Response:
    """Answer a request that meets no operation."""
    if not isinstance(error, HTTPException):
        raise error
    status = HTTPStatus(error.status_code)
    message = f"{request.method} {request.scope['path']}: {status.phrase}"
    allowed = ", ".join(sorted((error.headers or {}).get("Allow", "").split(", ")))
    headers = {"Allow": allowed} if allowed else None
    return _envelope(request, status, status.name, message, headers)


def failed(request: Request, _: Exception) -> Response:
    """Answer a request over which the sandbox itself stumbled."""
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return _envelope(request, status, status.name, "The sandbox failed; its log says why")


def _envelope(
    request: Request,
    status: HTTPStatus,
    code: str,
    message: str,
    headers: Mapping[str, str] | None = None,
) -> Response:
    content = {
        "success": False,
        "error": message,
        "error_id": request.scope["correlation_id"],
        "error_code": code,
        "error_message": message,
        "data": None,
    }
    return JSONResponse(content, status, headers)
