"""The cassettes contain exchanges that conform to the contract, and no secrets."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import attrs
import pytest
import yaml
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from recorded import CASSETTES, DOCUMENTED_HOST

SPEC = Path(__file__).parent.parent / "openapi.yaml"
KEY = re.compile(r"x-api-key", re.IGNORECASE)


@attrs.frozen
class Exchange:
    cassette: str
    request: dict[str, Any]
    response: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.cassette}: {self.request['method']} {self.request['uri']}"


def exchanges() -> list[Exchange]:
    return [
        Exchange(path.stem, interaction["request"], interaction["response"])
        for path in sorted(CASSETTES.glob("*.yaml"))
        for interaction in yaml.load(path.read_text(), yaml.CSafeLoader)["interactions"]
    ]


EXCHANGES = exchanges()
VALID_REQUESTS = [e for e in EXCHANGES if e.response["status"]["code"] != 400]
every_exchange = pytest.mark.parametrize("exchange", EXCHANGES, ids=str)


@cache
def load_contract() -> OpenAPI:
    spec = yaml.safe_load(SPEC.read_text())
    # openapi-core decodes a body with a schema as text, and a WAV file is not text.
    audio = spec["paths"]["/v1/agents/{agentId}/conversations/{conversationId}/audio"]
    audio["get"]["responses"]["200"]["content"]["audio/wav"] = {}
    return OpenAPI.from_dict(spec)


def as_bytes(body: object) -> bytes:
    if isinstance(body, dict):
        body = body.get("string", b"")
    return body.encode() if isinstance(body, str) else bytes(body or b"")  # type: ignore[call-overload]


def as_request(exchange: Exchange) -> MockRequest:
    url = urlsplit(exchange.request["uri"])
    headers = {name: values[0] for name, values in exchange.request["headers"].items()}
    return MockRequest(
        host_url=f"{url.scheme}://{url.netloc}",
        method=exchange.request["method"],
        path=url.path,
        args=dict(parse_qsl(url.query)),
        headers=headers,
        content_type=headers.get("content-type", "application/json"),
        data=as_bytes(exchange.request["body"]) or None,
    )


def as_response(exchange: Exchange) -> MockResponse:
    headers = {name: values[0] for name, values in exchange.response["headers"].items()}
    return MockResponse(
        data=as_bytes(exchange.response["body"]),
        status_code=exchange.response["status"]["code"],
        headers=headers,
        content_type=headers["content-type"].partition(";")[0],
    )


def path_after_id(exchange: Exchange) -> str:
    """Return the path after the conversation's id: "" for the conversation itself."""
    return "/".join(urlsplit(exchange.request["uri"]).path.split("/")[6:])


def test_every_operation_and_every_documented_error_is_recorded() -> None:
    recorded = [
        (exchange.request["method"], path_after_id(exchange), exchange.response["status"]["code"])
        for exchange in EXCHANGES
    ]
    assert {status for _, _, status in recorded} >= {200, 201, 400, 401, 403, 404}
    assert {method for method, _, _ in recorded} == {"GET", "POST"}
    assert {path for _, path, _ in recorded} >= {"", "annotation", "audio", "note"}


@every_exchange
def test_a_response_conforms_to_the_contract(exchange: Exchange) -> None:
    request, response = as_request(exchange), as_response(exchange)
    load_contract().validate_response(request, response)
    if response.content_type == "audio/wav":
        assert (response.data[:4], response.data[8:12]) == (b"RIFF", b"WAVE")


@pytest.mark.parametrize("exchange", VALID_REQUESTS, ids=str)
def test_a_valid_request_conforms_to_the_contract(exchange: Exchange) -> None:
    load_contract().validate_request(as_request(exchange))


@every_exchange
def test_an_exchange_names_only_the_documented_host(exchange: Exchange) -> None:
    assert urlsplit(exchange.request["uri"]).netloc == DOCUMENTED_HOST
    assert exchange.request["headers"]["host"] == [DOCUMENTED_HOST]
    assert not {"date", "server", "set-cookie"} & {
        name.lower() for name in exchange.response["headers"]
    }


@pytest.mark.parametrize("path", sorted(CASSETTES.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_cassette_contains_no_secret(path: Path) -> None:
    lines = path.read_text().splitlines()
    for number, line in enumerate(lines):
        if KEY.search(line):
            assert lines[number + 1].strip() == "- REDACTED", (
                f"{path.name}:{number + 1} contains a key"
            )
        for secret in ("sandbox-key", "Bearer ", "127.0.0.1", "localhost"):
            assert secret not in line, f"{path.name}:{number + 1} contains {secret!r}"
