"""How changes of the contract are reported, and whether they may be released; without oasdiff."""

from __future__ import annotations

from typing import Any

import pytest

from workflows.additional_changes import additional_changes
from workflows.changes import STATUSES, Change, merge, report, version_error
from workflows.oasdiff import parse_findings

BREAKING = Change("removed a field", is_breaking=True)
HARMLESS = Change("added a field", is_breaking=False)


def contract(**parts: Any) -> dict[str, Any]:
    return {"info": {"title": "An API"}, "paths": {}, **parts}


def server(*regions: str, default: str = "us") -> dict[str, Any]:
    region = {"default": default, "enum": list(regions)}
    return {"url": "https://{region}.example.org", "variables": {"region": region}}


def models(**schemas: Any) -> dict[str, Any]:
    return {"components": {"schemas": schemas}}


@pytest.mark.parametrize(
    ("changes", "old", "new", "is_error"),
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
def test_breaking_changes_need_a_new_major_version(
    changes: list[Change], old: str, new: str, *, is_error: bool
) -> None:
    assert (version_error(changes, old, new) is not None) is is_error


def test_breaking_changes_are_reported_first() -> None:
    assert list(report([HARMLESS, BREAKING])) == [
        "Breaking for clients:",
        "  - removed a field",
        "Not breaking:",
        "  - added a field",
    ]


def test_the_absence_of_changes_is_reported() -> None:
    assert list(report([])) == ["Nothing changed that a client could notice."]


def test_a_change_of_several_operations_and_statuses_is_reported_once() -> None:
    text = f"removed `a` from the `{STATUSES}` response"
    found = merge(
        Change(text, is_breaking=True, operations=(operation,), statuses=(status,))
        for operation in ("read", "write")
        for status in ("200", "404")
    )
    assert list(map(str, found)) == ["read, write: removed `a` from the `200, 404` response"]


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
def test_removed_response_fields_and_ids_count_as_breaking(
    identity: str, level: int, *, is_breaking: bool
) -> None:
    (change,) = parse_findings([finding(identity, "something", level)])
    assert change.is_breaking is is_breaking


@pytest.mark.parametrize(
    "text",
    ["in the response with the `4XX` status", "for the status `404`", "for status `200`"],
)
def test_the_status_of_a_response_is_extracted_from_the_text(text: str) -> None:
    (change,) = parse_findings([finding("any", text)])
    assert len(change.statuses) == 1
    assert str(change) == f"read: {text}"


def test_a_number_other_than_a_status_is_not_extracted() -> None:
    (change,) = parse_findings([finding("any", "the max was set to `100`")])
    assert change.statuses == ()


def test_findings_about_versions_are_ignored() -> None:
    assert parse_findings([finding("api-version-not-bumped", "the version is still `1.0.0`")]) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"servers": [server("us")]}, {"servers": []}, ["-removed the server `https://"]),
        ({"servers": []}, {"servers": [server("us")]}, ["+added the server `https://"]),
        (
            {"servers": [server("us", "eu")]},
            {"servers": [server("us", "uk")]},
            [
                "-removed `eu` from the server's `region`",
                "+added `uk` to the server's `region`",
            ],
        ),
        (
            {"servers": [server("us", "eu")]},
            {"servers": [server("us", "eu", default="eu")]},
            ["-changed the default of the server's `region`"],
        ),
        (
            models(A={"properties": {"b": {"title": "B"}}}),
            models(A={"properties": {"b": {"title": "C"}}}),
            ["-changed the title of `schemas A b` from `B` to `C`"],
        ),
        (
            models(A={"properties": {"title": {"description": "One."}}}),
            models(A={"properties": {"title": {"description": "Two."}}}),
            ["+changed the description of `schemas A title`"],
        ),
        (models(A={"title": "A"}), models(B={"title": "B"}), []),
        (models(A={"example": {"title": "A"}}), models(A={"example": {"title": "B"}}), []),
    ],
)
def test_changes_that_oasdiff_does_not_report_are_found(
    old: dict[str, Any], new: dict[str, Any], expected: list[str]
) -> None:
    found = additional_changes(contract(**old), contract(**new))
    lines = [f"{'-' if change.is_breaking else '+'}{change}" for change in found]
    assert len(lines) == len(expected), lines
    assert all(line.startswith(start) for line, start in zip(lines, expected, strict=True)), lines


def test_a_parameter_inserted_before_another_does_not_change_the_other() -> None:
    def parameters(*names: str) -> dict[str, Any]:
        listed = [{"name": name, "description": name} for name in names]
        return contract(paths={"/": {"get": {"parameters": listed, "responses": {}}}})

    assert additional_changes(parameters("limit"), parameters("offset", "limit")) == []
