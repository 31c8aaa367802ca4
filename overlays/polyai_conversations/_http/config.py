"""The client's settings: arguments first, then environment variables, all checked before use."""

from __future__ import annotations

import ipaddress
import os
from typing import Final, NoReturn

import attrs
import httpx

from polyai_conversations.errors import ConfigurationError

from .operation import check_id
from .retry import RetryPolicy

REGIONS: Final = ("us", "eu", "uk", "studio", "dev")
_OLDER_NAMES: Final = {"us-1": "us", "uk-1": "uk", "euw-1": "eu"}

CONNECT_TIMEOUT: Final = 5.0
READ_TIMEOUT: Final = 60.0
DEFAULT_TIMEOUT: Final = httpx.Timeout(READ_TIMEOUT, connect=CONNECT_TIMEOUT)
_MAX_TIMEOUT: Final = 1_000_000_000
"""Seconds; sockets do not support much more."""
_MAX_PORT: Final = 65_535


@attrs.frozen
class Config:
    """Settings that have been checked; `repr` does not show the key."""

    api_key: str = attrs.field(repr=False)
    agent_id: str
    base_url: str
    timeout: httpx.Timeout
    retry_policy: RetryPolicy

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a client holds an API key and cannot be pickled; create it where you use it"
        )


def resolve(
    *,
    api_key: str | None,
    agent_id: str | None,
    region: str | None,
    base_url: str | None,
    timeout: float | httpx.Timeout,
    max_retries: int | None,
    retry_policy: RetryPolicy | None,
) -> Config:
    """Check every setting. Arguments override variables, and `base_url` overrides `region`.

    Raises:
        ConfigurationError: A setting is missing, unknown or unsafe; the message names the
            argument and the variable.
    """
    return Config(
        api_key=_api_key(_variable("api_key") if api_key is None else api_key),
        agent_id=_agent_id(_variable("agent_id") if agent_id is None else agent_id),
        base_url=_base_url(region, base_url),
        timeout=_timeout(timeout),
        retry_policy=_retry_policy(max_retries, retry_policy),
    )


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine, so that what is sent to it stays here."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _variable(name: str) -> str | None:
    return os.environ.get(f"POLYAI_{name.upper()}") or None


def _api_key(key: object) -> str:
    if key is None:
        raise ConfigurationError("no API key: pass api_key=, or set POLYAI_API_KEY")
    if not isinstance(key, str) or not key:
        raise ConfigurationError("api_key (POLYAI_API_KEY) must be a non-empty string")
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise ConfigurationError(
            "api_key (POLYAI_API_KEY) contains a space, a line break or another character that no "
            "key contains; check how it was read, and try .strip()"
        )
    return key


def _agent_id(agent_id: str | None) -> str:
    if agent_id is None:
        raise ConfigurationError("no agent: pass agent_id=, or set POLYAI_AGENT_ID")
    try:
        return check_id("agent_id (POLYAI_AGENT_ID)", agent_id)
    except ValueError as error:
        raise ConfigurationError(str(error)) from None


def _base_url(region: str | None, base_url: str | None) -> str:
    if base_url is not None:
        return _checked_url(base_url)
    if region is not None:
        return _region_url(region)
    if named_url := _variable("base_url"):
        return _checked_url(named_url)
    if named_region := _variable("region"):
        return _region_url(named_region)
    raise ConfigurationError(
        f"no region: pass region= (one of {', '.join(REGIONS)}) or base_url=, "
        "or set POLYAI_REGION or POLYAI_BASE_URL"
    )


def _region_url(region: object) -> str:
    name = region.strip().lower() if isinstance(region, str) else ""
    name = _OLDER_NAMES.get(name, name)
    if name not in REGIONS:
        raise ConfigurationError(
            f"unknown region {region!r}: region (POLYAI_REGION) is one of {', '.join(REGIONS)}; "
            "for another host, use base_url (POLYAI_BASE_URL)"
        )
    return f"https://api.{name}.poly.ai"


def _checked_url(base_url: object) -> str:
    if not isinstance(base_url, str):
        raise ConfigurationError(
            f"base_url must be a string, not {type(base_url).__name__}; for a parsed URL, "
            "pass str(url)"
        )
    try:
        url = httpx.URL(base_url.strip())
        url.host.encode("idna")
    except (httpx.InvalidURL, UnicodeError):
        raise _unusable_url("it is not a valid URL") from None
    if url.scheme not in {"http", "https"} or not url.host or "%" in url.host:
        raise _unusable_url("it must look like https://api.us.poly.ai")
    if url.port is not None and not 0 < url.port <= _MAX_PORT:
        raise _unusable_url(f"there is no port {url.port}")
    if url.userinfo or url.query or url.fragment:
        raise _unusable_url("it must not contain a user name, query or fragment")
    if url.scheme == "http" and not is_loopback(url.host):
        raise _unusable_url(f"plain http would send the key unencrypted to {url.host}; use https")
    return str(url).rstrip("/")


def _unusable_url(reason: str) -> ConfigurationError:
    # The message omits the URL, because it may contain a password.
    return ConfigurationError(f"base_url (POLYAI_BASE_URL) cannot be used: {reason}")


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


def _retry_policy(max_retries: int | None, policy: RetryPolicy | None) -> RetryPolicy:
    if max_retries is not None and policy is not None:
        raise ConfigurationError(
            "pass either max_retries or retry_policy, not both: RetryPolicy has its own max_retries"
        )
    if policy is None:
        policy = RetryPolicy() if max_retries is None else RetryPolicy(max_retries=max_retries)
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


def _is_positive(value: object) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return 0 < value <= _MAX_TIMEOUT
