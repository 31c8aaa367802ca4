"""A release is refused if its version, tag, changelog and contract do not agree."""

from __future__ import annotations

import pytest

from workflows.release import main, problems, read_version

CHANGELOG = """# Changelog

## 1.2.0 (2026-01-31)

Contract: 2.0.0

- New.

## 1.1.0 (2025-12-01)

Contract: 1.9.0
"""


@pytest.mark.parametrize("tag", ["v1.2.0", None])
def test_a_consistent_release_has_no_problems(tag: str | None) -> None:
    assert list(problems("1.2.0", tag, CHANGELOG, "2.0.0")) == []


@pytest.mark.parametrize(
    ("version", "tag", "changelog", "contract", "problem"),
    [
        ("1.2.0", "v1.3.0", CHANGELOG, "2.0.0", "the tag is v1.3.0, but the version in"),
        ("1.2.0", "1.2.0", CHANGELOG, "2.0.0", "the tag is 1.2.0"),
        ("1.3.0", None, CHANGELOG, "2.0.0", "begins with 1.2.0, not with 1.3.0"),
        ("1.2.0", None, "# Changelog\n", "2.0.0", "begins with nothing"),
        ("1.2.0", None, CHANGELOG.replace("2026-01-31", "unreleased"), "2.0.0", "no date"),
        ("1.2.0", None, CHANGELOG.replace("2026-01-31", "2026-13-41"), "2.0.0", "no date"),
        ("1.2.0", None, CHANGELOG, "2.1.0", "must contain the line 'Contract: 2.1.0'"),
        ("1.2.0", None, CHANGELOG.replace("Contract: 2.0.0\n", ""), "1.9.0", "'Contract: 1.9.0'"),
    ],
)
def test_an_inconsistent_release_is_refused(
    version: str, tag: str | None, changelog: str, contract: str, problem: str
) -> None:
    (found,) = problems(version, tag, changelog, contract)
    assert problem in found


def test_the_command_prints_every_problem_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert "cannot be released yet" in (main(["--tag", "v0"]) or "")
    assert "- the tag is v0, but" in capsys.readouterr().out


def test_the_version_is_read_from_its_module() -> None:
    assert read_version('"""Text."""\n\n__version__ = "1.2.3"\n') == "1.2.3"
    with pytest.raises(ValueError, match="does not define __version__"):
        read_version("version = 1")
