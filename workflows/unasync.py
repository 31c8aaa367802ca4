"""Writes the sync client, `_sync`, from the async one, `_async`.

Each file is translated by regular expressions and then formatted. Code that really differs between
threads and tasks is outside `_async`; there, the name of the variant for tasks starts with `async_`
or `Async`.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).parents[1] / "overlays" / "polyai_conversations"
HEADER: Final = "# Generated from _async by `nox -s unasync`; do not edit.\n"

_SUBSTITUTIONS: Final = [
    # Phrases that apply to only one of the two clients.
    (r"in an `async with` block, or await `aclose\(\)`", "in a `with` block, or call `close()`"),
    (r"Tasks of one event loop may share it", "Threads may share it"),
    (r"in an `async with` block", "in a `with` block"),
    (r"with `async for`", "with `for`"),
    # Types.
    (r"Awaitable\[([\w.]+)\]", r"\1"),
    # Names.
    (r"\baclosing\b", "closing"),
    (r"\baclose\b", "close"),
    (r"\baiter_bytes\b", "iter_bytes"),
    (r"\banext\b", "next"),
    (r"\basynccontextmanager\b", "contextmanager"),
    (r"\bpush_async_callback\b", "callback"),
    (r"\b__a(enter|exit|iter|next)__\b", r"__\1__"),
    (r"\bto_async_iter\b", "to_iter"),
    (r"\bAbstractAsync", "Abstract"),
    (r"\b(_?)async_(\w)", r"\1\2"),
    (r"\bexport_async\b", "export"),
    (r"\bAsync(?=[A-Z])", ""),
    (r"\b_async\b", "_sync"),
    # Keywords.
    (r"\basync (def|for|with) ", r"\1 "),
    (r"\bawait ", ""),
]


def translate(source: str) -> str:
    """Translate async code into the sync code that does the same."""
    for pattern, replacement in _SUBSTITUTIONS:
        source = re.sub(pattern, replacement, source)
    return HEADER + source


def write_sync(target: Path) -> None:
    """Translate and format every file of `_async` into a directory."""
    target.mkdir(exist_ok=True)
    for path in sorted((PACKAGE / "_async").glob("*.py")):
        (target / path.name).write_text(translate(path.read_text()))
    for command in (["check", "--fix-only", "--quiet"], ["format", "--quiet"]):
        config = str(PACKAGE.parents[1] / "pyproject.toml")
        ruff = [sys.executable, "-m", "ruff", *command, "--config", config, str(target)]
        subprocess.run(ruff, check=True)


def main() -> None:
    """Write `_sync`, or with `--check` only compare it."""
    committed = PACKAGE / "_sync"
    if "--check" not in sys.argv[1:]:
        write_sync(committed)
        return
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder, "_sync")
        write_sync(fresh)
        names = {path.name for place in (committed, fresh) for path in place.glob("*.py")}
        stale = [name for name in sorted(names) if not _same(committed / name, fresh / name)]
    if stale:
        sys.exit(f"_sync does not match _async; run `nox -s unasync`: {', '.join(stale)}")


def _same(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.read_text() == other.read_text()


if __name__ == "__main__":
    main()
