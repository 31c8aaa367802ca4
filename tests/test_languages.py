"""The comparison of languages: verdicts, output and exit status, and pinned dependencies."""

from __future__ import annotations

import dataclasses
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from languages import compare

if TYPE_CHECKING:
    from collections.abc import Iterator

LANGUAGES = Path(compare.__file__).parent
ROOT = LANGUAGES.parent.parent
REPORT = '{"count": 4, "note": null}'
EXPECTED = json.dumps({"count": 4.0, "note": None}, indent=2)


@pytest.fixture(autouse=True)
def build_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(compare, "BUILD", tmp_path)
    (tmp_path / "fake").mkdir()
    return tmp_path


def fake(code: str, *, tool: str = sys.executable, build: str = "") -> compare.Language:
    return compare.Language(
        name="fake",
        tools=(tool,),
        build=((sys.executable, "-c", build),),
        run=(sys.executable, "-c", code),
    )


VERDICTS = {
    "equal": (fake(f"print('{REPORT}')"), "equal"),
    "different order of fields": (fake("""print('{"note":null,"count":4.0}')"""), "equal"),
    "different value": (fake("""print('{"count":5,"note":null}')"""), "DIFFERENT"),
    "missing field": (fake("""print('{"count":4}')"""), "DIFFERENT"),
    "output that is not JSON": (fake("print('Hello')"), "BROKEN: the output of fake is not JSON"),
    "program that fails": (fake("1/0"), "BROKEN"),
    "build that fails": (fake(f"print('{REPORT}')", build="1/0"), "BROKEN"),
    "missing toolchain": (fake("", tool="no-such-tool"), "SKIPPED: not installed: no-such-tool"),
}


@pytest.mark.parametrize(("language", "verdict"), VERDICTS.values(), ids=VERDICTS)
def test_each_outcome_has_its_verdict(language: compare.Language, verdict: str) -> None:
    assert compare.check(language, EXPECTED).startswith(verdict)


def test_differences_are_printed_as_a_diff(capsys: pytest.CaptureFixture[str]) -> None:
    compare.check(VERDICTS["different value"][0], EXPECTED)
    printed = capsys.readouterr().out.splitlines()
    assert '-  "count": 4.0,' in printed
    assert '+  "count": 5.0,' in printed


def test_the_output_of_a_failed_build_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    compare.check(VERDICTS["build that fails"][0], EXPECTED)
    assert "ZeroDivisionError" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("code", "status"),
    [("print({})", 1), ("1/0", 1)],
    ids=["different", "broken"],
)
def test_a_different_or_broken_report_fails_the_comparison(code: str, status: int) -> None:
    assert compare.compare([fake(code)]) == status


def test_a_skipped_language_does_not_fail_the_comparison(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert compare.compare([VERDICTS["missing toolchain"][0]]) == 0
    assert "SKIPPED" in capsys.readouterr().out


def test_an_unknown_language_is_named_in_the_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["compare.py", "cobol"])
    assert compare.main() == 2
    assert "cobol" in capsys.readouterr().out


def test_a_program_is_compared_by_its_sections_alone() -> None:
    reader = dataclasses.replace(fake("""print('{"count":4}')"""), sections=("count",))
    assert compare.check(reader, EXPECTED).startswith("equal")
    assert compare.check(fake("""print('{"count":4}')"""), EXPECTED).startswith("DIFFERENT")


def test_the_python_report_is_reproducible() -> None:
    first, second = (compare.report(compare.PYTHON, LANGUAGES / "python") for _ in range(2))
    assert first == second
    report = json.loads(first)
    assert {error["status"] for error in report["errors"].values()} == {400, 401, 403, 404, 429}
    assert {row["channel"] for row in report["page"]} >= {"HOLOGRAM", "VOICE-SIP", None}
    assert len(report["page"]) == len(report["details"]) == report["count"] == 60


def test_the_programs_read_every_shape_of_the_contract() -> None:
    with (
        compare.sandbox() as sandbox,
        httpx.Client(
            base_url=f"{sandbox.url}/v1/agents/{sandbox.agent_id}/",
            headers={"X-API-KEY": sandbox.api_key},
        ) as client,
    ):
        rows = client.get("conversations", params={"limit": 60}).json()["conversations"]
        details = [client.get(f"conversations/{row['conversationId']}").json() for row in rows]
    turns = [turn for detail in details for turn in detail["turns"] or ()]
    metrics = [value for detail in details for value in (detail["metrics"] or {}).values()]
    events = [list(detail["functionEvents"] or ()) for detail in details]
    summaries = {summary_shape(row["shortSummary"]) for row in rows}
    assert summaries == {"object", "text", "JSON", "null"}
    assert {type(turn["latency"]) for turn in turns} == {dict, float, type(None)}
    assert {row["audioUrl"] and row["audioUrl"].partition("/")[0] for row in rows} == {
        "conversations",
        "",
        None,
    }
    assert {type(value) for value in metrics} >= {list, float, bool}
    assert any(isinstance(value, list) and "timestamp" in value[0] for value in metrics)
    assert any(number.isdecimal() for numbers in events for number in numbers)
    assert {row["conversationId"][:2] for row in rows} == {"CA", "KA", "LO"}
    assert {row["projectId"] for row in rows} == {"PROJECT-SANDBOX", "project-sandbox"}
    assert any("@" in (row["fromNumber"] or "") for row in rows)
    assert {row["note"] and "text" for row in rows} == {"text", "", None}
    assert {turn.get("user_input_audio_url") and "text" for turn in turns} == {"text", "", None}
    assert all("addedLater" in turn for turn in turns)


def summary_shape(value: object) -> str:
    if isinstance(value, str):
        return "JSON" if value.startswith("{") else "text"
    return "null" if value is None else "object"


def registries(path: Path) -> Iterator[str]:
    text = path.read_text()
    if path.name == "package-lock.json":
        packages = json.loads(text)["packages"].values()
        yield from (package["resolved"] for package in packages if "resolved" in package)
        return
    if path.name == "Cargo.lock":
        yield from re.findall(r'^source = "(.*)"$', text, re.MULTILINE)
        return
    yield from re.findall(r"<url>(.*)</url>", text)


CANONICAL = (
    "https://registry.npmjs.org/",
    "registry+https://github.com/rust-lang/crates.io-index",
)
NPM = [ROOT / "workflows/openapi30", LANGUAGES / "typescript", LANGUAGES / "zod"]
PINNED = [
    *(folder / "package-lock.json" for folder in NPM),
    LANGUAGES / "rust/Cargo.lock",
    LANGUAGES / "java/pom.xml",
    LANGUAGES / "kotlin/pom.xml",
]


@pytest.mark.parametrize("path", PINNED, ids=lambda path: path.parent.name)
def test_lock_files_name_only_the_public_registries(path: Path) -> None:
    found = list(registries(path))
    assert [url for url in found if not url.startswith(CANONICAL)] == []


@pytest.mark.parametrize("folder", NPM, ids=lambda folder: folder.name)
def test_every_npm_package_is_pinned_by_version_and_hash(folder: Path) -> None:
    packages = json.loads((folder / "package-lock.json").read_text())["packages"]
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []
    manifest = json.loads((folder / "package.json").read_text())
    versions = {**manifest["dependencies"], **manifest.get("devDependencies", {})}
    assert [name for name, version in versions.items() if not version[0].isdigit()] == []
