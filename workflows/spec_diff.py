"""Compare the contract with the last release: `python -m workflows.spec_diff [PATH|REVISION]`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import yaml

from .additional_changes import additional_changes
from .changes import report, version_error
from .oasdiff import compare

_SPEC: Final = Path("openapi.yaml")


def main(arguments: list[str]) -> str | None:
    """Print the changes since the last release or the given base.

    Returns the reason why they must not be released, or None if they may be.
    """
    base = arguments[0] if arguments else last_release()
    if base is None:
        sys.stdout.write(
            "There is no release yet (no tag v*), so there is nothing to compare with.\n"
        )
        return None
    text = contract_of(base)
    if text is None:
        return f"{base} is neither a file nor a revision that contains {_SPEC}"
    old, new = yaml.safe_load(text), yaml.safe_load(_SPEC.read_text())
    changes = [*compare(old, new), *additional_changes(old, new)]
    old_version, new_version = version_of(old), version_of(new)
    sys.stdout.write(f"{_SPEC} ({new_version}) compared with {base} ({old_version})\n")
    sys.stdout.writelines(f"{line}\n" for line in report(changes))
    return version_error(changes, old_version, new_version)


def last_release() -> str | None:
    """Return the tag of the newest release among the ancestors of the current commit."""
    tags = _git("tag", "--list", "v*", "--merged", "HEAD", "--sort=-version:refname")
    return tags.split()[0] if tags else None


def contract_of(base: str) -> str | None:
    """Return the contract from a file or a revision; None if there is none."""
    path = Path(base)
    return path.read_text() if path.is_file() else _git("show", f"{base}:{_SPEC}")


def version_of(spec: dict[str, Any]) -> str:
    """Return the version of a contract."""
    return str(spec["info"]["version"])


def _git(*arguments: str) -> str | None:
    finished = subprocess.run(["git", *arguments], check=False, capture_output=True, text=True)
    return finished.stdout if finished.returncode == 0 else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
