"""Changes of the contract, and whether a release may hold them; no I/O."""

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
        text: What changed, in words; `STATUSES` stands where its statuses belong.
        is_breaking: Whether a client that was right before may be wrong after it.
        operations: The ids of the operations that it touches; none where it is not about one.
        statuses: The statuses of the answers that it touches, where it is about answers.

    """

    text: str
    is_breaking: bool
    operations: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = f"{', '.join(self.operations)}: " if self.operations else ""
        return where + self.text.replace(STATUSES, ", ".join(self.statuses))


def merged(changes: Iterable[Change]) -> list[Change]:
    """Tell a change of many operations and answers once: a shared model makes one of each."""
    found: dict[tuple[bool, str], Change] = {}
    for change in changes:
        key = (change.is_breaking, change.text)
        known = found.get(key, replace(change, operations=(), statuses=()))
        found[key] = replace(
            known,
            operations=tuple(dict.fromkeys((*known.operations, *change.operations))),
            statuses=tuple(dict.fromkeys((*known.statuses, *change.statuses))),
        )
    return list(found.values())


def report(changes: Iterable[Change]) -> Iterator[str]:
    """Give the lines that tell of the changes, the breaking ones first."""
    told = merged(changes)
    for heading, is_breaking in (("Breaking for clients:", True), ("Not breaking:", False)):
        lines = [f"  - {change}" for change in told if change.is_breaking is is_breaking]
        if lines:
            yield heading
            yield from lines
    if not told:
        yield "Nothing changed that a client could notice."


def refusal(changes: Iterable[Change], old_version: str, new_version: str) -> str | None:
    """Say why the changes may not be released under the new version, or None if they may."""
    if not any(change.is_breaking for change in changes):
        return None
    old_major, new_major = _major(old_version), _major(new_version)
    if new_major > old_major:
        return None
    return (
        f"A breaking change needs a new major version: info.version is {new_version}, "
        f"and was {old_version}; make it {old_major + 1}.0.0, or take the change back"
    )


def _major(version: str) -> int:
    return int(version.partition(".")[0])
