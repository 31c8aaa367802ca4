"""Decides which failures are retried, how often and after what delay; no I/O.

The retry loop itself is in `_async/session.py`. One `RetryBudget` covers a whole call, so a failed
connection, an error status and an interrupted body all count against the same `max_retries`.
"""

from __future__ import annotations

import math
import random
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import attrs
import httpx

from polyai_conversations._deadline import Deadline
from polyai_conversations.errors import IncompleteDownloadError

IDEMPOTENT: Final = "polyai_idempotent"
"""Request extension that says whether repeating the request has no further effect."""
IDEMPOTENT_METHODS: Final = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})

_RATE_LIMITED: Final = 429
_TRANSIENT_STATUSES: Final = frozenset({408, _RATE_LIMITED, 500, 502, 503, 504})
_TRANSIENT_FAILURES: Final = (
    httpx.TimeoutException,
    httpx.NetworkError,
    httpx.RemoteProtocolError,
    IncompleteDownloadError,
)
# The server has not seen the request, so even an operation that is not idempotent is retried.
_UNSENT_FAILURES: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_MAX_DOUBLINGS: Final = 64


def full_jitter(ceiling: float) -> float:
    """Return a random delay between 0 and `ceiling`, so that clients do not retry in step."""
    return random.uniform(0.0, ceiling)  # noqa: S311 - spreads load; not a secret


@attrs.frozen(kw_only=True)
class RetryPolicy:
    """How often a call is retried, and how long it waits before each retry.

    Idempotent requests are retried on the statuses 408, 429, 500, 502, 503 and 504, on failed or
    interrupted connections and on timeouts. They are GET, HEAD, PUT, DELETE and OPTIONS, setting a
    note, and calls of a client from `with_options(idempotent=True)`. Other requests are retried
    only on 429 and when no connection was made, because then the server has not acted.

    Attributes:
        max_retries: Number of retries per call; 4 means at most five requests.
        initial_backoff: Longest delay before the first retry, in seconds. It doubles each time.
        max_backoff: Longest delay before any retry, in seconds.
        max_retry_after: Longest `Retry-After` that is honoured, in seconds. When the server asks
            for more, the call fails at once with the server's error.
        jitter: Picks the delay, given its upper limit in seconds.
    """

    max_retries: int = 4
    initial_backoff: float = 0.5
    max_backoff: float = 8.0
    max_retry_after: float = 60.0
    jitter: Callable[[float], float] = full_jitter

    def backoff(self, retry: int) -> float:
        """Return the delay in seconds before a retry; the first retry is number 1."""
        doublings = min(retry - 1, _MAX_DOUBLINGS)
        return self.jitter(min(self.max_backoff, self.initial_backoff * 2.0**doublings))


@attrs.define
class RetryBudget:
    """The retries and the time that one call has left.

    A retry that would have to wait until after the deadline is not made, so the call fails with
    the error that it would have retried.

    Attributes:
        policy: The policy that the call follows.
        idempotent: Whether the request may be repeated after the server has seen it.
        deadline: When the call must have ended.
        retries: Number of retries used so far.
    """

    policy: RetryPolicy
    idempotent: bool
    deadline: Deadline = attrs.field(factory=lambda: Deadline(None))
    retries: int = 0

    def delay_after_status(self, response: httpx.Response) -> float | None:
        """Use a retry for an error status.

        Returns:
            The delay in seconds, or None if the error is final.
        """
        statuses = _TRANSIENT_STATUSES if self.idempotent else {_RATE_LIMITED}
        if response.status_code not in statuses:
            return None
        retry_after = retry_after_seconds(response.headers)
        if retry_after is not None and retry_after > self.policy.max_retry_after:
            return None
        if not self.use_retry():
            return None
        return self._delay(retry_after)

    def delay_after_failure(self, error: Exception) -> float | None:
        """Use a retry for a request that failed, or for a body that was cut off.

        Returns:
            The delay in seconds, or None if the error is final.
        """
        failures = _TRANSIENT_FAILURES if self.idempotent else _UNSENT_FAILURES
        if not isinstance(error, failures) or is_certificate_error(error) or not self.use_retry():
            return None
        return self._delay(None)

    def use_retry(self) -> bool:
        """Use one retry; return False if none is left."""
        if self.retries >= self.policy.max_retries:
            return False
        self.retries += 1
        return True

    def _delay(self, retry_after: float | None) -> float | None:
        delay = self.policy.backoff(self.retries) if retry_after is None else retry_after
        return delay if delay < self.deadline.remaining else None


def is_certificate_error(error: BaseException) -> bool:
    """Return whether a connection failed because of the server's certificate."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLCertVerificationError):
        cause = cause.__cause__ or cause.__context__
    return cause is not None


def retry_after_seconds(headers: httpx.Headers) -> float | None:
    """Read `Retry-After`, given in seconds or as a date.

    Returns:
        Seconds from now, at least 0; None if the header is missing or invalid.
    """
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        seconds = float(value)
        return seconds if math.isfinite(seconds) else None
    try:
        moment = parsedate_to_datetime(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0.0, (moment - datetime.now(UTC)).total_seconds())
    except (ValueError, OverflowError):
        return None
