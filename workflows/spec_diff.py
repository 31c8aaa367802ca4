"""Compare the contract with the last release: `python -m workflows.spec_diff [PATH|REVISION]`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from .additional_changes import additional_changes
from .base import SPEC, NothingToCompareError, find_base
from .changes import report, version_error
from .generator import GenerationError, generate
from .oasdiff import compare
from .regenerate import sources
from .surface import surface_of
from .surface_changes import surface_changes

if TYPE_CHECKING:
    from .changes import Change
    from .surface import Surface


def main(arguments: list[str]) -> str | None:
    """Print the changes since the last release or the given base.

    Returns the reason why they must not be released, or None if they may be.
    """
    try:
        base = find_base(arguments[0] if arguments else None)
    except NothingToCompareError as error:
        return str(error)
    old, new = yaml.safe_load(base.text), yaml.safe_load(SPEC.read_text("utf-8"))
    old_version, new_version = version_of(old), version_of(new)
    sys.stdout.write(f"{SPEC} ({new_version}) compared with {base.name} ({old_version})\n")
    if base.note:
        sys.stdout.write(f"{base.note}\n")
    changes = [*compare(old, new), *additional_changes(old, new)]
    try:
        changes += generated_changes(old, new)
    except GenerationError as error:
        sys.stdout.write(f"The generated code was NOT compared. {error}\n")
    sys.stdout.writelines(f"{line}\n" for line in report(changes))
    return version_error(changes, old_version, new_version)


def version_of(spec: dict[str, Any]) -> str:
    """Return the version of a contract."""
    return str(spec["info"]["version"])


def generated_changes(old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    """Return the changes of the code that is generated from two contracts.

    Raises:
        GenerationError: The generator cannot read one of them.

    """
    return (
        [] if old == new else list(surface_changes(generated_surface(old), generated_surface(new)))
    )


def generated_surface(spec: dict[str, Any]) -> Surface:
    """Return the operations and models of the code that is generated from a contract.

    Raises:
        GenerationError: The generator cannot read the contract.

    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "openapi.yaml")
        path.write_text(yaml.safe_dump(spec, sort_keys=False), "utf-8")
        return surface_of(sources(generate(path, Path(folder))))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
