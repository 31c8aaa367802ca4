"""What is said of changes, and whether they may be released; without the differ."""

from __future__ import annotations

from typing import Any

import pytest

from workflows.changes import STATUSES, Change, merged, refusal, report
from workflows.oasdiff import understand
from workflows.overlooked import overlooked

BREAKING = Change("the field went", is_breaking=True)
HARMLESS = Change("the field came", is_breaking=False)


def contract(**parts: Any) -> dict[str, Any]:
    return {"info": {"title": "An API"}, "paths": {}, **parts}


def server(*regions: str, default: str = "us") -> dict[str, Any]:
    region = {"default": default, "enum": list(regions)}
    return {"url": "https://{region}.example.org", "variables": {"region": region}}


def models(**schemas: Any) -> dict[str, Any]:
    return {"components": {"schemas": schemas}}


@pytest.mark.parametrize(
    ("changes", "old", "new", "is_refused"),
    [
        ([], "1.0.0", "1.0.0", False),
        ([HARMLESS], "1.0.0", "1.0.0", False),
        ([BREAKING], "1.0.0", "1.0.0", True),
        ([HARMLESS, BREAKING], "1.0.0", "1.9.0", True),
        ([BREAKING], "1.9.0", "2.0.0", False),
        ([BREAKING], "9.0.0", "10.0.0", False),
        ([BREAKING], "10.0.0", "9.0.0", True),
    ],
)
def test_only_a_new_major_version_may_break(
    changes: list[Change], old: str, new: str, *, is_refused: bool
) -> None:
    assert (refusal(changes, old, new) is not None) is is_refused


def test_breaking_changes_are_told_first() -> None:
    assert list(report([HARMLESS, BREAKING])) == [
        "Breaking for clients:",
        "  - the field went",
        "Not breaking:",
        "  - the field came",
    ]


def test_no_change_is_told_too() -> None:
    assert list(report([])) == ["Nothing changed that a client could notice."]


def test_a_change_of_many_operations_and_answers_is_told_once() -> None:
    text = f"removed `a` from the `{STATUSES}` answer"
    found = merged(
        Change(text, is_breaking=True, operations=(operation,), statuses=(status,))
        for operation in ("read", "write")
        for status in ("200", "404")
    )
    assert list(map(str, found)) == ["read, write: removed `a` from the `200, 404` answer"]


def finding(identity: str, text: str, level: int = 1) -> dict[str, Any]:
    return {"id": identity, "text": text, "level": level, "operationId": "read", "path": "/"}


@pytest.mark.parametrize(
    ("identity", "level", "is_breaking"),
    [
        ("endpoint-added", 1, False),
        ("request-parameter-removed", 2, True),
        ("response-required-property-removed", 3, True),
        ("response-optional-property-removed", 1, True),
        ("api-operation-id-removed", 1, True),
        ("api-tag-added", 1, False),
    ],
)
def test_the_differ_is_stricter_here(identity: str, level: int, *, is_breaking: bool) -> None:
    (change,) = understand([finding(identity, "something", level)])
    assert change.is_breaking is is_breaking


@pytest.mark.parametrize(
    "text",
    ["in the response with the `4XX` status", "for the status `404`", "for status `200`"],
)
def test_the_status_of_an_answer_is_taken_out(text: str) -> None:
    (change,) = understand([finding("any", text)])
    assert len(change.statuses) == 1
    assert str(change) == f"read: {text}"


def test_a_number_that_is_no_status_stays() -> None:
    (change,) = understand([finding("any", "the max was set to `100`")])
    assert change.statuses == ()


def test_the_differ_does_not_judge_versions() -> None:
    assert understand([finding("api-version-not-bumped", "the version is still `1.0.0`")]) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ({"servers": [server("us")]}, {"servers": []}, ["-the server `https://"]),
        ({"servers": []}, {"servers": [server("us")]}, ["+the server `https://"]),
        (
            {"servers": [server("us", "eu")]},
            {"servers": [server("us", "uk")]},
            [
                "-the server's `region` is no longer `eu`",
                "+the server's `region` may be `uk`",
            ],
        ),
        (
            {"servers": [server("us", "eu")]},
            {"servers": [server("us", "eu", default="eu")]},
            ["-the server's `region` has another default"],
        ),
        (
            models(A={"properties": {"b": {"title": "B"}}}),
            models(A={"properties": {"b": {"title": "C"}}}),
            ["-`schemas A b` is titled `C`, and was `B`"],
        ),
        (
            models(A={"properties": {"title": {"description": "One."}}}),
            models(A={"properties": {"title": {"description": "Two."}}}),
            ["+`schemas A title` is described in other words"],
        ),
        (models(A={"title": "A"}), models(B={"title": "B"}), []),
        (models(A={"example": {"title": "A"}}), models(A={"example": {"title": "B"}}), []),
    ],
)
def test_what_the_differ_overlooks_is_told(
    old: dict[str, Any], new: dict[str, Any], said: list[str]
) -> None:
    found = overlooked(contract(**old), contract(**new))
    told = [f"{'-' if change.is_breaking else '+'}{change}" for change in found]
    assert len(told) == len(said), told
    assert all(line.startswith(start) for line, start in zip(told, said, strict=True)), told


def test_a_parameter_keeps_its_name_when_others_come_before_it() -> None:
    def parameters(*names: str) -> dict[str, Any]:
        listed = [{"name": name, "description": name} for name in names]
        return contract(paths={"/": {"get": {"parameters": listed, "responses": {}}}})

    assert overlooked(parameters("limit"), parameters("offset", "limit")) == []
