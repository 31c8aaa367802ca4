"""The comparison of languages: verdicts, output and exit status, and pinned dependencies."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

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


def test_the_python_report_is_reproducible() -> None:
    first, second = (compare.report(compare.PYTHON, LANGUAGES / "python") for _ in range(2))
    assert first == second
    report = json.loads(first)
    assert {error["status"] for error in report["errors"].values()} == {400, 401, 403, 404, 429}
    assert {row["channel"] for row in report["conversations"]} >= {"HOLOGRAM", "VOICE-SIP", None}
    assert len(report["conversations"]) == report["count"] == 60


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
LOCKS = ["openapi30/package-lock.json", "typescript/package-lock.json", "rust/Cargo.lock"]


@pytest.mark.parametrize("name", [*LOCKS, "java/pom.xml"])
def test_lock_files_name_only_the_public_registries(name: str) -> None:
    found = list(registries(LANGUAGES / name))
    assert [url for url in found if not url.startswith(CANONICAL)] == []


@pytest.mark.parametrize("folder", ["typescript", "openapi30"])
def test_every_npm_package_is_pinned_by_version_and_hash(folder: str) -> None:
    packages = json.loads((LANGUAGES / folder / "package-lock.json").read_text())["packages"]
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []
    manifest = json.loads((LANGUAGES / folder / "package.json").read_text())
    versions = {**manifest.get("dependencies", {}), **manifest["devDependencies"]}
    assert [name for name, version in versions.items() if not version[0].isdigit()] == []
