"""Compares the contract with the last released one: `python -m workflows.spec_diff [PATH|REV]`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import yaml

from .changes import refusal, report
from .oasdiff import compare
from .overlooked import overlooked

_SPEC: Final = Path("openapi.yaml")


def main(arguments: list[str]) -> str | None:
    """Print what changed since the last release, or since what is named; give what forbids it."""
    base = arguments[0] if arguments else last_release()
    if base is None:
        sys.stdout.write("There is no release yet (no tag v*), so nothing to compare with.\n")
        return None
    text = contract_of(base)
    if text is None:
        return f"{base} is neither a file nor a revision that has {_SPEC}"
    old, new = yaml.safe_load(text), yaml.safe_load(_SPEC.read_text())
    changes = [*compare(old, new), *overlooked(old, new)]
    was, is_now = version_of(old), version_of(new)
    sys.stdout.write(f"{_SPEC} ({is_now}) beside {base} ({was})\n")
    sys.stdout.writelines(f"{line}\n" for line in report(changes))
    return refusal(changes, was, is_now)


def last_release() -> str | None:
    """Give the tag of the newest release that this state has grown from."""
    tags = _git("tag", "--list", "v*", "--merged", "HEAD", "--sort=-version:refname")
    return tags.split()[0] if tags else None


def contract_of(base: str) -> str | None:
    """Read the contract from a file, or as it was in a revision."""
    path = Path(base)
    return path.read_text() if path.is_file() else _git("show", f"{base}:{_SPEC}")


def version_of(spec: dict[str, Any]) -> str:
    """Give the contract's own version."""
    return str(spec["info"]["version"])


def _git(*arguments: str) -> str | None:
    finished = subprocess.run(["git", *arguments], check=False, capture_output=True, text=True)
    return finished.stdout if finished.returncode == 0 else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
