"""The sandbox with `forward_compat=True`: responses as a future API version might send them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import yaml
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from polyai_conversations.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

SPEC = Path(__file__).parent.parent / "openapi.yaml"
LIST = "/v1/agents/PROJECT-SANDBOX/conversations"
KNOWN_CHANNELS = {"VOICE-SIP", "WEBCHAT", "CHAT"}
NEVER_NULL = {"conversationId", "accountId", "projectId", "addedLater"}


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with (
        Sandbox(conversations=30, seed=7, forward_compat=True) as sandbox,
        httpx.Client(base_url=sandbox.url, headers={"X-API-KEY": sandbox.api_key}) as client,
    ):
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
            if name == "functionEvents":  # its keys are numbers of turns
                yield from objects(list((inner or {}).values()))
            elif name != "addedLater":
                yield from objects(inner)


def test_every_object_has_an_unknown_field(http: httpx.Client, rows: list[dict[str, Any]]) -> None:
    details = (f"{LIST}/{row['conversationId']}" for row in rows)
    for path in (LIST, f"{LIST}/KA-0", *details):
        found = list(objects(http.get(path).json()))
        assert found
        assert all("addedLater" in value for value in found)


def test_some_conversations_have_unknown_values(rows: list[dict[str, Any]]) -> None:
    unknown = [row for row in rows if row["channel"] not in {*KNOWN_CHANNELS, None}]
    assert unknown
    assert {(row["clientEnv"], row["direction"]) for row in unknown} == {("canary", "sideways")}


def test_some_conversations_have_null_wherever_it_is_allowed(
    http: httpx.Client, rows: list[dict[str, Any]]
) -> None:
    empty = [row for row in rows if row["channel"] is None]
    assert 0 < len(empty) < len(rows)
    for row in empty:
        detail = http.get(f"{LIST}/{row['conversationId']}").json()
        assert {name for name, value in detail.items() if value is not None} == NEVER_NULL


def test_responses_still_conform_to_the_contract(
    http: httpx.Client, rows: list[dict[str, Any]]
) -> None:
    contract = OpenAPI.from_dict(yaml.safe_load(SPEC.read_text()))
    for path in (LIST, *(f"{LIST}/{row['conversationId']}" for row in rows)):
        request = MockRequest("https://api.us.poly.ai", "get", path)
        contract.validate_response(request, MockResponse(data=http.get(path).content))


def test_recordings_are_unchanged(http: httpx.Client, rows: list[dict[str, Any]]) -> None:
    recorded = next(row for row in rows if row["audioUrl"])
    response = http.get(f"{LIST}/{recorded['conversationId']}/audio")
    assert response.content.startswith(b"RIFF")


def test_the_correlation_id_is_unchanged(http: httpx.Client) -> None:
    response = http.get(f"{LIST}/KA-0")
    assert response.json()["error_id"] == response.headers["X-PolyAI-Correlation-Id"]
