"""Each case introduces one fault into the contract and checks that a Spectral rule reports it."""

from __future__ import annotations

import copy
import json
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).parent.parent
SPECTRAL = ROOT / "workflows/node_modules/.bin/spectral"
if not SPECTRAL.exists():
    reason = "needs Spectral; `nox -s spec` installs it with npm and runs these tests"
    pytest.skip(reason, allow_module_level=True)

SPEC = yaml.safe_load((ROOT / "openapi.yaml").read_text())
OPERATION = ("paths", "/v1/agents/{agentId}/conversations", "get")
NOTE = "/v1/agents/{agentId}/conversations/{conversationId}/note"
RESPONSE = (*OPERATION, "responses", "200")
PAGE = (*RESPONSE, "content", "application/json", "examples")
MODELS = ("components", "schemas")
MISSING = object()
FIELD = {"type": "string", "description": "Something new."}


@attrs.frozen
class Fault:
    """A change at one location of the contract, and the rule that it violates."""

    name: str
    rule: str
    location: tuple[str | int, ...]
    value: object = MISSING

    def apply(self, spec: Any) -> None:
        for step in self.location[:-1]:
            spec = spec[step]
        if self.value is MISSING:
            del spec[self.location[-1]]
        else:
            spec[self.location[-1]] = self.value


FAULTS = [
    Fault("a body without an example", "body-has-examples", PAGE),
    Fault(
        "an error without an example",
        "body-has-examples",
        ("components", "responses", "NotFound", "content", "application/json", "examples"),
    ),
    Fault(
        "an example that violates its schema",
        "oas3-valid-media-example",
        ("components", "examples", "Page", "value", "count"),
        "three",
    ),
    Fault("no 429 response", "operation-documents-errors", (*OPERATION, "responses", "429")),
    Fault(
        "no default response", "operation-documents-errors", (*OPERATION, "responses", "default")
    ),
    Fault(
        "a parameter without an example",
        "parameter-has-example",
        (*OPERATION, "parameters", 0, "example"),
    ),
    Fault("an operation without a description", "has-description", (*OPERATION, "description")),
    Fault(
        "a header without a description",
        "has-description",
        ("components", "headers", "RetryAfter", "description"),
    ),
    Fault(
        "a field without a description",
        "has-description",
        (*MODELS, "ErrorEnvelope", "properties", "data", "description"),
    ),
    Fault(
        "a model without a description",
        "has-description",
        (*MODELS, "ConversationTurn", "description"),
    ),
    Fault(
        "a duration without a unit",
        "number-has-unit",
        (*MODELS, "ConversationSummaryResponse", "properties", "duration", "description"),
        "Length of the conversation.",
    ),
    Fault(
        "a count without what it counts",
        "number-has-unit",
        (*OPERATION, "parameters", 0, "description"),
        "How long the page is.",
    ),
    Fault(
        "an integer parameter without a format",
        "number-has-a-format",
        (*OPERATION, "parameters", 0, "schema", "format"),
    ),
    Fault(
        "a nullable integer without a format",
        "number-has-a-format",
        (*MODELS, "ConversationSummaryResponse", "properties", "duration", "format"),
    ),
    Fault(
        "a number without a format",
        "number-has-a-format",
        (*MODELS, "ConversationSummaryResponse", "properties", "polyScore", "format"),
    ),
    Fault(
        "a number in a union without a format",
        "number-has-a-format",
        (*MODELS, "ConversationTurn", "properties", "latency", "oneOf", 0, "format"),
    ),
    Fault(
        "an integer header without a format",
        "number-has-a-format",
        ("components", "headers", "ContentLength", "schema", "format"),
    ),
    Fault(
        "an integer in the format of a number",
        "number-has-a-format",
        (*MODELS, "GetConversationsResponse", "properties", "count", "format"),
        "double",
    ),
    Fault(
        "a number in the format of an integer",
        "number-has-a-format",
        (*MODELS, "FunctionEvent", "properties", "duration", "format"),
        "int64",
    ),
    Fault(
        "an enum in a field of a response",
        "response-has-no-enum",
        (*MODELS, "ConversationSummaryResponse", "properties", "channel", "enum"),
        ["VOICE-SIP", "WEBCHAT", None],
    ),
    Fault(
        "an enum in a part of a response",
        "response-has-no-enum",
        (*MODELS, "FunctionEvent", "properties", "handoff", "properties", "type", "enum"),
        ["phone", None],
    ),
    Fault(
        "an enum in an error",
        "response-has-no-enum",
        (*MODELS, "ErrorEnvelope", "properties", "error_code", "enum"),
        ["CONVERSATIONS_NOT_FOUND", None],
    ),
    Fault(
        "an enum as a response",
        "response-has-no-enum",
        (*RESPONSE, "content", "application/json", "schema"),
        {"type": "string", "enum": ["page"]},
    ),
    Fault(
        "an enum in a header of a response",
        "response-has-no-enum",
        ("components", "headers", "AcceptRanges", "schema", "enum"),
        ["bytes", "none"],
    ),
    Fault(
        "a parameter that is not exploded",
        "parameter-is-exploded",
        (*OPERATION, "parameters", 0, "explode"),
        False,
    ),
    Fault(
        "a shared parameter that is not exploded",
        "parameter-is-exploded",
        ("components", "parameters", "AgentId", "explode"),
        False,
    ),
    Fault(
        "an error with a schema of its own",
        "errors-share-one-schema",
        ("components", "responses", "NotFound", "content", "application/json", "schema"),
        {"$ref": "#/components/schemas/OperationSuccessResponse"},
    ),
    Fault(
        "another error with a schema of its own",
        "errors-share-one-schema",
        (*OPERATION, "responses", "503"),
        {"$ref": "#/components/responses/OperationSucceeded"},
    ),
    Fault(
        "an error without a body",
        "errors-share-one-schema",
        ("components", "responses", "OtherError", "content"),
    ),
    Fault(
        "a response without any header",
        "response-has-correlation-id",
        (*RESPONSE, "headers"),
    ),
    Fault(
        "an error without a correlation id",
        "response-has-correlation-id",
        ("components", "responses", "TooManyRequests", "headers", "X-PolyAI-Correlation-Id"),
    ),
    Fault(
        "a GET request with a body",
        "get-has-no-body",
        (*OPERATION, "requestBody"),
        SPEC["paths"][NOTE]["post"]["requestBody"],
    ),
    Fault(
        "a field in snake_case",
        "names-are-camel-case",
        (*MODELS, "GetConversationsResponse", "properties", "next_page"),
        FIELD,
    ),
    Fault(
        "a parameter in snake_case",
        "names-are-camel-case",
        (*OPERATION, "parameters", 0, "name"),
        "page_size",
    ),
    Fault(
        "an operation in snake_case",
        "names-are-camel-case",
        (*OPERATION, "operationId"),
        "list_conversations",
    ),
    Fault(
        "a field of a turn in camelCase",
        "transcript-and-errors-are-snake-case",
        (*MODELS, "ConversationTurn", "properties", "userName"),
        FIELD,
    ),
]


@pytest.fixture(scope="module")
def violations(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Lint one copy of the contract per fault, all in one run: Spectral is slow to start."""
    folder = tmp_path_factory.mktemp("specs")
    copies = []
    for fault in FAULTS:
        spec = copy.deepcopy(SPEC)
        fault.apply(spec)
        path = folder / f"{fault.name}.yaml"
        path.write_text(yaml.safe_dump(spec, sort_keys=False))
        copies.append(path)
    return lint(copies)


def lint(specs: Iterable[Path]) -> dict[str, set[str]]:
    rules = ROOT / "workflows/spectral.yaml"
    command = [str(SPECTRAL), "lint", "--quiet", "--format=json", f"--ruleset={rules}"]
    finished = subprocess.run(
        [*command, *map(str, specs)], check=False, capture_output=True, text=True
    )
    assert finished.returncode in {0, 1}, finished.stderr
    violated = defaultdict(set)
    for result in json.loads(finished.stdout):
        violated[Path(result["source"]).stem].add(str(result["code"]))
    return violated


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_violates_its_rule(fault: Fault, violations: dict[str, set[str]]) -> None:
    assert fault.rule in violations[fault.name]


def test_the_contract_violates_no_rule() -> None:
    assert lint([ROOT / "openapi.yaml"]) == {}


def test_an_enum_in_a_request_violates_no_rule(tmp_path: Path) -> None:
    spec = copy.deepcopy(SPEC)
    note = spec["components"]["schemas"]["UpsertNoteBody"]["properties"]["note"]
    note["enum"] = ["call back"]
    spec["components"]["examples"]["Note"]["value"] = {"note": "call back"}
    path = tmp_path / "openapi.yaml"
    path.write_text(yaml.safe_dump(spec, sort_keys=False))
    assert lint([path]) == {}
