"""The types of arguments, as generated operations declare them."""

from __future__ import annotations

import datetime
from typing import Any, Literal
from uuid import UUID

import pytest

from polyai_conversations._http.argument_types import check_argument
from polyai_conversations.models import UNSET, AnnotationItem, UpsertNoteBody
from polyai_conversations_api.types import Unset

DAY = datetime.date(2026, 5, 26)
MOMENT = datetime.datetime(2026, 5, 26, tzinfo=datetime.UTC)
ID = UUID(int=1)


@pytest.mark.parametrize(
    ("hint", "value"),
    [
        (str, "text"),
        (str | Unset, UNSET),
        (None | str | Unset, None),
        (int, 5),
        (float, 5),
        (bool, False),
        (datetime.date, DAY),
        (datetime.datetime, MOMENT),
        (UUID, ID),
        (Literal["a", "b"], "b"),
        (list[Literal["a", "b"]] | Unset, ["a"]),
        (list[int | str], [1, "a"]),
        (UpsertNoteBody, UpsertNoteBody("note")),
        (Any, {"any": "thing"}),
    ],
)
def test_a_value_of_the_declared_type_is_accepted(hint: Any, value: object) -> None:
    check_argument("argument", value, hint)


@pytest.mark.parametrize(
    ("hint", "value", "message"),
    [
        (str, 5, "argument must be a string, not 5"),
        (str, None, "argument must be a string, not None"),
        (int, True, "argument must be a whole number, not True"),
        (int | None, 1.5, "argument must be a whole number or None, not 1.5"),
        (bool | Unset, 1, "argument must be True or False, not 1"),
        (datetime.date, MOMENT, "argument must be a datetime.date, not"),
        (datetime.datetime, DAY, "argument must be a datetime.datetime, not"),
        (datetime.date, "2026-05-26", "argument must be a datetime.date, not '2026-05-26'"),
        (UUID, str(ID), "argument must be a uuid.UUID, not"),
        (Literal["a", "b"], "c", "argument must be one of a, b, not 'c'"),
        (Literal["a", "b"], [], "argument must be one of a, b, not"),
        (list[str], "text", "argument must be a list, not 'text'"),
        (list[str], ["a", 5], r"argument\[1\] must be a string, not 5"),
        (
            list[AnnotationItem],
            [{}],
            r"argument\[0\] must be an instance of AnnotationItem, not {}",
        ),
        (UpsertNoteBody, {"note": "a"}, "argument must be an instance of UpsertNoteBody, not"),
    ],
)
def test_another_value_is_refused_by_name(hint: Any, value: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_argument("argument", value, hint)
