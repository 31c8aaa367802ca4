"""What the README promises about its commands. `nox -s readme` runs its blocks."""

from __future__ import annotations

import re

import pytest

from readme import README, Block, blocks

SET_UP = 'python3 -m venv .venv && .venv/bin/pip install -q "nox[uv]" && .venv/bin/nox -s '


def test_the_two_commands_stand_alone_and_set_everything_up() -> None:
    found = [block for block in blocks() if block.heading == "Two commands" and block.language]
    assert found == [Block("Two commands", "sh", f"{SET_UP}demo\n{SET_UP}tests")]


@pytest.mark.parametrize(
    "line", re.findall(r"\bpip install [^`\n]*", README.read_text(encoding="utf-8"))
)
def test_the_package_is_installed_from_a_checkout(line: str) -> None:
    assert "polyai-conversations" not in line
    assert line.startswith(("pip install .", 'pip install ".[', 'pip install -q "nox[uv]"'))
