"""Which failures are retried, and after what delay: the decisions without any I/O."""

from __future__ import annotations

import email.utils
import math
import ssl
import time
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_conversations import IncompleteRecordingError, RetryPolicy
from polyai_conversations._deadline import Deadline
from polyai_conversations._http.retry import RetryBudget, full_jitter, retry_after_seconds

TRANSIENT_FAILURES = [
    httpx.ReadTimeout("timeout"),
    httpx.WriteTimeout("timeout"),
    httpx.ReadError("reset"),
    httpx.WriteError("reset"),
    httpx.RemoteProtocolError("closed"),
    IncompleteRecordingError("broke off", received=1, expected=2, status_code=200),
]
UNSENT_FAILURES = [
    httpx.ConnectError("refused"),
    httpx.ConnectTimeout("timeout"),
    httpx.PoolTimeout("timeout"),
]
PERMANENT_FAILURES = [
    httpx.UnsupportedProtocol("ftp"),
    httpx.LocalProtocolError("invalid header"),
    httpx.DecodingError("not gzip"),
    httpx.TooManyRedirects("loop"),
    httpx.ProxyError("407"),
]

seconds = st.floats(min_value=0, max_value=1e6)


def no_jitter(ceiling: float) -> float:
    return ceiling


def budget(*, idempotent: bool = True, **settings: Any) -> RetryBudget:
    return RetryBudget(RetryPolicy(jitter=no_jitter, **settings), idempotent)


def response(status: int, retry_after: str | None = None) -> httpx.Response:
    headers = [] if retry_after is None else [(b"retry-after", retry_after.encode("latin-1"))]
    return httpx.Response(status, headers=headers)


@given(seconds)
def test_full_jitter_returns_a_delay_up_to_its_ceiling(ceiling: float) -> None:
    assert 0 <= full_jitter(ceiling) <= ceiling


def test_full_jitter_uses_the_whole_range() -> None:
    delays = [full_jitter(8.0) for _ in range(1000)]
    assert min(delays) < 1
    assert max(delays) > 7


@given(initial=seconds, longest=seconds, retry=st.integers(min_value=1, max_value=10_000))
def test_the_delay_never_exceeds_the_maximum(initial: float, longest: float, retry: int) -> None:
    policy = RetryPolicy(initial_backoff=initial, max_backoff=longest)
    assert 0 <= policy.backoff(retry) <= longest


@given(initial=seconds, longest=seconds, retry=st.integers(min_value=1, max_value=60))
def test_the_ceiling_doubles_with_each_retry_up_to_the_maximum(
    initial: float, longest: float, retry: int
) -> None:
    policy = RetryPolicy(initial_backoff=initial, max_backoff=longest, jitter=no_jitter)
    assert policy.backoff(1) == min(initial, longest)
    assert policy.backoff(retry + 1) == min(2 * initial * 2 ** (retry - 1), longest)


def test_the_default_policy_waits_at_most_half_a_second_and_then_up_to_eight() -> None:
    policy = RetryPolicy(jitter=no_jitter)
    assert policy.max_retries == 4
    assert policy.max_retry_after == 60
    assert [policy.backoff(retry) for retry in range(1, 7)] == [0.5, 1, 2, 4, 8, 8]


def test_the_settings_of_a_policy_are_named() -> None:
    with pytest.raises(TypeError):
        RetryPolicy(3)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("idempotent", "statuses"), [(True, {408, 429, 500, 502, 503, 504}), (False, {429})]
)
def test_only_transient_statuses_are_retried(statuses: set[int], *, idempotent: bool) -> None:
    delays = {
        status: budget(idempotent=idempotent).delay_after_status(response(status))
        for status in range(300, 600)
    }
    assert {status for status, delay in delays.items() if delay is not None} == statuses
    assert {delays[status] for status in statuses} == {0.5}


@pytest.mark.parametrize("idempotent", [True, False])
@pytest.mark.parametrize(
    ("failures", "always", "if_idempotent"),
    [
        (TRANSIENT_FAILURES, False, True),
        (UNSENT_FAILURES, True, True),
        (PERMANENT_FAILURES, False, False),
    ],
    ids=["transient", "unsent", "permanent"],
)
def test_a_failure_is_retried_if_repeating_the_request_is_safe(
    failures: list[Exception], *, always: bool, if_idempotent: bool, idempotent: bool
) -> None:
    retried = if_idempotent if idempotent else always
    for failure in failures:
        delay = budget(idempotent=idempotent).delay_after_failure(failure)
        assert delay == (0.5 if retried else None), type(failure).__name__


def chained(cause: Exception | None, context: Exception | None) -> httpx.ConnectError:
    """Return a failure with the exceptions that led to it."""
    error = httpx.ConnectError("failed")
    error.__cause__, error.__context__ = cause, context
    return error


CERTIFICATE_ERROR = ssl.SSLCertVerificationError("self-signed certificate")
OTHER_ERROR = ssl.SSLError("handshake failure")


@pytest.mark.parametrize(
    ("failure", "is_retried"),
    [
        (chained(None, CERTIFICATE_ERROR), False),
        (chained(CERTIFICATE_ERROR, None), False),
        (chained(CERTIFICATE_ERROR, CERTIFICATE_ERROR), False),
        (chained(chained(None, CERTIFICATE_ERROR), None), False),
        (chained(OTHER_ERROR, OTHER_ERROR), True),
        (chained(None, None), True),
    ],
    ids=["raised while handling", "raised from", "both", "indirect", "another TLS error", "none"],
)
def test_a_connection_that_failed_because_of_the_certificate_is_not_retried(
    failure: httpx.ConnectError, *, is_retried: bool
) -> None:
    assert (budget().delay_after_failure(failure) is not None) == is_retried


@given(
    max_retries=st.integers(min_value=0, max_value=20),
    failures=st.lists(st.sampled_from(["status", "failure", "range"]), max_size=40),
)
def test_all_failures_of_a_call_share_its_retries(max_retries: int, failures: list[str]) -> None:
    shared = budget(max_retries=max_retries)
    retry = {
        "status": lambda: shared.delay_after_status(response(503)) is not None,
        "failure": lambda: shared.delay_after_failure(httpx.ReadError("reset")) is not None,
        "range": shared.use_retry,
    }
    retried = sum(retry[failure]() for failure in failures)
    assert retried == shared.retries == min(max_retries, len(failures))


@given(st.integers(min_value=0, max_value=60))
def test_retry_after_replaces_the_backoff(wait: int) -> None:
    assert budget().delay_after_status(response(503, str(wait))) == wait


@given(limit=seconds, wait=st.integers(min_value=0, max_value=10**308))
def test_a_retry_after_beyond_the_limit_ends_the_call(limit: float, wait: int) -> None:
    limited = budget(max_retry_after=limit)
    delay = limited.delay_after_status(response(429, str(wait)))
    assert delay == (wait if wait <= limit else None)
    assert limited.retries == (0 if delay is None else 1)


@pytest.mark.parametrize(("wait", "is_made"), [(59, True), (60, False), (61, False)])
def test_a_retry_that_would_begin_after_the_deadline_is_not_made(
    wait: int, *, is_made: bool
) -> None:
    deadline = Deadline(60, clock=lambda: 1000.0)
    limited = RetryBudget(RetryPolicy(jitter=no_jitter), idempotent=True, deadline=deadline)
    assert limited.delay_after_status(response(429, str(wait))) == (wait if is_made else None)
    patient = RetryPolicy(jitter=no_jitter, initial_backoff=wait, max_backoff=wait)
    limited = RetryBudget(patient, idempotent=True, deadline=deadline)
    assert limited.delay_after_status(response(503)) == (wait if is_made else None)
    limited = RetryBudget(patient, idempotent=True, deadline=deadline)
    failure = httpx.ReadError("reset")
    assert limited.delay_after_failure(failure) == (wait if is_made else None)


@given(st.integers(min_value=-3600, max_value=3600))
def test_retry_after_can_be_a_date(offset: int) -> None:
    date = email.utils.formatdate(time.time() + offset, usegmt=True)
    wait = retry_after_seconds(httpx.Headers({"retry-after": date}))
    assert wait is not None
    assert wait >= 0
    assert wait == pytest.approx(max(0, offset), abs=30)
    assert offset >= 0 or wait == 0


def test_a_retry_after_date_without_a_time_zone_is_utc() -> None:
    date = time.strftime("%a, %d %b %Y %H:%M:%S -0000", time.gmtime(time.time() + 3600))
    wait = retry_after_seconds(httpx.Headers({"retry-after": date}))
    assert wait == pytest.approx(3600, abs=30)


INVALID_RETRY_AFTER = [
    "",
    "soon",
    "-5",
    "1.5",
    "\u00b2",
    "Mon, 01 Jan 2026 00:00:00 +99999999999999",
    "9" * 400,  # more than the largest float
]


@pytest.mark.parametrize("value", INVALID_RETRY_AFTER)
def test_an_invalid_retry_after_is_ignored(value: str) -> None:
    invalid = response(429, value)
    assert retry_after_seconds(invalid.headers) is None
    assert budget().delay_after_status(invalid) == 0.5


@given(st.text(st.characters(codec="latin-1")))
def test_no_retry_after_raises_an_error(value: str) -> None:
    wait = retry_after_seconds(response(429, value).headers)
    assert wait is None or 0 <= wait < math.inf
