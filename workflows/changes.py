"""Reports changes to the contract, and whether its new version may be released; no I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

STATUSES: Final = "{statuses}"


class Release(IntEnum):
    """The least release that a change needs, by semantic versioning."""

    PATCH = 0
    """Only people notice the change."""
    MINOR = 1
    """Programs may notice the change, and those that work continue to work."""
    MAJOR = 2
    """A correct program may stop working."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change that a client may notice.

    Args:
        text: What changed; contains `STATUSES` where its statuses belong.
        release: The least release that it needs.
        operations: The ids of the affected operations; empty if the change is not about one.
        statuses: The statuses of the affected responses; empty if the change is not about one.

    """

    text: str
    release: Release
    operations: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()

    def __str__(self) -> str:
        prefix = f"{', '.join(self.operations)}: " if self.operations else ""
        return prefix + self.text.replace(STATUSES, ", ".join(self.statuses))


def merge(changes: Iterable[Change]) -> list[Change]:
    """Merge changes that differ only in operation or status, as those of a shared model do."""
    merged: dict[tuple[Release, str], Change] = {}
    for change in changes:
        key = (change.release, change.text)
        known = merged.get(key, replace(change, operations=(), statuses=()))
        merged[key] = replace(
            known,
            operations=tuple(dict.fromkeys((*known.operations, *change.operations))),
            statuses=tuple(dict.fromkeys((*known.statuses, *change.statuses))),
        )
    return list(merged.values())


_HEADINGS: Final = {
    Release.MAJOR: "Breaking for clients (needs a new major version):",
    Release.MINOR: "Not breaking (needs a new minor version):",
    Release.PATCH: "Only described differently (a new patch version is enough):",
}


def report(changes: Iterable[Change]) -> Iterator[str]:
    """Yield the lines that describe the changes, breaking ones first."""
    merged = merge(changes)
    for release, heading in _HEADINGS.items():
        lines = [f"  - {change}" for change in merged if change.release is release]
        if lines:
            yield heading
            yield from lines
    if not merged:
        yield "Nothing changed that a client could notice."


def version_error(changes: Iterable[Change], old_version: str, new_version: str) -> str | None:
    """Return why the changes must not be released as the new version, or None if they may."""
    release = max((change.release for change in changes), default=Release.PATCH)
    major, minor = _major_and_minor(old_version)
    needed = {
        Release.PATCH: (0, 0),
        Release.MINOR: (major, minor + 1),
        Release.MAJOR: (major + 1, 0),
    }[release]
    if _major_and_minor(new_version) >= needed:
        return None
    kind = "A breaking change" if release is Release.MAJOR else "An addition"
    return (
        f"{kind} needs a new {release.name.lower()} version. info.version is {new_version} and was "
        f"{old_version}; set it to {needed[0]}.{needed[1]}.0, or revert the change"
    )


def _major_and_minor(version: str) -> tuple[int, int]:
    if match := re.match(r"(\d+)\.(\d+)", version):
        return int(match[1]), int(match[2])
    raise ValueError(f"info.version is {version!r}; it must be like 1.2.3")
