"""Reports changes to the contract, and whether its new version may be released; no I/O."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

STATUSES: Final = "{statuses}"


@dataclass(frozen=True, slots=True)
class Change:
    """One change that a client may notice.

    Args:
        text: What changed; contains `STATUSES` where its statuses belong.
        is_breaking: Whether a correct client may stop working.
        operations: The ids of the affected operations; empty if the change is not about one.
        statuses: The statuses of the affected responses; empty if the change is not about one.

    """

    text: str
    is_breaking: bool
    operations: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()

    def __str__(self) -> str:
        prefix = f"{', '.join(self.operations)}: " if self.operations else ""
        return prefix + self.text.replace(STATUSES, ", ".join(self.statuses))


def merge(changes: Iterable[Change]) -> list[Change]:
    """Merge changes that differ only in operation or status, as those of a shared model do."""
    merged: dict[tuple[bool, str], Change] = {}
    for change in changes:
        key = (change.is_breaking, change.text)
        known = merged.get(key, replace(change, operations=(), statuses=()))
        merged[key] = replace(
            known,
            operations=tuple(dict.fromkeys((*known.operations, *change.operations))),
            statuses=tuple(dict.fromkeys((*known.statuses, *change.statuses))),
        )
    return list(merged.values())


def report(changes: Iterable[Change]) -> Iterator[str]:
    """Yield the lines that describe the changes, breaking ones first."""
    merged = merge(changes)
    for heading, is_breaking in (("Breaking for clients:", True), ("Not breaking:", False)):
        lines = [f"  - {change}" for change in merged if change.is_breaking is is_breaking]
        if lines:
            yield heading
            yield from lines
    if not merged:
        yield "Nothing changed that a client could notice."


def version_error(changes: Iterable[Change], old_version: str, new_version: str) -> str | None:
    """Return why the changes must not be released as the new version, or None if they may."""
    if not any(change.is_breaking for change in changes):
        return None
    old_major, new_major = _major(old_version), _major(new_version)
    if new_major > old_major:
        return None
    return (
        f"A breaking change needs a new major version. info.version is {new_version} and was "
        f"{old_version}; set it to {old_major + 1}.0.0, or revert the change"
    )


def _major(version: str) -> int:
    return int(version.partition(".")[0])
