"""The sandbox as a newer server, and its key that is over the limit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import yaml
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from polyai_conversations import ConversationsClient, RateLimitError
from polyai_conversations.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

SPEC = Path(__file__).parent.parent / "openapi.yaml"
LIST = "/v1/agents/PROJECT-SANDBOX/conversations"
KNOWN = {"VOICE-SIP", "WEBCHAT", "CHAT"}
NEVER_NULL = {"conversationId", "accountId", "projectId", "addedLater"}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(conversations=30, seed=7, forward_compat=True) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def http(sandbox: Sandbox) -> Iterator[httpx.Client]:
    headers = {"X-API-KEY": sandbox.api_key}
    with httpx.Client(base_url=sandbox.url, headers=headers) as client:
        yield client


@pytest.fixture(scope="module")
def rows(http: httpx.Client) -> list[dict[str, Any]]:
    return list(http.get(LIST).json()["conversations"])


def objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        for item in value:
            yield from objects(item)
    if isinstance(value, dict):
        yield value
        for name, inner in value.items():
            if name != "addedLater":
                yield from objects(inner)


@pytest.mark.parametrize("path", [LIST, f"{LIST}/KA-0"])
def test_every_object_has_an_unknown_field(http: httpx.Client, path: str) -> None:
    found = list(objects(http.get(path).json()))
    assert found
    assert all("addedLater" in value for value in found)


def test_some_conversations_have_unknown_values(rows: list[dict[str, Any]]) -> None:
    unknown = [row for row in rows if row["channel"] not in {*KNOWN, None}]
    assert unknown
    assert {(row["clientEnv"], row["direction"]) for row in unknown} == {("canary", "sideways")}


def test_some_conversations_have_null_wherever_it_may_be(
    http: httpx.Client, rows: list[dict[str, Any]]
) -> None:
    empty = [row for row in rows if row["channel"] is None]
    assert empty
    assert len(empty) < len(rows)
    for row in empty:
        detail = http.get(f"{LIST}/{row['conversationId']}").json()
        assert {name for name, value in detail.items() if value is not None} == NEVER_NULL


def test_a_newer_server_keeps_the_contract(http: httpx.Client, rows: list[dict[str, Any]]) -> None:
    contract = OpenAPI.from_dict(yaml.safe_load(SPEC.read_text()))
    for path in (LIST, *(f"{LIST}/{row['conversationId']}" for row in rows)):
        request = MockRequest("https://api.us.poly.ai", "get", path)
        contract.validate_response(request, MockResponse(data=http.get(path).content))


def test_recordings_and_the_correlation_id_are_as_ever(
    http: httpx.Client, rows: list[dict[str, Any]]
) -> None:
    called = next(row for row in rows if row["audioUrl"])
    answer = http.get(f"{LIST}/{called['conversationId']}/audio")
    assert answer.content.startswith(b"RIFF")
    refused = http.get(f"{LIST}/KA-0")
    assert refused.json()["error_id"] == refused.headers["X-PolyAI-Correlation-Id"]


def test_the_limited_key_is_always_over_the_limit(sandbox: Sandbox) -> None:
    with (
        ConversationsClient(
            api_key=sandbox.rate_limited_key,
            agent_id=sandbox.agent_id,
            base_url=sandbox.url,
            max_retries=0,
        ) as client,
        pytest.raises(RateLimitError) as caught,
    ):
        client.list_page()
    assert (caught.value.error_code, caught.value.retry_after) == ("RATE_LIMIT_EXCEEDED", 5)
