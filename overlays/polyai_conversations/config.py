"""Where to connect and as whom: arguments first, then the environment, checked before any use."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final, NoReturn

import attrs
import httpx

from .errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

REGIONS: Final = ("us", "eu", "uk", "studio", "dev")
_OLDER_NAMES: Final = {"us-1": "us", "uk-1": "uk", "euw-1": "eu"}

CONNECT_TIMEOUT: Final = 5.0
READ_TIMEOUT: Final = 60.0
DEFAULT_TIMEOUT: Final = httpx.Timeout(READ_TIMEOUT, connect=CONNECT_TIMEOUT)
DEFAULT_MAX_RETRIES: Final = 4
_LONGEST: Final = 1_000_000_000
"""Seconds; sockets take not many more."""
_HIGHEST_PORT: Final = 65_535


class ApiKey:
    """A key that shows itself only when asked to, and refuses to be pickled or copied to disk."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Give the key itself, for the request's header."""
        return self._value

    def __repr__(self) -> str:
        return "ApiKey(…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a client holds an API key and is not pickled; make it where it is used")


@attrs.frozen
class Config:
    """A checked answer to: which host, whose key, which agent, how patiently."""

    api_key: ApiKey
    agent_id: str
    base_url: str
    timeout: httpx.Timeout
    max_retries: int


def resolve(  # noqa: PLR0913 - the settings, all by name
    *,
    api_key: str | None,
    agent_id: str | None,
    region: str | None,
    base_url: str | None,
    timeout: float | httpx.Timeout,
    max_retries: int,
    environ: Mapping[str, str],
) -> Config:
    """Settle every setting: an argument beats the environment, `base_url` beats `region`.

    Raises:
        ConfigurationError: A setting is missing, unknown or unsafe; the text names the argument
            and the variable.

    """
    return Config(
        api_key=_api_key(_setting("api_key", api_key, environ)),
        agent_id=_agent_id(_setting("agent_id", agent_id, environ)),
        base_url=_base_url(region, base_url, environ),
        timeout=_timeout(timeout),
        max_retries=_max_retries(max_retries),
    )


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine, so that nothing sent to it travels."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_id(name: str, value: object) -> str:
    """Take an id that will stand in a path.

    Raises:
        ValueError: It is no string, or empty, or `.` or `..`, which would address another
            endpoint: no escaping protects them.

    """
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a string, not {type(value).__name__}")
    if not value.strip():
        raise ValueError(f"{name} must not be empty")
    if value in {".", ".."}:
        raise ValueError(f"{name} must be an id, not {value!r}, which would address another path")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{name} holds half a character (a lone surrogate): {value!r}") from None
    return value


def _setting(name: str, argument: str | None, environ: Mapping[str, str]) -> str | None:
    return argument if argument is not None else _variable(name, environ)


def _variable(name: str, environ: Mapping[str, str]) -> str | None:
    return environ.get(f"POLYAI_{name.upper()}") or None


def _api_key(key: object) -> ApiKey:
    if key is None:
        raise ConfigurationError("no API key: pass api_key=, or set POLYAI_API_KEY")
    if not isinstance(key, str) or not key:
        raise ConfigurationError("api_key (POLYAI_API_KEY) must be a string that is not empty")
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise ConfigurationError(
            "api_key (POLYAI_API_KEY) holds a space, a line break or another character that no "
            "key has; check how it was read, for instance with .strip()"
        )
    return ApiKey(key)


def _agent_id(agent_id: str | None) -> str:
    if agent_id is None:
        raise ConfigurationError("no agent: pass agent_id=, or set POLYAI_AGENT_ID")
    try:
        return check_id("agent_id (POLYAI_AGENT_ID)", agent_id)
    except ValueError as error:
        raise ConfigurationError(str(error)) from None


def _base_url(region: str | None, base_url: str | None, environ: Mapping[str, str]) -> str:
    if base_url is not None:
        return _checked_url(base_url)
    if region is not None:
        return _region_url(region)
    if named_url := _variable("base_url", environ):
        return _checked_url(named_url)
    if named_region := _variable("region", environ):
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
            f"base_url must be a string, not {type(base_url).__name__}; for a parsed address, "
            "pass str(url)"
        )
    try:
        url = httpx.URL(base_url.strip())
        url.host.encode("idna")
    except (httpx.InvalidURL, UnicodeError):
        raise _unusable_url("it cannot be read as an address") from None
    if url.scheme not in {"http", "https"} or not url.host or "%" in url.host:
        raise _unusable_url("it must look like https://api.us.poly.ai")
    if url.port is not None and not 0 < url.port <= _HIGHEST_PORT:
        raise _unusable_url(f"there is no port {url.port}")
    if url.userinfo or url.query or url.fragment:
        raise _unusable_url("it must hold no user name, query or fragment")
    if url.scheme == "http" and not is_loopback(url.host):
        raise _unusable_url(
            f"over plain http the key would travel in clear to {url.host}; use https"
        )
    return str(url).rstrip("/")


def _unusable_url(reason: str) -> ConfigurationError:
    # The address itself stays out of the text: it may hold a password.
    return ConfigurationError(f"base_url (POLYAI_BASE_URL) cannot be used: {reason}")


def _timeout(timeout: float | httpx.Timeout) -> httpx.Timeout:
    if isinstance(timeout, httpx.Timeout):
        for step, seconds in timeout.as_dict().items():
            if seconds is not None and not _is_positive(seconds):
                raise ConfigurationError(
                    f"timeout: {step} must be a positive number of seconds, up to {_LONGEST}, or "
                    f"None, not {seconds!r}"
                )
        return timeout
    if not _is_positive(timeout):
        raise ConfigurationError(
            f"timeout must be a positive number of seconds, up to {_LONGEST}, or an httpx.Timeout, "
            f"not {timeout!r}; "
            "to wait without end, pass httpx.Timeout(None)"
        )
    return httpx.Timeout(timeout)


def _max_retries(max_retries: int) -> int:
    if type(max_retries) is not int or max_retries < 0:
        raise ConfigurationError(
            f"max_retries must be a whole number of at least 0, not {max_retries!r}"
        )
    return max_retries


def _is_positive(value: object) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return 0 < value <= _LONGEST
