"""Reads the code blocks of the README and of the documentation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parent.parent
README: Final = ROOT / "README.md"
PAGES: Final = (
    *("start", "guides/listing", "guides/recordings", "guides/values", "guides/export"),
    *("guides/command-line", "guides/errors", "guides/options", "guides/operations"),
    *("guides/testing", "guides/observability", "migration"),
)
DOCUMENTS: Final = (README, *(ROOT / "docs" / f"{page}.md" for page in PAGES))
_FENCE: Final = "```"


@attrs.frozen
class Block:
    """A fenced block and the heading that it stands under."""

    heading: str
    language: str
    text: str


def blocks(*documents: Path) -> Iterator[Block]:
    """Yield the blocks of documents, of the README by default."""
    for document in documents or (README,):
        yield from _blocks(document)


def _blocks(document: Path) -> Iterator[Block]:
    heading = ""
    lines = iter(document.read_text(encoding="utf-8").splitlines())
    for line in lines:
        if line.startswith("#"):
            heading = line.lstrip("# ")
        if line.startswith(_FENCE):
            text = "\n".join(iter(lines.__next__, _FENCE))
            yield Block(heading, line.removeprefix(_FENCE), text)
