"""Settings: where they come from, which take precedence, and which are rejected."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from polyai_conversations import ConfigurationError, RetryPolicy
from polyai_conversations._http.transport import proxy_for

if TYPE_CHECKING:
    from clients import Connect

EU, US = "https://api.eu.poly.ai", "https://api.us.poly.ai"
PROXY_URL = "https://proxy.example"


def refuse(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"{request.url} was requested")


NO_REQUESTS = httpx.MockTransport(refuse)

PRECEDENCE = {
    "region": ({"region": "eu"}, {}, EU),
    "region in the environment": ({}, {"POLYAI_REGION": "eu"}, EU),
    "base_url": ({"base_url": PROXY_URL}, {}, PROXY_URL),
    "base_url in the environment": ({}, {"POLYAI_BASE_URL": PROXY_URL}, PROXY_URL),
    "base_url over region": ({"base_url": PROXY_URL, "region": "eu"}, {}, PROXY_URL),
    "base_url over region in the environment": (
        {},
        {"POLYAI_BASE_URL": PROXY_URL, "POLYAI_REGION": "eu"},
        PROXY_URL,
    ),
    "region over the environment": ({"region": "us"}, {"POLYAI_BASE_URL": PROXY_URL}, US),
    "empty variable": ({}, {"POLYAI_BASE_URL": "", "POLYAI_REGION": "us"}, US),
    "older name us-1": ({"region": "us-1"}, {}, US),
    "older name uk-1": ({"region": "uk-1"}, {}, "https://api.uk.poly.ai"),
    "older name euw-1": ({"region": "euw-1"}, {}, EU),
    "capitals and spaces": ({"region": " EU "}, {}, EU),
    "trailing slash": ({"base_url": PROXY_URL + "/"}, {}, PROXY_URL),
    "http to localhost": ({"base_url": "http://localhost:1"}, {}, "http://localhost:1"),
    "http to 127.0.0.0/8": ({"base_url": "http://127.9.9.9:1"}, {}, "http://127.9.9.9:1"),
    "http to ::1": ({"base_url": "http://[::1]:1"}, {}, "http://[::1]:1"),
}


@pytest.mark.parametrize(("settings", "variables", "url"), PRECEDENCE.values(), ids=PRECEDENCE)
def test_arguments_override_variables_and_base_url_overrides_region(
    connect: Connect,
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, str],
    variables: dict[str, str],
    url: str,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    client = connect(**{"region": None, **settings}, transport=NO_REQUESTS)
    assert client.base_url == url
    assert url in repr(client)


def test_key_and_agent_id_are_read_from_the_environment(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLYAI_API_KEY", "from-environment")
    monkeypatch.setenv("POLYAI_AGENT_ID", "PROJECT-ENV")
    sent: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={"success": True})

    client = connect(api_key=None, agent_id=None, transport=httpx.MockTransport(respond))
    client.upsert_note("id", "note")
    assert sent[0].headers["X-API-KEY"] == "from-environment"
    assert client.agent_id == "PROJECT-ENV"


INVALID: dict[str, tuple[dict[str, Any], str]] = {
    "no API key": ({"api_key": None}, "api_key=.*POLYAI_API_KEY"),
    "no agent id": ({"agent_id": None}, "agent_id=.*POLYAI_AGENT_ID"),
    "no region": ({"region": None}, "region=.*base_url=.*POLYAI_REGION.*POLYAI_BASE_URL"),
    "unknown region": ({"region": "mars"}, "'mars'.*us, eu, uk, studio, dev"),
    "region of another type": ({"region": 3}, "us, eu, uk, studio, dev"),
    "empty key": ({"api_key": ""}, "api_key"),
    "key with a line break": ({"api_key": "top-secret\n"}, "api_key.*line break"),
    "key with a space": ({"api_key": "top secret"}, "api_key.*space"),
    "key beyond ASCII": ({"api_key": "top-sécret"}, "api_key"),
    "empty agent id": ({"agent_id": ""}, "agent_id.*empty"),
    "agent id ..": ({"agent_id": ".."}, "agent_id"),
    "http to another host": (
        {"base_url": "http://api.us.poly.ai"},
        "unencrypted to api.us.poly.ai",
    ),
    "http to a host named like localhost": (
        {"base_url": "http://localhost.evil.example"},
        "unencrypted",
    ),
    "ftp": ({"base_url": "ftp://x"}, "https://"),
    "no scheme": ({"base_url": "api.us.poly.ai"}, "https://"),
    "no host": ({"base_url": "https://"}, "https://"),
    "malformed URL": ({"base_url": "https://[top-secret"}, "base_url"),
    "URL with a password": ({"base_url": "https://me:top-secret@x"}, "user name"),
    "URL with a query": ({"base_url": "https://x/?key=top-secret"}, "query"),
    "httpx.URL": ({"base_url": httpx.URL(PROXY_URL)}, "str"),
    "port above 65535": ({"base_url": "https://x:99999"}, "port"),
    "host with an empty label": ({"base_url": "https://a..b"}, "base_url"),
    "invalid punycode": ({"base_url": "https://xn--zzzzzzzz.b"}, "base_url"),
    "timeout too long": ({"timeout": 1e10}, "timeout.*up to"),
    "write timeout too long": ({"timeout": httpx.Timeout(5, write=1e10)}, "timeout: write"),
    "connect timeout 0": ({"timeout": httpx.Timeout(5, connect=0)}, "timeout: connect"),
    "timeout None": ({"timeout": None}, "timeout.*httpx.Timeout"),
    "timeout 0": ({"timeout": 0}, "timeout"),
    "timeout -1": ({"timeout": -1}, "timeout"),
    "infinite timeout": ({"timeout": float("inf")}, "timeout"),
    "timeout True": ({"timeout": True}, "timeout"),
    "max_retries -1": ({"max_retries": -1}, "max_retries"),
    "max_retries 1.5": ({"max_retries": 1.5}, "max_retries"),
    "max_retries True": ({"max_retries": True}, "max_retries"),
    "transport of another type": ({"transport": "tcp"}, "transport"),
}


@pytest.mark.parametrize(("settings", "message"), INVALID.values(), ids=INVALID)
def test_an_invalid_setting_raises_configuration_error(
    connect: Connect, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        connect(**{"transport": NO_REQUESTS, **settings})
    assert "top-s" not in str(caught.value), "the message contains a secret"


@pytest.mark.parametrize(
    ("timeout", "connect_timeout", "read_timeout"),
    [(None, 5.0, 60.0), (7, 7.0, 7.0), (httpx.Timeout(3, connect=1), 1.0, 3.0)],
    ids=["default", "a number", "a Timeout"],
)
def test_the_timeout_applies_to_every_request(
    connect: Connect, timeout: Any, connect_timeout: float, read_timeout: float
) -> None:
    sent: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={"success": True})

    settings = {} if timeout is None else {"timeout": timeout}
    connect(transport=httpx.MockTransport(respond), **settings).upsert_note("id", "note")
    timeouts = sent[0].extensions["timeout"]
    assert (timeouts["connect"], timeouts["read"]) == (connect_timeout, read_timeout)


PROXY_VARIABLES = {
    "HTTPS_PROXY": ("https://api.us.poly.ai", {"HTTPS_PROXY": "http://p:1"}, "http://p:1"),
    "address without a scheme": ("https://api.us.poly.ai", {"HTTPS_PROXY": "p:1"}, "http://p:1"),
    "ALL_PROXY": ("https://api.us.poly.ai", {"ALL_PROXY": "http://p:1"}, "http://p:1"),
    "no variable": ("https://api.us.poly.ai", {}, None),
    "HTTP_PROXY for an https URL": ("https://api.us.poly.ai", {"HTTP_PROXY": "http://p:1"}, None),
    "host in NO_PROXY": (
        "https://api.us.poly.ai",
        {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "poly.ai"},
        None,
    ),
    "loopback address": ("http://127.0.0.1:1", {"HTTP_PROXY": "http://p:1"}, None),
}


@pytest.mark.parametrize(
    ("url", "variables", "proxy"), PROXY_VARIABLES.values(), ids=PROXY_VARIABLES
)
def test_the_proxy_is_read_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, url: str, variables: dict[str, str], proxy: str | None
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert proxy_for(url) == proxy


MALFORMED_PROXIES = {
    "port that is not a number": "http://me:top-secret@proxy.example:port",
    "port above 65535": "http://me:top-secret@proxy.example:99999",
    "unknown scheme": "ftp://me:top-secret@proxy.example",
    "no host": "http://me:top-secret@",
    "only a scheme": "http://",
    "open bracket": "http://me:top-secret@[::1",
    "space in the host": "http://me:top-secret@proxy example",
    "empty label": "http://me:top-secret@a..b",
    "line break": "http://me:top-secret@proxy\n.example",
    "SOCKS without its package": "socks5://me:top-secret@proxy.example",
}


@pytest.mark.parametrize("proxy", MALFORMED_PROXIES.values(), ids=MALFORMED_PROXIES)
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "ALL_PROXY"])
def test_a_proxy_that_cannot_be_used_raises_configuration_error(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, variable: str, proxy: str
) -> None:
    monkeypatch.setenv(variable, proxy)
    with pytest.raises(ConfigurationError, match=r"HTTPS_PROXY or ALL_PROXY.*NO_PROXY") as caught:
        connect()
    assert "top-s" not in "".join(traceback.format_exception(caught.value))


INVALID_POLICIES: dict[str, Any] = {
    "negative initial_backoff": RetryPolicy(initial_backoff=-1),
    "negative max_backoff": RetryPolicy(max_backoff=-0.5),
    "negative max_retry_after": RetryPolicy(max_retry_after=-1),
    "infinite max_backoff": RetryPolicy(max_backoff=float("inf")),
    "initial_backoff as a string": RetryPolicy(initial_backoff="1"),  # type: ignore[arg-type]
    "negative max_retries": RetryPolicy(max_retries=-1),
    "number": 3,
}


@pytest.mark.parametrize("policy", INVALID_POLICIES.values(), ids=INVALID_POLICIES)
def test_an_invalid_policy_raises_configuration_error(connect: Connect, policy: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"retry_policy|max_retries"):
        connect(retry_policy=policy)


def test_max_retries_and_a_policy_cannot_be_combined(connect: Connect) -> None:
    with pytest.raises(ConfigurationError, match="not both"):
        connect(retry_policy=RetryPolicy(), max_retries=2)
