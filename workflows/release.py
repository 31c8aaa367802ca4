"""Checks that a release is consistent: `python -m workflows.release [--tag TAG]`.

The version of the package, the tag, the changelog and the version of the contract must agree.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

import yaml

ROOT: Final = Path(__file__).parent.parent
_HEADING: Final = re.compile(r"^## (\S+) \((.+)\)$", re.MULTILINE)
_CONTRACT: Final = re.compile(r"^Contract: (\S+)$", re.MULTILINE)


def main(arguments: list[str]) -> str | None:
    """Print the problems of a release; return None if there are none."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tag", help="default: the tag of the current commit, if it has one")
    tag = parser.parse_args(arguments).tag or current_tag()
    version = read_version((ROOT / "overlays/polyai_conversations/_version.py").read_text())
    contract = str(yaml.safe_load((ROOT / "openapi.yaml").read_text())["info"]["version"])
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    found = list(problems(version, tag, changelog, contract))
    sys.stdout.writelines(f"- {problem}\n" for problem in found)
    if found:
        return f"version {version} cannot be released yet"
    sys.stdout.write(f"{tag or version} is consistent, with contract {contract}\n")
    return None


def problems(version: str, tag: str | None, changelog: str, contract: str) -> Iterator[str]:
    """Yield what is wrong with a release.

    Args:
        version: The version of the package.
        tag: The tag of the release; None if it has not been tagged yet.
        changelog: The text of the changelog.
        contract: The version of the contract.
    """
    if tag is not None and tag != f"v{version}":
        yield f"the tag is {tag}, but the version in _version.py is {version}"
    latest = _HEADING.search(changelog)
    if latest is None or latest[1] != version:
        newest = "nothing" if latest is None else latest[1]
        yield f"CHANGELOG.md begins with {newest}, not with {version}"
        return
    if not is_date(latest[2]):
        yield f"CHANGELOG.md has no date for {version} but {latest[2]!r}: write it as 2026-01-31"
    following = _HEADING.search(changelog, latest.end())
    section = changelog[latest.end() : following.start() if following else None]
    named = _CONTRACT.search(section)
    if named is None or named[1] != contract:
        yield (
            f"the section of {version} in CHANGELOG.md must contain the line "
            f"'Contract: {contract}', the version in openapi.yaml"
        )


def is_date(text: str) -> bool:
    """Return whether a text is a date such as 2026-01-31."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def read_version(source: str) -> str:
    """Return the version in the source of `_version.py`.

    Raises:
        ValueError: There is none.
    """
    match = re.search(r'^__version__ = "(.+)"$', source, re.MULTILINE)
    if match is None:
        raise ValueError("_version.py does not define __version__")
    return match[1]


def current_tag() -> str | None:
    """Return the tag of the current commit, or None."""
    command = ["git", "describe", "--tags", "--exact-match"]
    described = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return described.stdout.strip() or None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
