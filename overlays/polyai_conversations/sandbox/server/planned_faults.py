"""Faults that a test plans for the next requests."""

from __future__ import annotations

import asyncio
from collections import deque
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.requests import Request

from .error_responses import ApiError, on_api_error
from .faults import CLOSE_CONNECTION

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

    Fault = Callable[[Scope, Receive, Send], Awaitable[bool]]
    """Handles a request; returns whether the application should still respond to it."""

_ERRORS: Final = {status.value for status in HTTPStatus if status.value >= HTTPStatus.BAD_REQUEST}


class PlannedFaults:
    """The faults of the next requests, each of which uses one of them up.

    Threads may share it, because each method is one operation of a deque: a test plans faults while
    the server runs.
    """

    def __init__(self) -> None:
        self._faults: deque[Fault] = deque()

    def add(self, fault: Fault, times: int) -> None:
        """Plan a fault for as many of the next requests."""
        self._faults.extend([fault] * times)

    def clear(self) -> None:
        """Forget the faults that no request has met."""
        self._faults.clear()

    def take(self) -> Fault | None:
        """Return the fault for a request, or None."""
        try:
            return self._faults.popleft()
        except IndexError:
            return None


class PlannedFaultMiddleware:
    """Lets requests meet the planned faults.

    Args:
        app: The application.
        faults: The planned faults.

    """

    def __init__(self, app: ASGIApp, faults: PlannedFaults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request, unless it meets a fault that ends it."""
        fault = self._faults.take() if scope["type"] == "http" else None
        if fault is None or await fault(scope, receive, send):
            await self._app(scope, receive, send)


def error_fault(status: int, retry_after: int | None) -> Fault:
    """Respond with an error status, in the envelope of the API.

    Raises:
        ValueError: The status is not an error.

    """
    if status not in _ERRORS:
        raise ValueError(f"status must be an error status, such as 503, not {status!r}")
    headers = None if retry_after is None else {"Retry-After": str(retry_after)}
    error = ApiError(HTTPStatus(status), None, "This error was planned by a test", headers)

    async def respond(scope: Scope, receive: Receive, send: Send) -> bool:
        await on_api_error(Request(scope), error)(scope, receive, send)
        return False

    return respond


def delay_fault(seconds: float) -> Fault:
    """Wait before responding."""

    async def wait(_scope: Scope, _receive: Receive, _send: Send) -> bool:
        await asyncio.sleep(seconds)
        return True

    return wait


async def disconnect_fault(scope: Scope, receive: Receive, _send: Send) -> bool:
    """Close the connection without a response."""
    scope["state"][CLOSE_CONNECTION]()
    while (await receive())["type"] != "http.disconnect":
        continue
    return False
