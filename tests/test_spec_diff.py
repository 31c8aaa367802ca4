"""Each case makes one change to the contract and checks how it is reported; with oasdiff."""

from __future__ import annotations

import copy
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest
import yaml

from workflows.additional_changes import additional_changes
from workflows.changes import merge
from workflows.oasdiff import PROGRAM, compare
from workflows.spec_diff import main

if TYPE_CHECKING:
    from collections.abc import Callable

if not PROGRAM.exists():
    pytest.skip("oasdiff is not built; run nox -s spec-diff", allow_module_level=True)

SPEC = yaml.safe_load((Path(__file__).parent.parent / "openapi.yaml").read_text())
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


def regions(spec: Any) -> Any:
    return node(spec, "servers", 0, "variables", "region", "enum")


@attrs.frozen
class Case:
    """A change of the contract, part of its report, and whether it breaks clients."""

    name: str
    make: Callable[[Any], object]
    expected: str
    is_breaking: bool = True


CASES = [
    Case(
        "an added operation",
        lambda spec: node(spec, "paths", f"{CONVERSATION}/note").update(
            delete={"operationId": "deleteNote", "responses": {"204": {"description": "Gone."}}}
        ),
        "deleteNote: endpoint added",
        is_breaking=False,
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
        is_breaking=False,
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
        is_breaking=False,
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
        is_breaking=False,
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
        is_breaking=False,
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
        is_breaking=False,
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
def test_a_change_is_reported_as_breaking_or_not(case: Case, base: Any) -> None:
    changed = copy.deepcopy(base)
    case.make(changed)
    changes = merge([*compare(base, changed), *additional_changes(base, changed)])
    reported = [change for change in changes if case.expected in str(change)]
    assert len(reported) == 1, "\n".join(map(str, changes))
    assert reported[0].is_breaking is case.is_breaking
    assert any(change.is_breaking for change in changes) is case.is_breaking


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


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository with the contract committed, which is the current directory."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, {**SPEC, "info": {**SPEC["info"], "version": "1.0.0"}})
    git("init", "--quiet")
    git("add", ".")
    commit("the contract")
    return tmp_path


def write(folder: Path, spec: Any) -> None:
    (folder / "openapi.yaml").write_text(yaml.safe_dump(spec, sort_keys=False))


def git(*arguments: str) -> None:
    who = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
    subprocess.run(["git", *who, *arguments], check=True, capture_output=True)


def commit(message: str) -> None:
    git("commit", "--quiet", "--all", "--allow-empty", "--no-gpg-sign", "--message", message)


def test_without_a_release_nothing_is_compared(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert repository.exists()
    assert main([]) is None
    assert "There is no release yet" in capsys.readouterr().out


def test_the_newest_release_is_the_default_base(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git("tag", "v1.9.0")
    changed = copy.deepcopy(SPEC)
    fields(changed, "ConversationSummaryResponse").update(sentiment=TEXT)
    write(repository, changed)
    commit("a field")
    git("tag", "v1.10.0")
    assert main([]) is None
    output = capsys.readouterr().out
    assert "compared with v1.10.0" in output
    assert "Nothing changed" in output
    assert main(["v1.9.0"]) is None
    assert "conversations/items/sentiment" in capsys.readouterr().out


def test_a_breaking_change_needs_a_new_major_version(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git("tag", "v1.0.0")
    changed = copy.deepcopy(SPEC)
    fields(changed, "ConversationSummaryResponse").pop("note")
    changed["info"]["version"] = "1.1.0"
    write(repository, changed)
    error = main([])
    assert error is not None
    assert "set it to 2.0.0" in error
    assert "Breaking for clients:" in capsys.readouterr().out
    changed["info"]["version"] = "2.0.0"
    write(repository, changed)
    assert main([]) is None


def test_the_base_can_be_a_file_or_a_revision(repository: Path) -> None:
    other = repository / "other.yaml"
    other.write_text((repository / "openapi.yaml").read_text())
    assert main([str(other)]) is None
    assert main(["HEAD"]) is None
    assert "neither a file nor a revision" in str(main(["nowhere"]))
