"""Each case makes one change to the contract and checks how it is reported; with oasdiff."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import attrs
import pytest
import yaml

from workflows.additional_changes import additional_changes
from workflows.changes import Release, merge
from workflows.generator import ROOT
from workflows.oasdiff import PROGRAM, compare
from workflows.regenerate import sources
from workflows.spec_diff import generated_surface
from workflows.surface import surface_of
from workflows.surface_changes import surface_changes

if TYPE_CHECKING:
    from collections.abc import Callable

    from workflows.changes import Change

if not PROGRAM.exists():
    reason = "needs oasdiff; `nox -s spec-diff` builds it with Go and runs these tests"
    pytest.skip(reason, allow_module_level=True)

SPEC = yaml.safe_load((ROOT / "openapi.yaml").read_text())
SURFACE = surface_of(sources(ROOT / "generated"))
LIST = "/v1/agents/{agentId}/conversations"
CONVERSATION = f"{LIST}/{{conversationId}}"
TEXT = {"type": "string", "description": "Something new."}


def node(spec: Any, *steps: str | int) -> Any:
    for step in steps:
        spec = spec[step]
    return spec


def fields(spec: Any, model: str) -> Any:
    return node(spec, "components", "schemas", model, "properties")


def listing(spec: Any) -> Any:
    return node(spec, "paths", LIST, "get")


def rename_everywhere(spec: Any, old: str, new: str) -> None:
    text = yaml.safe_dump(spec).replace(old, new)
    spec.clear()
    spec.update(yaml.safe_load(text))


def require_an_author(spec: Any) -> None:
    fields(spec, "UpsertNoteBody")["author"] = TEXT
    node(spec, "components", "schemas", "UpsertNoteBody", "required").append("author")


def turn_wav_into_mp3(spec: Any) -> None:
    content = node(spec, "paths", f"{CONVERSATION}/audio", "get", "responses", "200", "content")
    content["audio/mpeg"] = content.pop("audio/wav")


def agent_id(spec: Any) -> Any:
    return node(spec, "components", "parameters", "AgentId", "schema")


def regions(spec: Any) -> Any:
    return node(spec, "servers", 0, "variables", "region", "enum")


@attrs.frozen
class Case:
    """A change of the contract, part of its report, and the release that it needs."""

    name: str
    make: Callable[[Any], object]
    expected: str
    release: Release = Release.MAJOR


CASES = [
    Case(
        "an added operation",
        lambda spec: node(spec, "paths", f"{CONVERSATION}/note").update(
            delete={"operationId": "deleteNote", "responses": {"204": {"description": "Gone."}}}
        ),
        "deleteNote: endpoint added",
        Release.MINOR,
    ),
    Case(
        "a removed operation",
        lambda spec: spec["paths"].pop(f"{CONVERSATION}/note"),
        "upsertNote: api path removed",
    ),
    Case(
        "a renamed operation",
        lambda spec: listing(spec).update(operationId="getConversations"),
        "listConversations: api operation id `listConversations` removed",
    ),
    Case(
        "an operation with a different tag",
        lambda spec: listing(spec).update(tags=["calls"]),
        "listConversations: api tag `conversations` removed",
    ),
    Case(
        "an added optional parameter",
        lambda spec: listing(spec)["parameters"].append(
            {"name": "tag", "in": "query", "schema": TEXT}
        ),
        "listConversations: added the new optional `query` request parameter `tag`",
        Release.MINOR,
    ),
    Case(
        "an added required parameter",
        lambda spec: listing(spec)["parameters"].append(
            {"name": "tag", "in": "query", "required": True, "schema": TEXT}
        ),
        "listConversations: added the new required `query` request parameter `tag`",
    ),
    Case(
        "a removed parameter",
        lambda spec: listing(spec)["parameters"].pop(1),
        "listConversations: deleted the `query` request parameter `offset`",
    ),
    Case(
        "a parameter with a different type",
        lambda spec: node(listing(spec), "parameters", 0, "schema").update(type="string"),
        "listConversations: for the `query` request parameter `limit`, the `type`",
    ),
    Case(
        "a renamed path parameter",
        lambda spec: rename_everywhere(spec, "conversationId}", "callId}"),
        "getConversation, addAnnotations, getConversationAudio, upsertNote: api path removed",
    ),
    Case(
        "a narrower range",
        lambda spec: node(listing(spec), "parameters", 0, "schema").update(maximum=100),
        "`limit`, the max was set to `100",
    ),
    Case(
        "an added required field of a request",
        require_an_author,
        "upsertNote: added the new required request property `author`",
    ),
    Case(
        "a removed enum value of a request",
        lambda spec: fields(spec, "AnnotationItem")["role"].update(enum=["user"]),
        "addAnnotations: removed the enum value `agent`",
    ),
    Case(
        "an added field of a response",
        lambda spec: fields(spec, "ConversationSummaryResponse").update(sentiment=TEXT),
        "listConversations: added the optional property `conversations/items/sentiment`",
        Release.MINOR,
    ),
    Case(
        "a removed optional field of a response",
        lambda spec: fields(spec, "ConversationTurn").pop("latency"),
        "getConversation: removed the optional property `turns/items/latency`",
    ),
    Case(
        "a field with a different type",
        lambda spec: fields(spec, "ConversationTurn")["user_input"].update(type="number"),
        "response's property `type` changed",
    ),
    Case(
        "an added enum value of a response",
        lambda spec: fields(spec, "OperationSuccessResponse").update(
            state={"type": "string", "enum": ["taken", "queued", "dropped"]}
        ),
        "added the new `dropped` enum value to the `state` response property",
    ),
    Case(
        "a removed field of every error",
        lambda spec: fields(spec, "ErrorEnvelope").pop("error_code"),
        "removed the optional property `error_code` from the response with the "
        "`400, 401, 403, 404, 429, default` status",
    ),
    Case(
        "a removed header of a response",
        lambda spec: node(listing(spec), "responses", "200").pop("headers"),
        "listConversations: the optional response header `x-polyai-correlation-id` removed",
    ),
    Case(
        "a removed success status",
        lambda spec: node(spec, "paths", f"{CONVERSATION}/note", "post", "responses").pop("201"),
        "upsertNote: removed the success response with the status `201`",
    ),
    Case(
        "a removed default response",
        lambda spec: listing(spec)["responses"].pop("default"),
        "listConversations: removed the documentation of the status default",
        Release.MINOR,
    ),
    Case(
        "a different media type",
        turn_wav_into_mp3,
        "getConversationAudio: removed the media type `audio/wav`",
    ),
    Case(
        "a different header for the key",
        lambda spec: node(spec, "components", "securitySchemes", "polyApiKey").update(name="Key"),
        "api key name changed from `x-api-key`",
    ),
    Case(
        "a different host",
        lambda spec: node(spec, "servers", 0).update(url="https://{region}.poly.ai"),
        "removed the server `https://api.{region}.poly.ai`",
    ),
    Case(
        "a removed region",
        lambda spec: regions(spec).remove("dev"),
        "removed `dev` from the server's `region`",
    ),
    Case(
        "an added region",
        lambda spec: regions(spec).append("au"),
        "added `au` to the server's `region`",
        Release.MINOR,
    ),
    Case(
        "a renamed model",
        lambda spec: rename_everywhere(spec, "AnnotationItem", "AnnotationEntry"),
        "removed the schema `AnnotationItem`",
    ),
    Case(
        "a model with a different title",
        lambda spec: rename_everywhere(spec, "ConversationMetrics", "CallMetrics"),
        "from `ConversationMetrics` to `CallMetrics`",
    ),
    Case(
        "a different description",
        lambda spec: fields(spec, "ConversationTurn")["latency"].update(description="In hours."),
        "changed the description of `schemas ConversationTurn latency`",
        Release.PATCH,
    ),
    Case(
        "a parameter of a path with a different type",
        lambda spec: agent_id(spec).update(type="integer"),
        "for the `path` request parameter `agentId`, the `type` was changed from `string` to",
    ),
    Case(
        "a parameter of a path with a format",
        lambda spec: agent_id(spec).update(format="uuid"),
        "for the `path` request parameter `agentId`, the `format` was changed from `none` to",
    ),
    Case(
        "a parameter of a path with an enum",
        lambda spec: agent_id(spec).update(enum=["PROJECT-1"]),
        "the `path` request parameter `agentId` was restricted to a list of enum values",
    ),
    Case(
        "a parameter of a path with a pattern",
        lambda spec: agent_id(spec).update(pattern="^PROJECT-"),
        "added the pattern `^PROJECT-` to the `path` request parameter `agentId`",
    ),
    Case(
        "a request without additional fields",
        lambda spec: node(spec, "components", "schemas", "UpsertNoteBody").update(
            additionalProperties=False
        ),
        "upsertNote: the request no longer accepts additional properties",
    ),
    Case(
        "a different style of a parameter",
        lambda spec: node(listing(spec), "parameters", 0).update(style="pipeDelimited"),
        "listConversations: changed the `style` of the `query` request parameter `limit`",
    ),
    Case(
        "a parameter that is not exploded",
        lambda spec: node(listing(spec), "parameters", 0).update(explode=False),
        "listConversations: changed the `explode` of the `query` request parameter `limit`",
    ),
    Case(
        "a date-time in a response",
        lambda spec: fields(spec, "ConversationSummaryResponse")["startedAt"].update(
            format="date-time"
        ),
        "getConversation: the `startedAt` response's property `format` was narrowed from `none`",
    ),
    Case(
        "a header with a different type",
        lambda spec: node(spec, "components", "headers", "CorrelationId", "schema").update(
            type="integer"
        ),
        "the `x-polyai-correlation-id` response header's `type` changed from `string` to `integer`",
    ),
    Case(
        "any region",
        lambda spec: node(spec, "servers", 0, "variables", "region").pop("enum"),
        "opened the server's `region` to any value",
        Release.MINOR,
    ),
]


@pytest.fixture(scope="module")
def base() -> Any:
    """Return the contract with an enum in a response, which the contract itself does not have."""
    spec = copy.deepcopy(SPEC)
    state = {"type": "string", "enum": ["taken", "queued"]}
    fields(spec, "OperationSuccessResponse")["state"] = state
    return spec


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_change_is_reported_with_the_release_that_it_needs(case: Case, base: Any) -> None:
    changed = copy.deepcopy(base)
    case.make(changed)
    changes = merge([*compare(base, changed), *additional_changes(base, changed)])
    reported = [change for change in changes if case.expected in str(change)]
    assert len(reported) == 1, "\n".join(map(str, changes))
    assert reported[0].release is case.release
    assert max(change.release for change in changes) is case.release


def test_an_unchanged_contract_has_no_changes() -> None:
    assert [*compare(SPEC, SPEC), *additional_changes(SPEC, SPEC)] == []


def test_replacing_all_of_by_the_fields_is_not_a_change() -> None:
    changed = copy.deepcopy(SPEC)
    models = node(changed, "components", "schemas")
    summary, rest = models["ConversationSummaryResponse"], models["ConversationDetailResponse"]
    models["ConversationDetailResponse"] = {
        **summary,
        "description": rest["description"],
        "properties": {**summary["properties"], **rest["allOf"][1]["properties"]},
    }
    assert [*compare(SPEC, changed), *additional_changes(SPEC, changed)] == []


def name_inline_schema(spec: Any, model: str, field: str, name: str) -> None:
    node(spec, "components", "schemas")[name] = fields(spec, model)[field]
    fields(spec, model)[field] = {"$ref": f"#/components/schemas/{name}"}


def name_offset(spec: Any) -> None:
    parameter = node(listing(spec), "parameters", 1)
    node(spec, "components", "schemas")["Offset"] = parameter["schema"]
    parameter["schema"] = {"$ref": "#/components/schemas/Offset"}


@pytest.mark.parametrize(
    "move",
    [
        pytest.param(
            lambda spec: name_inline_schema(spec, "FunctionEvent", "handoff", "FunctionHandoff"),
            id="object",
        ),
        pytest.param(
            lambda spec: name_inline_schema(spec, "FunctionEvent", "duration", "Duration"),
            id="number",
        ),
        pytest.param(
            lambda spec: name_inline_schema(spec, "AnnotationItem", "role", "AnnotationItemRole"),
            id="enum",
        ),
        pytest.param(name_offset, id="parameter"),
    ],
)
def test_moving_an_identical_inline_schema_is_not_breaking(move: Callable[[Any], object]) -> None:
    changed = copy.deepcopy(SPEC)
    move(changed)
    assert [*compare(SPEC, changed), *additional_changes(SPEC, changed)] == []
    assert all(change.release is Release.MINOR for change in generated_changes(changed))


def test_a_new_name_of_a_moved_schema_is_reported() -> None:
    changed = copy.deepcopy(SPEC)
    name_inline_schema(changed, "AnnotationItem", "role", "Role")
    (change,) = generated_changes(changed)
    assert str(change).startswith("generated code: renamed the model AnnotationItemRole to Role;")


def generated_changes(changed: Any) -> list[Change]:
    return list(surface_changes(SURFACE, generated_surface(changed)))


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        pytest.param(
            lambda spec: fields(spec, "ConversationSummaryResponse")["startedAt"].update(
                format="date-time"
            ),
            "generated code: changed the field started_at of the model ConversationSummaryResponse",
            id="date-time",
        ),
        pytest.param(
            lambda spec: node(spec, "components", "schemas", "UpsertNoteBody").update(
                additionalProperties=False
            ),
            "generated code: removed the further fields from the model UpsertNoteBody",
            id="additionalProperties",
        ),
        pytest.param(
            lambda spec: node(spec, "components", "schemas", "FunctionEvent").update(
                additionalProperties=False
            ),
            "generated code: removed the further fields from the model FunctionEvent",
            id="response",
        ),
    ],
)
def test_the_generated_code_is_a_second_judge(make: Callable[[Any], object], expected: str) -> None:
    changed = copy.deepcopy(SPEC)
    make(changed)
    (judged,) = [
        change for change in generated_changes(changed) if str(change).startswith(expected)
    ]
    assert judged.release is Release.MAJOR
