"""Which contract is compared with, and which version a change requires; with oasdiff."""

from __future__ import annotations

import copy
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from workflows.generator import ROOT
from workflows.oasdiff import PROGRAM
from workflows.spec_diff import main

if TYPE_CHECKING:
    from collections.abc import Callable

if not PROGRAM.exists():
    reason = "needs oasdiff; `nox -s spec-diff` builds it with Go and runs these tests"
    pytest.skip(reason, allow_module_level=True)

SPEC = yaml.safe_load((ROOT / "openapi.yaml").read_text())
NOTE = "/v1/agents/{agentId}/conversations/{conversationId}/note"


def fields(spec: Any, model: str) -> Any:
    return spec["components"]["schemas"][model]["properties"]


def turn_note_into_flac(spec: Any) -> None:
    content = spec["paths"][NOTE]["post"]["requestBody"]["content"]
    content["audio/flac"] = content.pop("application/json")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository with the contract committed, which is the current directory."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, {**SPEC, "info": {**SPEC["info"], "version": "1.0.0"}})
    git("init", "--quiet", "--initial-branch=main")
    git("add", ".")
    commit("the contract")
    return tmp_path


def write(folder: Path, spec: Any) -> None:
    (folder / "openapi.yaml").write_text(yaml.safe_dump(spec, sort_keys=False))


def git(*arguments: str) -> str:
    who = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
    finished = subprocess.run(["git", *who, *arguments], check=True, capture_output=True, text=True)
    return finished.stdout.strip()


def commit(message: str) -> None:
    git("commit", "--quiet", "--all", "--allow-empty", "--no-gpg-sign", "--message", message)


def add_field(spec: Any) -> None:
    fields(spec, "ConversationSummaryResponse").update(
        sentiment={"type": "string", "description": "New."}
    )


def with_change(make: Callable[[Any], object], version: str) -> Any:
    changed = copy.deepcopy(SPEC)
    make(changed)
    changed["info"]["version"] = version
    return changed


def test_without_a_release_the_merge_base_is_compared(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = git("rev-parse", "--short=12", "main")
    git("switch", "--create", "topic")
    write(repository, with_change(add_field, "1.0.0"))
    commit("a field")
    git("switch", "main")
    write(repository, with_change(lambda spec: fields(spec, "FunctionEvent").clear(), "3.0.0"))
    commit("something else")
    git("switch", "topic")
    error = main([])
    output = capsys.readouterr().out
    assert f"compared with {base} (1.0.0)" in output
    assert "no release" in output
    assert "merge base of HEAD and main" in output
    assert "conversations/items/sentiment" in output
    assert "FunctionEvent" not in output
    assert "An addition needs a new minor version" in str(error)
    assert "set it to 1.1.0" in str(error)


def test_on_the_main_branch_only_uncommitted_changes_are_compared_and_that_is_said(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([]) is None
    output = capsys.readouterr().out
    assert "That is HEAD, so only uncommitted changes are compared" in output
    assert "nox -s spec-diff -- PATH|REVISION" in output
    write(repository, with_change(add_field, "1.0.0"))
    assert "An addition needs" in str(main([]))


def test_a_shallow_clone_is_compared_with_the_merge_base(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    git("tag", "v1.0.0")
    write(repository, with_change(add_field, "1.0.0"))
    commit("a field")
    url = repository.as_uri()
    git("clone", "--quiet", "--depth=1", "--no-tags", url, "shallow")
    monkeypatch.chdir(repository / "shallow")
    write(Path(), with_change(lambda spec: fields(spec, "FunctionEvent").clear(), "1.0.0"))
    error = main([])
    output = capsys.readouterr().out
    assert "merge base of HEAD and origin/main" in output
    assert "This clone is shallow; `git fetch --tags --unshallow` fetches the releases" in output
    assert "A breaking change needs a new major version" in str(error)
    git("fetch", "--quiet", "--tags", "--unshallow")
    assert "A breaking change" in str(main([]))
    assert "compared with v1.0.0" in capsys.readouterr().out


def test_a_shallow_clone_of_another_branch_says_that_nothing_was_checked(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git("switch", "--create", "topic")
    commit("a change")
    git("clone", "--quiet", "--depth=1", "--branch=topic", repository.as_uri(), "shallow")
    monkeypatch.chdir(repository / "shallow")
    error = str(main([]))
    assert "nothing to compare with, and nothing was checked" in error
    assert "`git fetch --tags --unshallow`" in error
    assert "nox -s spec-diff -- PATH|REVISION" in error


def test_without_a_repository_nothing_can_be_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))  # it may be in a checkout
    monkeypatch.chdir(tmp_path)
    write(tmp_path, SPEC)
    assert "nothing to compare with" in str(main([]))


def test_the_newest_release_is_the_default_base(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git("tag", "v1.9.0")
    write(repository, with_change(add_field, "1.1.0"))
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
    changed = with_change(
        lambda spec: fields(spec, "ConversationSummaryResponse").pop("note"), "1.1.0"
    )
    write(repository, changed)
    error = main([])
    assert error is not None
    assert "set it to 2.0.0" in error
    assert "Breaking for clients" in capsys.readouterr().out
    changed["info"]["version"] = "2.0.0"
    write(repository, changed)
    assert main([]) is None


def test_the_base_can_be_a_file_or_a_revision(repository: Path) -> None:
    other = repository / "other.yaml"
    other.write_text((repository / "openapi.yaml").read_text())
    assert main([str(other)]) is None
    assert main(["HEAD"]) is None
    assert "neither a file nor a revision" in str(main(["nowhere"]))


def test_a_change_that_only_the_generated_code_shows_needs_a_major_version(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git("tag", "v1.0.0")
    changed = with_change(
        lambda spec: spec["components"]["schemas"]["FunctionEvent"].update(
            additionalProperties=False
        ),
        "1.1.0",
    )
    write(repository, changed)
    assert "set it to 2.0.0" in str(main([]))
    assert capsys.readouterr().out.splitlines()[1:] == [
        "Breaking for clients (needs a new major version):",
        "  - generated code: removed the further fields from the model FunctionEvent",
    ]


def test_a_contract_that_the_generator_cannot_read_is_compared_all_the_same(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git("tag", "v1.0.0")
    write(repository, with_change(turn_note_into_flac, "1.1.0"))
    assert "set it to 2.0.0" in str(main([]))
    output = capsys.readouterr().out
    assert "The generated code was NOT compared" in output
    assert "The generator does not know audio/flac" in output
    assert "Breaking for clients" in output
