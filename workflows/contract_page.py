"""Writes the reference page of the contract: `python -m workflows.contract_page DIRECTORY`.

The page loads nothing from other hosts. Each operation has samples in four languages, which come
from programs that are run by the tests.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).parent.parent
SCRIPT: Final = ROOT / "overlays/polyai_conversations/sandbox/reference.js"
_HEADING: Final = re.compile(r"^# (\w+)\n", re.MULTILINE)
_PROGRAMS: Final = {
    "TypeScript": ROOT / "tests/languages/typescript/report.ts",
    "Go": ROOT / "tests/languages/go/report.go",
}
_TYPESCRIPT_CLIENT: Final = ("const client = createClient<paths>({", 4)
_GO_CLIENT: Final = ("send := func(", 6)
_EXCERPTS: Final[dict[str, dict[str, tuple[tuple[str, int], ...]]]] = {
    # For each operation, how the parts of the excerpt begin and how many lines they have.
    "TypeScript": {
        "listConversations": (
            ("const LIST =", 1),
            _TYPESCRIPT_CLIENT,
            ("const query = { limit:", 2),
        ),
        "getConversation": (("const ONE =", 1), _TYPESCRIPT_CLIENT, ("return client.GET(ONE,", 1)),
        "getConversationAudio": (
            ("const ONE =", 2),
            _TYPESCRIPT_CLIENT,
            ("return client.GET(AUDIO,", 4),
        ),
        "addAnnotations": (
            ("const ONE =", 1),
            ("const ANNOTATIONS =", 1),
            _TYPESCRIPT_CLIENT,
            ("return client.POST(ANNOTATIONS,", 4),
        ),
        "upsertNote": (
            ("const ONE =", 1),
            ("const NOTES =", 1),
            _TYPESCRIPT_CLIENT,
            ("return client.POST(NOTES,", 1),
        ),
    },
    "Go": {
        "listConversations": (_GO_CLIENT, ("limit, offset := int64(pageSize)", 3)),
        "getConversation": (
            _GO_CLIENT,
            ("response, err := a.api.GetConversationWithResponse(", 1),
        ),
        "getConversationAudio": (
            _GO_CLIENT,
            ("params := &client.GetConversationAudioParams", 2),
        ),
        "addAnnotations": (_GO_CLIENT, ("return a.api.AddAnnotationsWithResponse(", 1)),
        "upsertNote": (_GO_CLIENT, ("noted, err := a.api.UpsertNoteWithResponse(", 1)),
    },
}
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Conversations API</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
</head><body><div id="reference"></div><script src="reference.js"></script><script>
Scalar.createApiReference("#reference", {
  content: %s, withDefaultFonts: false, hideTestRequestButton: true, telemetry: false,
  hideClientButton: true, hiddenClients: true, showDeveloperTools: "never",
  agent: {disabled: true}, mcp: {disabled: true},
});
</script></body></html>
"""


def main(directory: str) -> None:
    """Write the page, its script and the contract with its samples."""
    target = Path(directory)
    target.mkdir(parents=True, exist_ok=True)
    contract = with_samples(yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8")))
    text = json.dumps(contract, ensure_ascii=False, default=str)
    (target / "openapi.json").write_text(text, encoding="utf-8")
    # A closing tag in a text would end the script.
    (target / "index.html").write_text(_PAGE % text.replace("</", "<\\/"), encoding="utf-8")
    shutil.copyfile(SCRIPT, target / "reference.js")


def with_samples(contract: dict[str, Any]) -> dict[str, Any]:
    """Add `x-codeSamples` to every operation that has samples."""
    samples = list(read_samples())
    for path in contract["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict) and "operationId" in operation:
                own = [
                    {"lang": language, "label": language, "source": source}
                    for language, name, source in samples
                    if name == operation["operationId"]
                ]
                if own:
                    operation["x-codeSamples"] = own
    return contract


def read_samples() -> Iterator[tuple[str, str, str]]:
    """Yield language, operation and text of each sample.

    Raises:
        ValueError: A program no longer contains its excerpt.
    """
    for language, suffix in (("Shell", "sh"), ("Python", "py")):
        text = (ROOT / f"docs/samples/samples.{suffix}").read_text(encoding="utf-8")
        _, *sections = _HEADING.split(text)
        for name, source in zip(sections[::2], sections[1::2], strict=True):
            yield language, name, source.strip()
    for language, excerpts in _EXCERPTS.items():
        lines = _PROGRAMS[language].read_text(encoding="utf-8").splitlines()
        for name, parts in excerpts.items():
            yield language, name, "\n".join(excerpt(lines, *part) for part in parts)


def excerpt(lines: list[str], beginning: str, count: int) -> str:
    """Return the lines of a program from the one that begins with a text.

    Raises:
        ValueError: There is none.
    """
    for number, line in enumerate(lines):
        if line.strip().startswith(beginning):
            text = dedent("\n".join(lines[number : number + count])).removeprefix("return ")
            # In Go, the calls are in methods; the sample has what they receive as variables.
            return text.replace("a.api.", "api.").replace("a.id,", "agentID,")
    raise ValueError(f"no line begins with {beginning!r}; update the excerpts")


if __name__ == "__main__":
    main(*sys.argv[1:])
