"""Changes planted in the contract, and what is said of each; with the real differ."""

from __future__ import annotations

import copy
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest
import yaml

from workflows.changes import merged
from workflows.oasdiff import PROGRAM, compare
from workflows.overlooked import overlooked
from workflows.spec_diff import main

if TYPE_CHECKING:
    from collections.abc import Callable

if not PROGRAM.exists():
    pytest.skip("oasdiff is not built: nox -s spec-diff", allow_module_level=True)

SPEC = yaml.safe_load((Path(__file__).parent.parent / "openapi.yaml").read_text())
LIST = "/v1/agents/{agentId}/conversations"
ONE = f"{LIST}/{{conversationId}}"
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
    content = node(spec, "paths", f"{ONE}/audio", "get", "responses", "200", "content")
    content["audio/mpeg"] = content.pop("audio/wav")


def regions(spec: Any) -> Any:
    return node(spec, "servers", 0, "variables", "region", "enum")


@attrs.frozen
class Case:
    """A change of the contract, a part of what is said of it, and whether it breaks clients."""

    name: str
    make: Callable[[Any], object]
    said: str
    is_breaking: bool = True


CASES = [
    Case(
        "an operation that came",
        lambda spec: node(spec, "paths", f"{ONE}/note").update(
            delete={"operationId": "deleteNote", "responses": {"204": {"description": "Gone."}}}
        ),
        "deleteNote: endpoint added",
        is_breaking=False,
    ),
    Case(
        "an operation that went",
        lambda spec: spec["paths"].pop(f"{ONE}/note"),
        "upsertNote: api path removed",
    ),
    Case(
        "an operation of another name",
        lambda spec: listing(spec).update(operationId="getConversations"),
        "listConversations: api operation id `listConversations` removed",
    ),
    Case(
        "an operation of another tag",
        lambda spec: listing(spec).update(tags=["calls"]),
        "listConversations: api tag `conversations` removed",
    ),
    Case(
        "an optional parameter that came",
        lambda spec: listing(spec)["parameters"].append(
            {"name": "tag", "in": "query", "schema": TEXT}
        ),
        "listConversations: added the new optional `query` request parameter `tag`",
        is_breaking=False,
    ),
    Case(
        "a required parameter that came",
        lambda spec: listing(spec)["parameters"].append(
            {"name": "tag", "in": "query", "required": True, "schema": TEXT}
        ),
        "listConversations: added the new required `query` request parameter `tag`",
    ),
    Case(
        "a parameter that went",
        lambda spec: listing(spec)["parameters"].pop(1),
        "listConversations: deleted the `query` request parameter `offset`",
    ),
    Case(
        "a parameter of another type",
        lambda spec: node(listing(spec), "parameters", 0, "schema").update(type="string"),
        "listConversations: for the `query` request parameter `limit`, the `type`",
    ),
    Case(
        "a path's parameter of another name",
        lambda spec: rename_everywhere(spec, "conversationId}", "callId}"),
        "getConversation, addAnnotations, getConversationAudio, upsertNote: api path removed",
    ),
    Case(
        "a narrower range",
        lambda spec: node(listing(spec), "parameters", 0, "schema").update(maximum=100),
        "`limit`, the max was set to `100",
    ),
    Case(
        "a field of a body that is now needed",
        require_an_author,
        "upsertNote: added the new required request property `author`",
    ),
    Case(
        "a value of a body that is no longer taken",
        lambda spec: fields(spec, "AnnotationItem")["role"].update(enum=["user"]),
        "addAnnotations: removed the enum value `agent`",
    ),
    Case(
        "a field of an answer that came",
        lambda spec: fields(spec, "ConversationSummaryResponse").update(sentiment=TEXT),
        "listConversations: added the optional property `conversations/items/sentiment`",
        is_breaking=False,
    ),
    Case(
        "an optional field of an answer that went",
        lambda spec: fields(spec, "ConversationTurn").pop("latency"),
        "getConversation: removed the optional property `turns/items/latency`",
    ),
    Case(
        "a field of another type",
        lambda spec: fields(spec, "ConversationTurn")["latency"].update(type="string"),
        "response's property `type` changed",
    ),
    Case(
        "a value that an answer may newly hold",
        lambda spec: fields(spec, "OperationSuccessResponse").update(
            state={"type": "string", "enum": ["taken", "queued", "dropped"]}
        ),
        "added the new `dropped` enum value to the `state` response property",
    ),
    Case(
        "a field of every error that went",
        lambda spec: fields(spec, "ErrorEnvelope").pop("error_code"),
        "removed the optional property `error_code` from the response with the "
        "`400, 401, 403, 404, 429, 4XX, 5XX` status",
    ),
    Case(
        "a header of an answer that went",
        lambda spec: node(listing(spec), "responses", "200").pop("headers"),
        "listConversations: the optional response header `x-polyai-correlation-id` removed",
    ),
    Case(
        "a success that is none any more",
        lambda spec: node(spec, "paths", f"{ONE}/note", "post", "responses").pop("201"),
        "upsertNote: removed the success response with the status `201`",
    ),
    Case(
        "a range of errors that is no longer documented",
        lambda spec: listing(spec)["responses"].pop("4XX"),
        "listConversations: the status 4XX is no longer documented",
        is_breaking=False,
    ),
    Case(
        "another media type",
        turn_wav_into_mp3,
        "getConversationAudio: removed the media type `audio/wav`",
    ),
    Case(
        "another header for the key",
        lambda spec: node(spec, "components", "securitySchemes", "polyApiKey").update(name="Key"),
        "api key name changed from `x-api-key`",
    ),
    Case(
        "another host",
        lambda spec: node(spec, "servers", 0).update(url="https://{region}.poly.ai"),
        "the server `https://api.{region}.poly.ai` went",
    ),
    Case(
        "a region that went",
        lambda spec: regions(spec).remove("dev"),
        "the server's `region` is no longer `dev`",
    ),
    Case(
        "a region that came",
        lambda spec: regions(spec).append("au"),
        "the server's `region` may be `au`",
        is_breaking=False,
    ),
    Case(
        "a model of another name",
        lambda spec: rename_everywhere(spec, "AnnotationItem", "AnnotationEntry"),
        "removed the schema `AnnotationItem`",
    ),
    Case(
        "a model of another title",
        lambda spec: rename_everywhere(spec, "ConversationMetrics", "CallMetrics"),
        "is titled `CallMetrics`, and was `ConversationMetrics`",
    ),
    Case(
        "other words",
        lambda spec: fields(spec, "ConversationTurn")["latency"].update(description="In hours."),
        "`schemas ConversationTurn latency` is described in other words",
        is_breaking=False,
    ),
]


@pytest.fixture(scope="module")
def base() -> Any:
    """Give the contract with a closed value set in an answer, which it has none of."""
    spec = copy.deepcopy(SPEC)
    state = {"type": "string", "enum": ["taken", "queued"]}
    fields(spec, "OperationSuccessResponse")["state"] = state
    return spec


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_change_is_told_and_judged(case: Case, base: Any) -> None:
    changed = copy.deepcopy(base)
    case.make(changed)
    changes = merged([*compare(base, changed), *overlooked(base, changed)])
    told = [change for change in changes if case.said in str(change)]
    assert len(told) == 1, "\n".join(map(str, changes))
    assert told[0].is_breaking is case.is_breaking
    assert any(change.is_breaking for change in changes) is case.is_breaking


def test_the_contract_is_no_change_of_itself() -> None:
    assert [*compare(SPEC, SPEC), *overlooked(SPEC, SPEC)] == []


def test_a_model_written_out_is_the_same_model() -> None:
    changed = copy.deepcopy(SPEC)
    models = node(changed, "components", "schemas")
    summary, rest = models["ConversationSummaryResponse"], models["ConversationDetailResponse"]
    models["ConversationDetailResponse"] = {
        **summary,
        "description": rest["description"],
        "properties": {**summary["properties"], **rest["allOf"][1]["properties"]},
    }
    assert [*compare(SPEC, changed), *overlooked(SPEC, changed)] == []


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a repository with the contract, committed, in which one now is."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, SPEC)
    git("init", "--quiet")
    git("add", ".")
    commit("the contract")
    return tmp_path


def write(folder: Path, spec: Any) -> None:
    (folder / "openapi.yaml").write_text(yaml.safe_dump(spec, sort_keys=False))


def git(*arguments: str) -> None:
    who = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
    subprocess.run(["git", *who, *arguments], check=True, capture_output=True)  # noqa: S603, S607


def commit(message: str) -> None:
    git("commit", "--quiet", "--all", "--allow-empty", "--no-gpg-sign", "--message", message)


def test_without_a_release_there_is_nothing_to_compare(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert repository.exists()
    assert main([]) is None
    assert "There is no release yet" in capsys.readouterr().out


def test_the_newest_release_is_the_base(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git("tag", "v1.9.0")
    changed = copy.deepcopy(SPEC)
    fields(changed, "ConversationSummaryResponse").update(sentiment=TEXT)
    write(repository, changed)
    commit("a field")
    git("tag", "v1.10.0")
    assert main([]) is None
    told = capsys.readouterr().out
    assert "beside v1.10.0" in told
    assert "Nothing changed" in told
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
    refused = main([])
    assert refused is not None
    assert "make it 2.0.0" in refused
    assert "Breaking for clients:" in capsys.readouterr().out
    changed["info"]["version"] = "2.0.0"
    write(repository, changed)
    assert main([]) is None


def test_another_base_is_a_file_or_a_revision(repository: Path) -> None:
    other = repository / "other.yaml"
    other.write_text((repository / "openapi.yaml").read_text())
    assert main([str(other)]) is None
    assert main(["HEAD"]) is None
    assert "neither a file nor a revision" in str(main(["nowhere"]))
