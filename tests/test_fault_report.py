"""The table that `nox -s faults` prints."""

from __future__ import annotations

from itertools import product

from fault_expectations import AUDIO_OPERATIONS, JSON_OPERATIONS
from fault_report import table

OPERATIONS = (*JSON_OPERATIONS, *AUDIO_OPERATIONS)


def cells(answers: dict[str, str], clients: tuple[str, ...] = ("sync", "async")) -> list[list[str]]:
    return [
        ["body", "empty", operation, client, answer]
        for (operation, answer), client in product(answers.items(), clients)
    ]


def test_an_answer_that_all_operations_give_is_printed_once() -> None:
    (line,) = table(cells(dict.fromkeys(OPERATIONS, "success")))
    assert line.split() == ["body:", "empty", "success"]


def test_operations_that_answer_differently_are_named() -> None:
    answers = dict.fromkeys(OPERATIONS, "A, 2 requests") | {"add_annotations": "A"}
    first, second = table(cells(answers))
    assert first.split(maxsplit=2)[2] == "A for add_annotations"
    assert second.strip() == "A, 2 requests for JSON except add_annotations, recordings"


def test_clients_that_answer_differently_are_named() -> None:
    sync = cells({"read_audio": "A"}, ("sync",))
    first, second = table([*sync, *cells({"read_audio": "B"}, ("async",))])
    assert first.endswith("A for read_audio (sync)")
    assert second.endswith("B for read_audio (async)")
