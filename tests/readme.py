"""Reads the code blocks of the README."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parent.parent
README: Final = ROOT / "README.md"
_FENCE: Final = "```"


@attrs.frozen
class Block:
    """A fenced block and the heading that it stands under."""

    heading: str
    language: str
    text: str


def blocks() -> Iterator[Block]:
    heading = ""
    lines = iter(README.read_text(encoding="utf-8").splitlines())
    for line in lines:
        if line.startswith("#"):
            heading = line.lstrip("# ")
        if line.startswith(_FENCE):
            text = "\n".join(iter(lines.__next__, _FENCE))
            yield Block(heading, line.removeprefix(_FENCE), text)
