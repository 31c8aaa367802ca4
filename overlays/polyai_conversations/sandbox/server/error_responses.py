"""Error responses: every error has the same JSON envelope.

Its code is null for statuses whose codes are not documented.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request


class ApiError(Exception):
    """Raised by an operation to respond with an error.

    Args:
        status: Status of the response.
        code: A machine-readable code, in capitals; None if the contract names none for the status.
        message: A description for people.
        headers: Additional headers of the response.

    """

    def __init__(
        self,
        status: HTTPStatus,
        code: str | None,
        message: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.headers = headers
        self.status = status
        self.code = code
        self.message = message


def on_api_error(request: Request, error: Exception) -> Response:
    """Respond to a request that an operation rejected."""
    if not isinstance(error, ApiError):
        raise error
    return _envelope(request, error.status, error.code, error.message, error.headers)


def on_routing_error(request: Request, error: Exception) -> Response:
    """Respond to a request that matches no operation."""
    if not isinstance(error, HTTPException):
        raise error
    status = HTTPStatus(error.status_code)
    message = f"{request.method} {request.scope['path']}: {status.phrase}"
    allowed = ", ".join(sorted((error.headers or {}).get("Allow", "").split(", ")))
    headers = {"Allow": allowed} if allowed else None
    return _envelope(request, status, None, message, headers)


def on_internal_error(request: Request, _: Exception) -> Response:
    """Respond to a request whose handling failed because of a bug in the sandbox."""
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return _envelope(request, status, None, "The sandbox failed; see its log for the reason")


def _envelope(
    request: Request,
    status: HTTPStatus,
    code: str | None,
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
