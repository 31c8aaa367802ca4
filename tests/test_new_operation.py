"""An operation that is added to the contract can be called without any hand-written code."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import polyai_conversations
from faulty_server import FaultyServer, hang, respond
from workflows.regenerate import ROOT, described_changes, generate, sources

if TYPE_CHECKING:
    from faulty_server import Responder

SPEC = yaml.safe_load((ROOT / "openapi.yaml").read_text())
CONVERSATION_PATH = "/v1/agents/{agentId}/conversations/{conversationId}"
SENTIMENT = {
    "description": "The sentiment of the caller.",
    "type": "object",
    "required": ["score"],
    "properties": {
        "score": {"type": "number", "description": "From -1 to 1."},
        "label": {"type": "string", "description": "The score as a word."},
    },
}
OPERATION = {
    "operationId": "getSentiment",
    "tags": ["conversations"],
    "parameters": [{"name": "minScore", "in": "query", "schema": {"type": "number"}}],
    "responses": {
        "200": {
            "description": "The sentiment of the caller.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Sentiment"}}},
        },
        "404": {"$ref": "#/components/responses/NotFound"},
    },
}
SENTIMENT_RESPONSE = respond(200, b'{"score": 0.75, "label": "glad"}')
UNAVAILABLE = respond(503, retry_after="0")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package that is generated from the contract with one more operation."""
    directory = tmp_path_factory.mktemp("generated")
    spec = copy.deepcopy(SPEC)
    spec["components"]["schemas"]["Sentiment"] = SENTIMENT
    spec["paths"][f"{CONVERSATION_PATH}/sentiment"] = {
        "parameters": SPEC["paths"][CONVERSATION_PATH]["parameters"],
        "get": OPERATION,
    }
    (directory / "openapi.yaml").write_text(yaml.safe_dump(spec, sort_keys=False))
    return generate(directory / "openapi.yaml", directory)


def call(kind: str, package: Path, urls: list[str]) -> Any:
    overlays = Path(polyai_conversations.__file__).parent.parent
    finished = subprocess.run(
        [sys.executable, Path(__file__).with_name("new_operation.py"), kind, *urls],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{package.parent}{os.pathsep}{overlays}"},
    )
    return json.loads(finished.stdout)


def test_regenerating_lists_what_was_added(package: Path) -> None:
    lines = list(described_changes(sources(ROOT / "generated" / package.name), sources(package)))
    path = "/v1/agents/{agent_id}/conversations/{conversation_id}/sentiment"
    assert lines == [
        "+ model Sentiment (score, label)",
        f"+ operation conversations.get_sentiment (GET {path})",
    ]


MODEL = {"type": "Sentiment", "model": {"score": 0.75, "label": "glad"}}
NOT_FOUND = {"type": "NotFoundError", "code": "CONVERSATIONS_NOT_FOUND"}
INVALID = {"type": "ResponseValidationError", "field": "score"}
TIMEOUT = {"type": "APITimeoutError"}
CASES: list[tuple[list[Responder], int, dict[str, Any]]] = [
    ([SENTIMENT_RESPONSE], 1, MODEL),
    ([UNAVAILABLE, SENTIMENT_RESPONSE], 2, MODEL),
    ([respond(404, b'{"error_code": "CONVERSATIONS_NOT_FOUND"}')], 1, NOT_FOUND),
    ([respond(200, b"{}")], 1, INVALID),
    ([hang], 2, TIMEOUT),
]


def test_a_new_operation_has_models_retries_typed_errors_and_validation(
    kind: str, package: Path
) -> None:
    with ExitStack() as stack:
        servers = [stack.enter_context(FaultyServer(*responders)) for responders, _, _ in CASES]
        results = call(kind, package, [server.url for server in servers])
    assert results == [result for _, _, result in CASES]
    assert [len(server.requests) for server in servers] == [requests for _, requests, _ in CASES]
    path = "/v1/agents/PROJECT-TEST/conversations/KA-123/sentiment?minScore=0.5"
    for server in servers:
        assert {(request.method, request.path) for request in server.requests} == {("GET", path)}
        assert {request.headers["x-api-key"] for request in server.requests} == {"test-key"}
