"""The README on the package index, where only absolute links and anchors work."""

from __future__ import annotations

import re

import pytest
from hatch_build import index_readme

from readme import README, ROOT

RELEASED = {"GITHUB_REPOSITORY": "owner/polyai-conversations", "GITHUB_SHA": "0123abc"}
LINK = re.compile(r"\]\(([^)]+)\)")


@pytest.mark.parametrize("environment", [RELEASED, {}], ids=["released", "built elsewhere"])
def test_every_link_is_absolute(environment: dict[str, str]) -> None:
    text = index_readme(README.read_text(encoding="utf-8"), environment)
    assert [link for link in LINK.findall(text) if not link.startswith(("https://", "#"))] == []


def test_a_released_readme_links_to_files_of_its_commit() -> None:
    text = index_readme(README.read_text(encoding="utf-8"), RELEASED)
    start = "https://github.com/owner/polyai-conversations"
    assert f"]({start}/blob/0123abc/docs/start.md)" in text
    assert f"]({start}/raw/0123abc/docs/terminal.svg)" in text
    assert len(LINK.findall(text)) == len(LINK.findall(README.read_text(encoding="utf-8")))


def test_an_unknown_repository_leaves_the_text_of_a_link() -> None:
    text = "See [Start](docs/start.md) and [PolyAI](https://poly.ai).\n![A picture](a.svg)"
    expected = "See Start and [PolyAI](https://poly.ai).\n"
    assert index_readme(text, {}) == expected


def test_every_file_that_the_readme_links_to_exists() -> None:
    links = [link for link in LINK.findall(README.read_text(encoding="utf-8")) if ":" not in link]
    assert links
    assert [link for link in links if not (ROOT / link.partition("#")[0]).exists()] == []
