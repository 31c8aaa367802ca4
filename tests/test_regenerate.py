"""How the generated code is compared with the contract, and repaired."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest
import yaml

from workflows.generator import ROOT, GenerationError, causes, generate, installed_versions
from workflows.regenerate import check, main, replace, sources

if TYPE_CHECKING:
    from collections.abc import Callable

PACKAGE = "polyai_conversations_api"
MODEL = f"{PACKAGE}/models/upsert_note_body.py"
OPERATION = f"{PACKAGE}/api/conversations/list_conversations.py"
CONFLICT = "<<<<<<< HEAD\n    note: str\n=======\n    note: int\n>>>>>>> theirs\n"
NOT_TEXT = b"\xa7\r\r\n\x00"
FRESH = ROOT / "generated"
AUDIO = "/v1/agents/{agentId}/conversations/{conversationId}/audio"
NOTE = "/v1/agents/{agentId}/conversations/{conversationId}/note"


@pytest.fixture
def generated(tmp_path: Path) -> Path:
    """Return a copy of the generated code."""
    return Path(shutil.copytree(FRESH, tmp_path / "generated"))


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def insert_conflict(folder: Path) -> None:
    path = folder / MODEL
    path.write_text(path.read_text().replace("    note: str\n", CONFLICT, 1))


@attrs.frozen
class Damage:
    """What happened to a directory of generated code, and how that is reported."""

    name: str
    make: Callable[[Path], object]
    report: str


DAMAGES = [
    Damage("conflict markers", insert_conflict, f"! {MODEL} cannot be read (invalid syntax"),
    Damage(
        "a syntax error",
        lambda folder: write(folder / OPERATION, b"def (\n"),
        f"! {OPERATION} cannot be read (",
    ),
    Damage(
        "an operation without its functions",
        lambda folder: write(folder / OPERATION, b""),
        f"! {OPERATION} cannot be read (the functions _get_kwargs, _parse_response are missing)",
    ),
    Damage(
        "a model that is not text",
        lambda folder: write(folder / MODEL, NOT_TEXT),
        f"! {MODEL} cannot be read (it is not text)",
    ),
    Damage(
        "a stray binary file",
        lambda folder: write(folder / PACKAGE / "models/core.1234", NOT_TEXT),
        f"generated/{PACKAGE}/models/core.1234 is not text",
    ),
    Damage(
        "a stray file beside the package",
        lambda folder: write(folder / "notes.txt", b"remember\n"),
        "-remember",
    ),
    Damage(
        "a cache of ruff",
        lambda folder: write(folder / PACKAGE / ".ruff_cache/0.17.6/1", b"cache\n"),
        "-cache",
    ),
    Damage(
        "a missing model",
        lambda folder: (folder / MODEL).unlink(),
        "+ model UpsertNoteBody (note)",
    ),
    Damage("no directory", shutil.rmtree, "+ model UpsertNoteBody (note)"),
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.name)
def test_damaged_generated_code_is_reported_and_repaired(
    damage: Damage, generated: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damage.make(generated)
    assert "differ from the contract" in str(check(generated, FRESH))
    assert damage.report in capsys.readouterr().out
    replace(generated, FRESH)
    assert sources(generated) == sources(FRESH)
    assert check(generated, FRESH) is None


def test_python_caches_are_ignored(generated: Path) -> None:
    for folder in ("", "models/"):
        write(generated / PACKAGE / f"{folder}__pycache__/turn.pyc", NOT_TEXT)
    assert check(generated, FRESH) is None


@pytest.mark.parametrize("name", ["turn_cache.py", "turn_cache/turn.py", "__pycache__.py"])
def test_a_file_whose_name_resembles_a_cache_is_compared(generated: Path, name: str) -> None:
    write(generated / PACKAGE / "models" / name, b"turn = 1\n")
    assert "1 generated files differ" in str(check(generated, FRESH))


def test_damaged_code_is_written_anew_from_the_contract(tmp_path: Path) -> None:
    shutil.copy(ROOT / "openapi.yaml", tmp_path)
    write(tmp_path / "generated" / MODEL, CONFLICT.encode())
    assert main([], tmp_path) is None
    assert main(["--check"], tmp_path) is None
    assert sources(tmp_path / "generated") == sources(FRESH)


def with_media_type(path: str, method: str, *steps: str) -> dict[str, Any]:
    spec: dict[str, Any] = yaml.safe_load((ROOT / "openapi.yaml").read_text())
    body = spec["paths"][path][method]
    for step in steps:
        body = body[step]
    (media,) = body["content"].values()
    body["content"] = {"audio/flac": media}
    return spec


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param(with_media_type(AUDIO, "get", "responses", "200"), id="response"),
        pytest.param(with_media_type(NOTE, "post", "requestBody"), id="request"),
    ],
)
def test_an_unknown_media_type_is_named_with_its_remedy(spec: Any, tmp_path: Path) -> None:
    contract = tmp_path / "openapi.yaml"
    contract.write_text(yaml.safe_dump(spec, sort_keys=False))
    with pytest.raises(GenerationError) as caught:
        generate(contract, tmp_path)
    (line,) = [line for line in str(caught.value).splitlines() if "does not know" in line]
    assert line.startswith("The generator does not know audio/flac.")
    assert "`content_type_overrides` in generator-config.yaml" in line
    assert line in str(main([], tmp_path)).splitlines()


def test_code_that_cannot_be_imported_is_refused(tmp_path: Path) -> None:
    spec = yaml.safe_load((ROOT / "openapi.yaml").read_text())
    content = spec["paths"][NOTE]["post"]["requestBody"]["content"]
    content["application/x-www-form-urlencoded"] = content["application/json"]
    contract = tmp_path / "openapi.yaml"
    contract.write_text(yaml.safe_dump(spec, sort_keys=False))
    with pytest.raises(GenerationError, match="Undefined name `Unset`"):
        generate(contract, tmp_path)


def test_an_invalid_contract_is_reported_as_the_generator_does(tmp_path: Path) -> None:
    contract = tmp_path / "openapi.yaml"
    contract.write_text("openapi: 3.1.0\n")
    with pytest.raises(GenerationError, match="info") as caught:
        generate(contract, tmp_path)
    assert "content_type_overrides" not in str(caught.value)


def test_the_versions_of_the_generator_and_ruff_are_printed(
    generated: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    versions = installed_versions()
    line = f"openapi-python-client {versions['openapi-python-client']}, ruff {versions['ruff']}"
    check(generated, FRESH)
    replace(generated, FRESH)
    assert capsys.readouterr().out.splitlines().count(line) == 2


def test_code_that_other_versions_wrote_is_reported(
    generated: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    versions, installed = generated / "versions.txt", installed_versions()["ruff"]
    versions.write_text(versions.read_text().replace(f"ruff=={installed}", "ruff==0.1.0"))
    assert "differ from the contract" in str(check(generated, FRESH))
    line = f"generated/ was written with ruff 0.1.0, and {installed} is installed."
    assert line in capsys.readouterr().out


OLD, NEW = ({"openapi-python-client": "1.0", "ruff": version} for version in ("2.0", "2.1"))


@pytest.mark.parametrize(
    ("written_by", "installed", "pinned", "expected"),
    [
        (OLD, OLD, OLD, ["come from openapi.yaml, from generator-config.yaml or from edits"]),
        (OLD, NEW, NEW, ["generated/ was written with ruff 2.0, and 2.1 is installed"]),
        (NEW, NEW, OLD, ["ruff 2.1 is installed, but pyproject.toml pins 2.0"]),
        (OLD, NEW, OLD, ["but pyproject.toml pins 2.0", "was written with ruff 2.0"]),
        ({}, OLD, OLD, []),
    ],
)
def test_differences_that_may_come_from_versions_are_explained(
    written_by: dict[str, str],
    installed: dict[str, str],
    pinned: dict[str, str],
    expected: list[str],
) -> None:
    lines = list(causes(written_by, installed, pinned))
    assert len(lines) == len(expected), lines
    assert all(part in line for part, line in zip(expected, lines, strict=True)), lines
