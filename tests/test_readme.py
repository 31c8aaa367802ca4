"""What the README promises about its commands. `nox -s readme` runs its blocks."""

from __future__ import annotations

import re

import pytest

from readme import DOCUMENTS, README, ROOT, Block, blocks

SET_UP = 'python3 -m venv .venv && .venv/bin/pip install -q "nox[uv]" && .venv/bin/nox -s '


def test_the_two_commands_stand_alone_and_set_everything_up() -> None:
    found = [block for block in blocks() if block.heading == "Two commands" and block.language]
    assert found == [Block("Two commands", "sh", f"{SET_UP}demo\n{SET_UP}tests")]


def test_the_readme_is_short() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 150


def test_every_page_with_code_is_run() -> None:
    pages = {
        page
        for page in (ROOT / "docs").rglob("*.md")
        if any(block.language in {"sh", "python"} for block in blocks(page))
    }
    assert pages - {ROOT / "docs" / "spark.md"} <= set(DOCUMENTS)  # it needs Spark


def test_only_these_blocks_are_not_run_as_printed() -> None:
    shown = {
        page.relative_to(ROOT / "docs").as_posix(): [
            block.heading for block in blocks(page) if block.language.startswith("{code-block}")
        ]
        for page in (ROOT / "docs").rglob("*.md")
    }
    assert {page: headings for page, headings in shown.items() if headings} == {
        "guides/testing.md": ["In pytest", "In pytest"],  # test_pytest_plugin.py runs these
        "migration.md": ["With PolyAI's kit"],  # it needs Python 3.14 and PolyAI's host
    }


INSTALLED = {
    line
    for document in DOCUMENTS
    for line in re.findall(r"\bpip install [^`\n]*", document.read_text(encoding="utf-8"))
    if "opentelemetry" not in line and line != "pip install requests"
}


@pytest.mark.parametrize("line", sorted(INSTALLED))
def test_the_package_is_installed_from_a_checkout(line: str) -> None:
    assert "polyai-conversations" not in line
    assert line.startswith(("pip install .", 'pip install ".[', 'pip install -q "nox[uv]"'))
