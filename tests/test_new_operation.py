"""From the contract to a call: an operation added there works without a line of overlay."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
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
ONE = "/v1/agents/{agentId}/conversations/{conversationId}"
SENTIMENT = {
    "description": "How the caller felt.",
    "type": "object",
    "required": ["score"],
    "properties": {
        "score": {"type": "number", "description": "From -1 to 1."},
        "label": {"type": "string", "description": "The score in a word."},
    },
}
OPERATION = {
    "operationId": "getSentiment",
    "tags": ["conversations"],
    "parameters": [{"name": "minScore", "in": "query", "schema": {"type": "number"}}],
    "responses": {
        "200": {
            "description": "How the caller felt.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Sentiment"}}},
        },
        "404": {"$ref": "#/components/responses/NotFound"},
    },
}
FELT = respond(200, b'{"score": 0.75, "label": "glad"}')
UNAVAILABLE = respond(503, retry_after="0")


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the package that the generator makes of the contract with one more operation."""
    folder = tmp_path_factory.mktemp("generated")
    spec = copy.deepcopy(SPEC)
    spec["components"]["schemas"]["Sentiment"] = SENTIMENT
    spec["paths"][f"{ONE}/sentiment"] = {
        "parameters": SPEC["paths"][ONE]["parameters"],
        "get": OPERATION,
    }
    (folder / "openapi.yaml").write_text(yaml.safe_dump(spec, sort_keys=False))
    return generate(folder / "openapi.yaml", folder)


def call(kind: str, grown: Path, url: str) -> dict[str, Any]:
    overlay = Path(polyai_conversations.__file__).parent.parent
    finished = subprocess.run(
        [sys.executable, Path(__file__).with_name("new_operation.py"), kind, url],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{grown.parent}{os.pathsep}{overlay}"},
    )
    outcome: dict[str, Any] = json.loads(finished.stdout)
    return outcome


def test_regenerating_says_what_came(grown: Path) -> None:
    lines = list(described_changes(sources(ROOT / "generated" / grown.name), sources(grown)))
    path = "/v1/agents/{agent_id}/conversations/{conversation_id}/sentiment"
    assert lines == [
        "+ model Sentiment (score, label)",
        f"+ operation conversations.get_sentiment (GET {path})",
    ]


@pytest.mark.parametrize(
    ("behaviours", "requests", "outcome"),
    [
        ([FELT], 1, {"is": "Sentiment", "model": {"score": 0.75, "label": "glad"}}),
        ([UNAVAILABLE, FELT], 2, {"is": "Sentiment", "model": {"score": 0.75, "label": "glad"}}),
        (
            [respond(404, b'{"error_code": "CONVERSATIONS_NOT_FOUND"}')],
            1,
            {"is": "NotFoundError", "code": "CONVERSATIONS_NOT_FOUND"},
        ),
        ([respond(200, b"{}")], 1, {"is": "ResponseValidationError", "field": "score"}),
        ([hang], 2, {"is": "APITimeoutError"}),
    ],
    ids=["a model", "a retry", "a typed error", "a checked answer", "a timeout"],
)
def test_a_new_operation_has_all_that_the_others_have(
    kind: str,
    grown: Path,
    behaviours: list[Responder],
    requests: int,
    outcome: dict[str, Any],
) -> None:
    with FaultyServer(*behaviours) as server:
        assert call(kind, grown, server.url) == outcome
    assert len(server.requests) == requests
    path = "/v1/agents/PROJECT-TEST/conversations/KA-123/sentiment?minScore=0.5"
    assert {(request.method, request.path) for request in server.requests} == {("GET", path)}
    assert {request.headers["x-api-key"] for request in server.requests} == {"test-key"}
