"""How changes of the contract are reported, and whether they may be released; without oasdiff."""

from __future__ import annotations

from typing import Any

import pytest

from workflows.additional_changes import additional_changes
from workflows.changes import STATUSES, Change, Release, merge, report, version_error
from workflows.oasdiff import parse_findings
from workflows.request_changes import request_changes

BREAKING = Change("removed a field", Release.MAJOR)
ADDED = Change("added a field", Release.MINOR)
DESCRIBED = Change("changed a description", Release.PATCH)


TO_B = {"$ref": "#/components/schemas/B"}
MARKS = {Release.MAJOR: "-", Release.MINOR: "+", Release.PATCH: "="}


def contract(**parts: Any) -> dict[str, Any]:
    return {"info": {"title": "An API"}, "paths": {}, **parts}


def server(*regions: str, default: str = "us") -> dict[str, Any]:
    region = {"default": default, **({"enum": list(regions)} if regions else {})}
    return {"url": "https://{region}.example.org", "variables": {"region": region}}


def models(**schemas: Any) -> dict[str, Any]:
    return {"components": {"schemas": schemas}}


@pytest.mark.parametrize(
    ("changes", "old", "new", "needed"),
    [
        ([], "1.0.0", "1.0.0", None),
        ([DESCRIBED], "1.0.0", "1.0.0", None),
        ([ADDED], "1.0.0", "1.0.0", "1.1.0"),
        ([ADDED, DESCRIBED], "1.0.0", "1.0.1", "1.1.0"),
        ([ADDED], "1.0.0", "1.1.0", None),
        ([ADDED], "1.9.5", "1.10.0", None),
        ([ADDED], "1.9.0", "2.0.0", None),
        ([ADDED], "2.1.0", "1.9.0", "2.2.0"),
        ([BREAKING], "1.0.0", "1.0.0", "2.0.0"),
        ([ADDED, BREAKING], "1.0.0", "1.9.0", "2.0.0"),
        ([BREAKING], "1.9.0", "2.0.0", None),
        ([BREAKING], "9.0.0", "10.0.0", None),
        ([BREAKING], "10.0.0", "9.0.0", "11.0.0"),
    ],
)
def test_additions_need_a_new_minor_and_breaking_changes_a_new_major_version(
    changes: list[Change], old: str, new: str, needed: str | None
) -> None:
    error = version_error(changes, old, new)
    assert (error is None) if needed is None else f"set it to {needed}," in str(error)


def test_a_version_that_is_not_a_semantic_version_is_named() -> None:
    with pytest.raises(ValueError, match=r"info\.version is 'first'"):
        version_error([ADDED], "1.0.0", "first")


def test_breaking_changes_are_reported_first_and_descriptions_last() -> None:
    assert list(report([DESCRIBED, ADDED, BREAKING])) == [
        "Breaking for clients (needs a new major version):",
        "  - removed a field",
        "Not breaking (needs a new minor version):",
        "  - added a field",
        "Only described differently (a new patch version is enough):",
        "  - changed a description",
    ]


def test_the_absence_of_changes_is_reported() -> None:
    assert list(report([])) == ["Nothing changed that a client could notice."]


def test_a_change_of_several_operations_and_statuses_is_reported_once() -> None:
    text = f"removed `a` from the `{STATUSES}` response"
    found = merge(
        Change(text, Release.MAJOR, operations=(operation,), statuses=(status,))
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
        ("response-header-type-compatible", 1, True),
    ],
)
def test_changes_that_break_programs_count_as_breaking(
    identity: str, level: int, *, is_breaking: bool
) -> None:
    (change,) = parse_findings([finding(identity, "something", level)])
    assert change.release is (Release.MAJOR if is_breaking else Release.MINOR)


@pytest.mark.parametrize(
    ("keyword", "release"), [("format", Release.MAJOR), ("type", Release.MINOR)]
)
def test_a_new_format_of_a_response_is_breaking(keyword: str, release: Release) -> None:
    text = f"the response's property `{keyword}` was narrowed from `none` to `date-time`"
    (change,) = parse_findings([finding("response-property-type-specialized", text)])
    assert change.release is release


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
            {"servers": [server("us", "eu")]},
            {"servers": [server()]},
            ["+opened the server's `region` to any value"],
        ),
        (
            {"servers": [server()]},
            {"servers": [server("us", "eu")]},
            ["-restricted the server's `region` to us, eu"],
        ),
        (
            models(A={"properties": {"b": {"title": "B"}}}),
            models(A={"properties": {"b": {"title": "C"}}}),
            ["-changed the title of `schemas A b` from `B` to `C`"],
        ),
        (
            models(A={"properties": {"b": {"title": "B"}}}),
            models(A={"properties": {"b": TO_B}}, B={"title": "B"}),
            [],
        ),
        (models(A={"title": "A"}), models(B={"title": "B"}), []),
        (models(A={"example": {"title": "A"}}), models(A={"example": {"title": "B"}}), []),
        (
            models(A={"properties": {"title": {"description": "One."}}}),
            models(A={"properties": {"title": {"description": "Two."}}}),
            ["=changed the description of `schemas A title`"],
        ),
        (
            models(A={"properties": {"b": {"description": "B."}}}),
            models(
                A={"properties": {"b": {"$ref": "#/components/schemas/B"}}}, B={"description": "B."}
            ),
            [],
        ),
        (
            models(A={"properties": {"b": {"description": "B."}}}),
            models(
                A={"properties": {"b": {"$ref": "#/components/schemas/B"}}}, B={"description": "C."}
            ),
            ["=changed the description of `schemas A b`"],
        ),
        (
            models(A={"example": {"description": "A"}}),
            models(A={"example": {"description": "B"}}),
            [],
        ),
    ],
)
def test_changes_that_oasdiff_does_not_report_are_found(
    old: dict[str, Any], new: dict[str, Any], expected: list[str]
) -> None:
    found = additional_changes(contract(**old), contract(**new))
    lines = [f"{MARKS[change.release]}{change}" for change in found]
    assert len(lines) == len(expected), lines
    assert all(line.startswith(start) for line, start in zip(lines, expected, strict=True)), lines


def test_a_parameter_inserted_before_another_does_not_change_the_other() -> None:
    def parameters(*names: str) -> dict[str, Any]:
        listed = [{"name": name, "in": "query", "description": name} for name in names]
        return contract(paths={"/": {"get": {"parameters": listed, "responses": {}}}})

    assert additional_changes(parameters("limit"), parameters("offset", "limit")) == []


def request(parameter: dict[str, Any] | None = None, **schemas: Any) -> dict[str, Any]:
    """Return a contract with one operation that has a body and may have a parameter of its path."""
    operation = {
        "operationId": "write",
        "requestBody": {"content": {"application/json": {"schema": schemas.get("Body", {})}}},
        "responses": {},
    }
    item: dict[str, Any] = {"post": operation}
    if parameter is not None:
        item["parameters"] = [{"$ref": "#/components/parameters/ids"}]
    components = {"schemas": schemas, "parameters": {"ids": parameter}}
    return contract(paths={"/": item}, components=components)


IDS = {"name": "ids", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}}
KEY = {"name": "key", "in": "path", "required": True, "schema": {"type": "string"}}
OPEN, CLOSED = {"type": "object"}, {"type": "object", "additionalProperties": False}
TEXT = {"type": "string"}
TEXTS = {"type": "object", "additionalProperties": TEXT}
NESTED = {"properties": {"tags": {"items": {"$ref": "#/components/schemas/Tag"}}}}
TREE = {"properties": {"child": {"$ref": "#/components/schemas/Tag"}}}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (request(IDS), request({**IDS, "style": "form", "explode": True}), []),
        (request(KEY), request({**KEY, "style": "simple", "explode": False}), []),
        (
            request(IDS),
            request({**IDS, "explode": False}),
            ["-write: changed the `explode` of the `query` request parameter `ids` from `true` to"],
        ),
        (
            request(IDS),
            request({**IDS, "style": "pipeDelimited", "explode": True}),
            ["-write: changed the `style` of the `query` request parameter `ids` from `form` to"],
        ),
        (
            request(KEY),
            request({**KEY, "style": "label"}),
            ["-write: changed the `style` of the `path` request parameter `key` from `simple` to"],
        ),
        (
            request(Body=OPEN),
            request(Body=CLOSED),
            ["-write: the request no longer accepts additional properties"],
        ),
        (
            request(Body=CLOSED),
            request(Body=OPEN),
            ["+write: the request accepts additional properties"],
        ),
        (
            request(Body=NESTED, Tag=OPEN),
            request(Body=NESTED, Tag=CLOSED),
            ["-write: the property `tags/items` of the request no longer accepts additional"],
        ),
        (
            request(Body={"oneOf": [NESTED, TREE]}, Tag={**OPEN, **TREE}),
            request(Body={"oneOf": [NESTED, TREE]}, Tag={**CLOSED, **TREE}),
            [
                "-write: the property `oneOf[0]/tags/items` of the request no longer accepts",
                "-write: the property `oneOf[1]/child` of the request no longer accepts",
            ],
        ),
        (
            request(Body=OPEN),
            request(Body=TEXTS),
            ["-write: changed the additional properties that the request accepts from any to `str"],
        ),
        (
            request(Body={"properties": {"tags": TEXTS}}),
            request(Body={"properties": {"tags": {"additionalProperties": {"type": "integer"}}}}),
            ["-write: changed the additional properties that the property `tags` of the request"],
        ),
        (
            request(Body={"additionalProperties": {"type": "integer"}}),
            request(Body={"additionalProperties": {"type": ["number", "null"]}}),
            ["+write: changed the additional properties that the request accepts from `integer"],
        ),
        (
            request(Body=TEXTS),
            request(Body={"additionalProperties": {"$ref": "#/components/schemas/Tag"}}, Tag=TEXT),
            [],
        ),
        # The body of a response may always gain fields.
        (request(Response=OPEN), request(Response=CLOSED), []),
    ],
)
def test_changes_of_requests_that_oasdiff_does_not_report_are_found(
    old: dict[str, Any], new: dict[str, Any], expected: list[str]
) -> None:
    lines = [f"{MARKS[change.release]}{change}" for change in request_changes(old, new)]
    assert len(lines) == len(expected), lines
    assert all(line.startswith(start) for line, start in zip(lines, expected, strict=True)), lines


def test_an_operation_of_the_same_path_can_replace_a_parameter_of_the_path() -> None:
    spec = request(IDS)
    moved = request()
    moved["paths"]["/"]["post"]["parameters"] = [IDS]
    assert list(request_changes(spec, moved)) == []
    replaced = request({**IDS, "explode": False})
    replaced["paths"]["/"]["post"]["parameters"] = [IDS]
    assert list(request_changes(spec, replaced)) == []
