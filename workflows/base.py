"""Finds the contract to compare with: that of a file, a revision, a release or the main branch."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SPEC: Final = Path("openapi.yaml")
_MAIN_BRANCHES: Final = ("origin/main", "main", "origin/master", "master")
_FETCH: Final = "`git fetch --tags --unshallow` fetches the releases."
_NAME_A_BASE: Final = "To choose what to compare with: `nox -s spec-diff -- PATH|REVISION`."


class NothingToCompareError(Exception):
    """The contract cannot be compared with another one; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Base:
    """A contract to compare with.

    Args:
        name: The file or the revision that contains it.
        text: Its YAML.
        note: Why it was chosen, unless it is that of a release or was named; may be empty.

    """

    name: str
    text: str
    note: str = ""


def find_base(name: str | None) -> Base:
    """Return the contract of a file or a revision, or else of the last release or the merge base.

    Raises:
        NothingToCompareError: None of them exists, or it contains no contract.

    """
    if name is not None:
        return Base(name, _contract_of(name))
    if release := _last_release():
        return Base(release, _contract_of(release))
    return _merge_base()


def _last_release() -> str | None:
    """Return the tag of the newest release among the ancestors of the current commit."""
    tags = _git("tag", "--list", "v*", "--merged", "HEAD", "--sort=-version:refname")
    return tags.split()[0] if tags else None


def _merge_base() -> Base:
    no_release = f"HEAD has no release (tag v*) among its known ancestors. {_shallow_note()}"
    for branch in _MAIN_BRANCHES:
        if commit := _git("merge-base", "HEAD", branch):
            note = f"{no_release}The base is therefore the merge base of HEAD and {branch}."
            if commit == _git("rev-parse", "HEAD"):
                note += f" That is HEAD, so only uncommitted changes are compared. {_NAME_A_BASE}"
            name = commit.strip()[:12]
            return Base(name, _contract_of(name), note)
    raise NothingToCompareError(
        f"There is nothing to compare with, and nothing was checked. {no_release}It has no merge "
        f"base with a branch main, either. {_NAME_A_BASE}"
    )


def _shallow_note() -> str:
    is_shallow = (_git("rev-parse", "--is-shallow-repository") or "").strip() == "true"
    return f"This clone is shallow; {_FETCH} " if is_shallow else ""


def _contract_of(name: str) -> str:
    path = Path(name)
    text = path.read_text("utf-8") if path.is_file() else _git("show", f"{name}:{SPEC}")
    if text is None:
        raise NothingToCompareError(f"{name} is neither a file nor a revision that contains {SPEC}")
    return text


def _git(*arguments: str) -> str | None:
    finished = subprocess.run(
        ["git", *arguments], check=False, capture_output=True, encoding="utf-8"
    )
    return finished.stdout if finished.returncode == 0 else None
