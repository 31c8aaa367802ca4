"""Settings: where they come from, which win, and which are refused before anything is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from polyai_conversations import ConfigurationError
from polyai_conversations._http.transport import _proxy

if TYPE_CHECKING:
    from clients import Connect

EU, US = "https://api.eu.poly.ai", "https://api.us.poly.ai"
OWN = "https://own.example"


def nothing_may_be_sent(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"{request.url} was asked for")


NOWHERE = httpx.MockTransport(nothing_may_be_sent)

WINNERS = {
    "region": ({"region": "eu"}, {}, EU),
    "region in the environment": ({}, {"POLYAI_REGION": "eu"}, EU),
    "base_url": ({"base_url": OWN}, {}, OWN),
    "base_url in the environment": ({}, {"POLYAI_BASE_URL": OWN}, OWN),
    "base_url over region": ({"base_url": OWN, "region": "eu"}, {}, OWN),
    "the same in the environment": ({}, {"POLYAI_BASE_URL": OWN, "POLYAI_REGION": "eu"}, OWN),
    "region over the environment": ({"region": "us"}, {"POLYAI_BASE_URL": OWN}, US),
    "an empty variable is none": ({}, {"POLYAI_BASE_URL": "", "POLYAI_REGION": "us"}, US),
    "us-1": ({"region": "us-1"}, {}, US),
    "uk-1": ({"region": "uk-1"}, {}, "https://api.uk.poly.ai"),
    "euw-1": ({"region": "euw-1"}, {}, EU),
    "capitals": ({"region": " EU "}, {}, EU),
    "a slash at the end": ({"base_url": OWN + "/"}, {}, OWN),
    "http to this machine": ({"base_url": "http://localhost:1"}, {}, "http://localhost:1"),
    "http to 127.0.0.0/8": ({"base_url": "http://127.9.9.9:1"}, {}, "http://127.9.9.9:1"),
    "http to ::1": ({"base_url": "http://[::1]:1"}, {}, "http://[::1]:1"),
}


@pytest.mark.parametrize(("settings", "variables", "url"), WINNERS.values(), ids=WINNERS)
def test_an_argument_beats_the_environment_and_base_url_beats_region(
    connect: Connect,
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, str],
    variables: dict[str, str],
    url: str,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    client = connect(**{"region": None, **settings}, transport=NOWHERE)
    assert client.base_url == url
    assert url in repr(client)


def test_key_and_agent_come_from_the_environment(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLYAI_API_KEY", "from-environment")
    monkeypatch.setenv("POLYAI_AGENT_ID", "PROJECT-ENV")
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={"success": True})

    client = connect(api_key=None, agent_id=None, transport=httpx.MockTransport(answer))
    client.upsert_note("id", "note")
    assert sent[0].headers["X-API-KEY"] == "from-environment"
    assert client.agent_id == "PROJECT-ENV"


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no key": ({"api_key": None}, "api_key=.*POLYAI_API_KEY"),
    "no agent": ({"agent_id": None}, "agent_id=.*POLYAI_AGENT_ID"),
    "no region": ({"region": None}, "region=.*base_url=.*POLYAI_REGION.*POLYAI_BASE_URL"),
    "unknown region": ({"region": "mars"}, "'mars'.*us, eu, uk, studio, dev"),
    "region no string": ({"region": 3}, "us, eu, uk, studio, dev"),
    "empty key": ({"api_key": ""}, "api_key"),
    "key with a line break": ({"api_key": "top-secret\n"}, "api_key.*line break"),
    "key with a space": ({"api_key": "top secret"}, "api_key.*space"),
    "key beyond ASCII": ({"api_key": "top-sécret"}, "api_key"),
    "empty agent": ({"agent_id": ""}, "agent_id.*empty"),
    "agent ..": ({"agent_id": ".."}, "agent_id"),
    "http elsewhere": ({"base_url": "http://api.us.poly.ai"}, "in clear to api.us.poly.ai"),
    "http to a name like localhost": ({"base_url": "http://localhost.evil.example"}, "in clear"),
    "ftp": ({"base_url": "ftp://x"}, "https://"),
    "no scheme": ({"base_url": "api.us.poly.ai"}, "https://"),
    "no host": ({"base_url": "https://"}, "https://"),
    "garbage": ({"base_url": "https://[top-secret"}, "base_url"),
    "a password": ({"base_url": "https://me:top-secret@x"}, "user name"),
    "a query": ({"base_url": "https://x/?key=top-secret"}, "query"),
    "a parsed address": ({"base_url": httpx.URL(OWN)}, "str"),
    "a port beyond all ports": ({"base_url": "https://x:99999"}, "port"),
    "a host of empty parts": ({"base_url": "https://a..b"}, "base_url"),
    "a host of no language": ({"base_url": "https://xn--zzzzzzzz.b"}, "base_url"),
    "a timeout beyond all clocks": ({"timeout": 1e10}, "timeout.*up to"),
    "a step's timeout": ({"timeout": httpx.Timeout(5, write=1e10)}, "timeout: write"),
    "a step's timeout of 0": ({"timeout": httpx.Timeout(5, connect=0)}, "timeout: connect"),
    "no timeout": ({"timeout": None}, "timeout.*httpx.Timeout"),
    "timeout 0": ({"timeout": 0}, "timeout"),
    "timeout -1": ({"timeout": -1}, "timeout"),
    "endless timeout": ({"timeout": float("inf")}, "timeout"),
    "timeout True": ({"timeout": True}, "timeout"),
    "retries -1": ({"max_retries": -1}, "max_retries"),
    "retries 1.5": ({"max_retries": 1.5}, "max_retries"),
    "retries True": ({"max_retries": True}, "max_retries"),
    "a transport of no kind": ({"transport": "tcp"}, "transport"),
}


@pytest.mark.parametrize(("settings", "message"), REFUSED.values(), ids=REFUSED)
def test_a_bad_setting_is_refused_with_the_remedy(
    connect: Connect, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        connect(**{"transport": NOWHERE, **settings})
    assert "top-s" not in str(caught.value), "the error shows a secret"


@pytest.mark.parametrize(
    ("timeout", "connect_timeout", "read_timeout"),
    [(None, 5.0, 60.0), (7, 7.0, 7.0), (httpx.Timeout(3, connect=1), 1.0, 3.0)],
    ids=["default", "a number", "a Timeout"],
)
def test_timeouts_reach_the_request(
    connect: Connect, timeout: Any, connect_timeout: float, read_timeout: float
) -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={"success": True})

    settings = {} if timeout is None else {"timeout": timeout}
    connect(transport=httpx.MockTransport(answer), **settings).upsert_note("id", "note")
    limits = sent[0].extensions["timeout"]
    assert (limits["connect"], limits["read"]) == (connect_timeout, read_timeout)


PROXIES = {
    "https": ("https://api.us.poly.ai", {"HTTPS_PROXY": "http://p:1"}, "http://p:1"),
    "a bare address": ("https://api.us.poly.ai", {"HTTPS_PROXY": "p:1"}, "http://p:1"),
    "all": ("https://api.us.poly.ai", {"ALL_PROXY": "http://p:1"}, "http://p:1"),
    "none": ("https://api.us.poly.ai", {}, None),
    "not for http": ("https://api.us.poly.ai", {"HTTP_PROXY": "http://p:1"}, None),
    "left out": (
        "https://api.us.poly.ai",
        {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "poly.ai"},
        None,
    ),
    "not for this machine": ("http://127.0.0.1:1", {"HTTP_PROXY": "http://p:1"}, None),
}


@pytest.mark.parametrize(("url", "variables", "proxy"), PROXIES.values(), ids=PROXIES)
def test_the_environments_proxy_is_used(
    monkeypatch: pytest.MonkeyPatch, url: str, variables: dict[str, str], proxy: str | None
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert _proxy(url) == proxy
