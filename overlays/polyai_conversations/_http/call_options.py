"""The options of a call: the client's, or those of `with_options`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import attrs
import httpx

from polyai_conversations.errors import ConfigurationError
from polyai_conversations_api.types import UNSET, Unset

from .redaction import KEY_HEADER
from .retry import RetryPolicy

CALL_OPTIONS: Final = "polyai_call_options"
"""Request extension that holds the options of the call."""
BODY_LIMIT: Final = "polyai_body_limit"
"""Request extension that holds the largest body to read into memory, in bytes."""

CONNECT_TIMEOUT: Final = 5.0
READ_TIMEOUT: Final = 60.0
DEFAULT_TIMEOUT: Final = httpx.Timeout(READ_TIMEOUT, connect=CONNECT_TIMEOUT)
MEBIBYTE: Final = 2**20
DEFAULT_DEADLINE: Final = 600.0
DEFAULT_MAX_BODY_BYTES: Final = 64 * MEBIBYTE
DEFAULT_MAX_RECORDING_BYTES: Final = 512 * MEBIBYTE

_MAX_TIMEOUT: Final = 1_000_000_000
"""Seconds; sockets do not support much more."""
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE: Final = re.compile(r"[!-~](?:[ \t!-~]*[!-~])?|")
_RESERVED_HEADERS: Final = frozenset(
    {KEY_HEADER.lower(), "accept-encoding", "connection", "content-length", "host", "if-range"}
    | {"range", "transfer-encoding"}
)


@attrs.frozen(kw_only=True)
class CallOptions:
    """Options that have been checked.

    Attributes:
        timeout: The limits for each step of a request.
        retry_policy: How often the call is retried, and when.
        deadline: Seconds for a call whose body is read into memory, retries included; None for no
            limit.
        stream_deadline: The same for a call whose body is streamed or saved.
        headers: Further request headers.
        idempotent: Whether requests may be repeated after the server has seen them; None if that
            depends on the operation.
        max_body_bytes: The largest body that is read into memory, counted after decompression.
    """

    timeout: httpx.Timeout = DEFAULT_TIMEOUT
    retry_policy: RetryPolicy = attrs.field(factory=RetryPolicy)
    deadline: float | None = DEFAULT_DEADLINE
    stream_deadline: float | None = None
    headers: Mapping[str, str] = attrs.field(factory=dict)
    idempotent: bool | None = None
    max_body_bytes: int = DEFAULT_MAX_BODY_BYTES


def change_options(
    options: CallOptions,
    *,
    timeout: float | httpx.Timeout | Unset = UNSET,
    max_retries: int | None = None,
    retry_policy: RetryPolicy | None = None,
    deadline: float | Unset | None = UNSET,
    headers: Mapping[str, str] | None = None,
    idempotent: bool | None = None,
    max_body_bytes: int | None = None,
) -> CallOptions:
    """Check the options that are passed, and return `options` with these changes.

    Raises:
        ConfigurationError: An option is invalid; the message names it.
    """
    if max_retries is not None and retry_policy is not None:
        raise ConfigurationError(
            "pass either max_retries or retry_policy, not both: RetryPolicy has its own max_retries"
        )
    if not isinstance(timeout, Unset):
        options = attrs.evolve(options, timeout=_timeout(timeout))
    if max_retries is not None:
        retry_policy = attrs.evolve(options.retry_policy, max_retries=max_retries)
    if retry_policy is not None:
        options = attrs.evolve(options, retry_policy=_checked_policy(retry_policy))
    if not isinstance(deadline, Unset):
        _check_deadline(deadline)
        options = attrs.evolve(options, deadline=deadline, stream_deadline=deadline)
    if headers is not None:
        options = attrs.evolve(options, headers={**options.headers, **_checked_headers(headers)})
    if idempotent is not None:
        options = attrs.evolve(options, idempotent=_checked_bool("idempotent", idempotent))
    if max_body_bytes is not None:
        options = attrs.evolve(options, max_body_bytes=check_max_bytes(max_body_bytes))
    return options


def check_max_bytes(max_bytes: object, name: str = "max_body_bytes") -> int:
    """Check a limit for the size of a body.

    Raises:
        ConfigurationError: It is not a positive whole number.
    """
    if not isinstance(max_bytes, int) or isinstance(max_bytes, bool) or max_bytes <= 0:
        raise ConfigurationError(f"{name} must be a positive whole number, not {max_bytes!r}")
    return max_bytes


def check_header_values(request: httpx.Request) -> None:
    """Check the headers that an operation makes of its arguments.

    Raises:
        ValueError: One has a value that a header cannot have.
    """
    for name, value in request.headers.items():
        if not _HEADER_VALUE.fullmatch(value):
            raise ValueError(
                f"the value of the header {name} must be printable ASCII characters, not {value!r}"
            )


def _timeout(timeout: float | httpx.Timeout) -> httpx.Timeout:
    if isinstance(timeout, httpx.Timeout):
        for step, seconds in timeout.as_dict().items():
            if seconds is not None and not _is_positive(seconds):
                raise ConfigurationError(
                    f"timeout: {step} must be a positive number of seconds, up to {_MAX_TIMEOUT}, "
                    f"or None, not {seconds!r}"
                )
        return timeout
    if not _is_positive(timeout):
        raise ConfigurationError(
            f"timeout must be a positive number of seconds, up to {_MAX_TIMEOUT}, or an "
            f"httpx.Timeout, not {timeout!r}; to wait without limit, pass httpx.Timeout(None)"
        )
    return httpx.Timeout(timeout)


def _checked_policy(policy: object) -> RetryPolicy:
    if not isinstance(policy, RetryPolicy):
        raise ConfigurationError(f"retry_policy must be a RetryPolicy, not {policy!r}")
    if type(policy.max_retries) is not int or policy.max_retries < 0:
        raise ConfigurationError(
            f"max_retries must be a whole number of at least 0, not {policy.max_retries!r}"
        )
    for name in ("initial_backoff", "max_backoff", "max_retry_after"):
        seconds = getattr(policy, name)
        if seconds != 0 and not _is_positive(seconds):
            raise ConfigurationError(
                f"retry_policy: {name} must be a number of seconds from 0 to {_MAX_TIMEOUT}, "
                f"not {seconds!r}"
            )
    return policy


def _check_deadline(deadline: object) -> None:
    if deadline is not None and not _is_positive(deadline):
        raise ConfigurationError(
            f"deadline must be a positive number of seconds, up to {_MAX_TIMEOUT}, or None for no "
            f"limit, not {deadline!r}"
        )


def _checked_headers(headers: object) -> Mapping[str, str]:
    if not isinstance(headers, Mapping):
        raise ConfigurationError(f"headers must be a mapping of names to values, not {headers!r}")
    for name, value in headers.items():
        if not isinstance(name, str) or not _HEADER_NAME.fullmatch(name):
            raise ConfigurationError(f"headers: {name!r} is not the name of a header")
        if name.lower() in _RESERVED_HEADERS:
            raise ConfigurationError(f"headers: the client sets {name} itself")
        if not isinstance(value, str) or not _HEADER_VALUE.fullmatch(value):
            raise ConfigurationError(
                f"headers: the value of {name} must be a string of printable ASCII characters"
            )
    return headers


def _checked_bool(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise ConfigurationError(f"{name} must be True or False, not {value!r}")
    return value


def _is_positive(value: object) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return 0 < value <= _MAX_TIMEOUT
