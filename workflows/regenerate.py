"""Generates the package of models and endpoints from the contract, and reports what changed.

`python -m workflows.regenerate` writes it; with `--check`, it only compares.
"""

from __future__ import annotations

import difflib
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .generator import (
    ROOT,
    GenerationError,
    causes,
    format_versions,
    generate,
    installed_versions,
    parse_versions,
    pinned_versions,
)
from .surface import differences, surface_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Files = Mapping[str, str]

VERSIONS: Final = "versions.txt"
_CACHE: Final = "__pycache__"


def main(arguments: list[str], root: Path = ROOT) -> str | None:
    """Write `generated/`, or with `--check` return how it differs from the contract.

    Args:
        arguments: The arguments of the command line.
        root: The directory that contains `openapi.yaml` and `generated/`.

    """
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder)
        try:
            generate(root / "openapi.yaml", fresh)
        except GenerationError as error:
            return str(error)
        (fresh / VERSIONS).write_bytes(format_versions(installed_versions()).encode())
        if "--check" in arguments:
            return check(root / "generated", fresh)
        replace(root / "generated", fresh)
    return None


def check(target: Path, fresh: Path) -> str | None:
    """Print how a directory differs from what was generated, and return an error if it does."""
    old, new = sources(target), sources(fresh)
    _print(described_changes(old, new))
    _print(diff(old, new))
    _print(_causes(old, new))
    return refusal(old, new)


def replace(target: Path, fresh: Path) -> None:
    """Print what changed in the generated code, and replace all of it."""
    old, new = sources(target), sources(fresh)
    _print(described_changes(old, new))
    _print(_causes(old, new))
    if target.exists():
        shutil.rmtree(target)
    shutil.copytree(fresh, target, ignore=shutil.ignore_patterns(_CACHE))


def sources(directory: Path) -> dict[str, str]:
    """Read the files of a directory by relative path, without Python's caches.

    Files that are not text are read, too; their bytes become lone surrogates.
    """
    files = (path for path in sorted(directory.rglob("*")) if path.is_file())
    named = ((path.relative_to(directory), path) for path in files)
    return {
        name.as_posix(): path.read_bytes().decode(errors="surrogateescape")
        for name, path in named
        if _CACHE not in name.parts
    }


def described_changes(old: Files, new: Files) -> Iterator[str]:
    """Yield which operations and models were added, removed or changed."""
    if old == new:
        yield f"The generated code is unchanged, {len(new)} files"
        return
    damaged = dict(_damaged(old))
    for name, reason in damaged.items():
        yield f"! {name} cannot be read ({reason}), so its changes are not listed"
    before, after = (
        surface_of({name: text for name, text in files.items() if name not in damaged})
        for files in (old, new)
    )
    lines = list(differences(before, after))
    yield from lines
    if not lines and not damaged:
        yield "No operation and no model changed, except for descriptions and internals"


def _damaged(files: Files) -> Iterator[tuple[str, str]]:
    for name, text in files.items():
        if not _is_text(text):
            yield name, "it is not text"
            continue
        try:
            surface_of({name: text})
        except (SyntaxError, ValueError) as error:
            yield name, str(error)


def _is_text(text: str) -> bool:
    return "\0" not in text and not any("\udc80" <= character <= "\udcff" for character in text)


def diff(old: Files, new: Files) -> Iterator[str]:
    """Yield the lines in which files differ from what the contract generates."""
    for name in _changed(old, new):
        before, after = (files.get(name, "") for files in (old, new))
        if _is_text(before):
            yield from difflib.unified_diff(
                before.splitlines(),
                after.splitlines(),
                f"generated/{name}",
                f"regenerated/{name}",
                lineterm="",
            )
        else:
            yield f"generated/{name} is not text"


def refusal(old: Files, new: Files) -> str | None:
    """Return why the files must not be committed, or None if they are what is generated."""
    if not (changed := _changed(old, new)):
        return None
    return f"{len(changed)} generated files differ from the contract; run `nox -s regenerate`"


def _causes(old: Files, new: Files) -> Iterator[str]:
    written_by, installed = (parse_versions(files.get(VERSIONS, "")) for files in (old, new))
    yield ", ".join(f"{name} {version}" for name, version in installed.items())
    if old != new:
        yield from causes(written_by, installed, pinned_versions())


def _changed(old: Files, new: Files) -> list[str]:
    return [name for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]


def _print(lines: Iterator[str]) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
