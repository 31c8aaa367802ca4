"""Generates the package of models and endpoints from the contract, and reports what changed.

`python -m workflows.regenerate` writes it; with `--check`, it only compares.
"""

from __future__ import annotations

import difflib
import os
import shutil
import subprocess
import sys
import tempfile
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .surface import differences, surface_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT: Final = Path(__file__).parent.parent
PACKAGE: Final = "polyai_conversations_api"
CACHE_FOLDERS: Final = ("__pycache__", ".*_cache")


def main(arguments: list[str]) -> str | None:
    """Write the package, or with `--check` return how it differs from the contract."""
    target = ROOT / "generated" / PACKAGE
    with tempfile.TemporaryDirectory() as folder:
        fresh = generate(ROOT / "openapi.yaml", Path(folder))
        old, new = sources(target), sources(fresh)
        sys.stdout.writelines(f"{line}\n" for line in described_changes(old, new))
        if "--check" in arguments:
            return check_unchanged(old, new)
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(fresh, target, ignore=shutil.ignore_patterns(*CACHE_FOLDERS))
    return None


def generate(spec: Path, folder: Path) -> Path:
    """Generate the package from a contract into a directory; return the package's directory.

    Raises:
        subprocess.CalledProcessError: The generator failed or warned, and has printed why.

    """
    package = folder / PACKAGE
    # The generator calls ruff by name; both are installed in the same directory.
    beside = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    subprocess.run(
        [
            *(sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning"),
            *("--meta", "none", "--path", str(spec), "--output-path", str(package)),
            *("--config", str(ROOT / "generator-config.yaml")),
        ],
        check=True,
        env={**os.environ, "PATH": beside},
    )
    (package / "py.typed").touch()
    return package


def sources(package: Path) -> dict[str, str]:
    """Read the files of a package by relative path, without cache directories."""
    files = (path for path in sorted(package.rglob("*")) if path.is_file())
    named = ((path.relative_to(package), path) for path in files)
    return {
        name.as_posix(): path.read_bytes().decode()
        for name, path in named
        if not _in_cache_folder(name)
    }


def _in_cache_folder(name: Path) -> bool:
    folders = name.parent.parts
    return any(fnmatch(folder, pattern) for folder in folders for pattern in CACHE_FOLDERS)


def described_changes(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    """Yield which operations and models were added, removed or changed."""
    if old == new:
        yield f"{PACKAGE} is unchanged, {len(new)} files"
        return
    lines = list(differences(surface_of(old), surface_of(new)))
    yield from lines or ["No operation and no model changed, except for descriptions and internals"]


def check_unchanged(old: Mapping[str, str], new: Mapping[str, str]) -> str | None:
    """Print how files differ from what the contract generates; return an error message."""
    changed = [name for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]
    for name in changed:
        before, after = (texts.get(name, "").splitlines(keepends=True) for texts in (old, new))
        diff = difflib.unified_diff(before, after, f"generated/{name}", f"regenerated/{name}")
        sys.stdout.writelines(diff)
    if not changed:
        return None
    return f"{len(changed)} generated files differ from the contract; run `nox -s regenerate`"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
