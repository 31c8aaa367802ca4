"""A pytest plugin that prints how each kind of misbehaviour was answered: `nox -s faults`."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from fault_expectations import AUDIO_OPERATIONS, JSON_OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest

_CLIENTS: Final = ("sync", "async")
_GROUPS: Final = {"JSON": JSON_OPERATIONS, "recordings": AUDIO_OPERATIONS}
_MAX_EXCEPTIONS: Final = 2


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table."""
    reports = [
        report
        for outcome in ("passed", "failed", "xfailed", "xpassed")
        for report in terminalreporter.getreports(outcome)
    ]
    cells = [value for each in reports for name, value in each.user_properties if name == "fault"]
    terminalreporter.section("what the server does, and how the client answers")
    for line in table(cells):
        terminalreporter.line(line)


def table(cells: Iterable[list[str]]) -> list[str]:
    """Return the lines of the table.

    Args:
        cells: The group and the name of each fault, the operation, the client, and the answer.
    """
    faults: dict[str, dict[str, dict[str, set[str]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(set))
    )
    for group, name, operation, client, answer in cells:
        faults[f"{group}: {name}"][answer][operation].add(client)
    lines = []
    for fault, answers in sorted(faults.items()):
        for number, (answer, calls) in enumerate(sorted(answers.items())):
            which = f" for {', '.join(summarize(calls))}" if len(answers) > 1 else ""
            lines.append(f"{'' if number else fault:56} {answer}{which}")
    return lines


def summarize(calls: dict[str, set[str]]) -> list[str]:
    """Name operations with the client where it matters; group those of a kind."""
    summary = []
    for group, operations in _GROUPS.items():
        complete = [name for name in operations if len(calls.get(name, ())) == len(_CLIENTS)]
        missing = [name for name in operations if not calls.get(name)]
        if complete and len(complete) + len(missing) == len(operations):
            summary.append(_named(group, complete, missing))
        else:
            summary += [
                f"{name} ({' and '.join(sorted(calls[name]))})"
                for name in operations
                if name in calls
            ]
    return summary


def _named(group: str, complete: list[str], missing: list[str]) -> str:
    if not missing:
        return group
    if len(missing) <= min(_MAX_EXCEPTIONS, len(complete) - 1):
        return f"{group} except {' and '.join(missing)}"
    return ", ".join(complete)
