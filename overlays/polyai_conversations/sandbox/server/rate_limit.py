"""Limits the number of requests per second, as the API may do for a key."""

from __future__ import annotations

import time
from collections import deque
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from .error_responses import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable

_WINDOW_SECONDS: Final = 1.0


class RateLimit:
    """Accepts a number of requests within any second, and rejects the others.

    Args:
        per_second: How many requests to accept; None accepts all.
        clock: Returns the time in seconds.

    """

    def __init__(self, per_second: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._clock = clock
        self._accepted: deque[float] = deque()

    def check(self) -> None:
        """Accept a request.

        Raises:
            ApiError: Too many requests were accepted within the last second.

        """
        if self._per_second is None:
            return
        now = self._clock()
        while self._accepted and self._accepted[0] <= now - _WINDOW_SECONDS:
            self._accepted.popleft()
        if len(self._accepted) >= self._per_second:
            raise rate_limit_error(retry_after=1)
        self._accepted.append(now)


def rate_limit_error(retry_after: int) -> ApiError:
    """Return the error for too many requests.

    Args:
        retry_after: The number of seconds that the client must wait.

    """
    return ApiError(
        HTTPStatus.TOO_MANY_REQUESTS,
        None,
        "Too many requests",
        {"Retry-After": str(retry_after)},
    )
