"""The client's settings: arguments first, then environment variables, all checked before use."""

from __future__ import annotations

import ipaddress
import os
from typing import Final, NoReturn

import attrs
import httpx

from polyai_conversations.errors import ConfigurationError

from .api_key import ApiKey
from .call_options import CallOptions
from .operation import check_id

REGIONS: Final = ("us", "eu", "uk", "studio", "dev")
_OLDER_NAMES: Final = {"us-1": "us", "uk-1": "uk", "euw-1": "eu"}

_MAX_PORT: Final = 65_535


@attrs.frozen
class Config:
    """Settings that have been checked; `repr` does not show the key."""

    api_key: ApiKey
    agent_id: str
    base_url: str
    options: CallOptions

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a client holds an API key and cannot be pickled; create it where you use it"
        )


def resolve(
    *,
    api_key: ApiKey,
    agent_id: str | None,
    region: str | None,
    base_url: str | None,
    options: CallOptions,
) -> Config:
    """Check every setting. Arguments override variables, and `base_url` overrides `region`.

    Raises:
        ConfigurationError: A setting is missing, unknown or unsafe; the message names the
            argument and the variable.
    """
    return Config(
        api_key=_api_key(ApiKey(_variable("api_key")) if api_key.value is None else api_key),
        agent_id=_agent_id(_variable("agent_id") if agent_id is None else agent_id),
        base_url=_base_url(region, base_url),
        options=options,
    )


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine, so that what is sent to it stays here."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_port(port: int | None) -> bool:
    """Return whether a server can listen on a port; None is the default port."""
    return port is None or 0 < port <= _MAX_PORT


def _variable(name: str) -> str | None:
    return os.environ.get(f"POLYAI_{name.upper()}") or None


def _api_key(key: ApiKey) -> ApiKey:
    if key.value is None:
        raise ConfigurationError("no API key: pass api_key=, or set POLYAI_API_KEY")
    if not isinstance(key.value, str) or not key.value:
        raise ConfigurationError("api_key (POLYAI_API_KEY) must be a non-empty string")
    if not (key.value.isascii() and key.value.isprintable()) or " " in key.value:
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
    if not is_port(url.port):
        raise _unusable_url(f"there is no port {url.port}")
    if url.userinfo or url.query or url.fragment:
        raise _unusable_url("it must not contain a user name, query or fragment")
    if url.scheme == "http" and not is_loopback(url.host):
        raise _unusable_url(f"plain http would send the key unencrypted to {url.host}; use https")
    return str(url).rstrip("/")


def _unusable_url(reason: str) -> ConfigurationError:
    # The message omits the URL, because it may contain a password.
    return ConfigurationError(f"base_url (POLYAI_BASE_URL) cannot be used: {reason}")
