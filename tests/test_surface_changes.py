"""How changes of the generated code are judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from workflows.changes import Release
from workflows.surface import Signature
from workflows.surface_changes import surface_changes

if TYPE_CHECKING:
    from workflows.surface import Surface

READ = "operation calls.read"
CALL = "model Call"
LIST = {"request": "GET /calls", "argument limit": "int | Unset = 50", "response": "Call | Error"}


def surface(name: str, **parts: str) -> Surface:
    return {name: Signature("as it was", {key.replace("_", " "): parts[key] for key in parts})}


def operation(**parts: str) -> Surface:
    return {
        READ: Signature("GET /calls", {**LIST, **{k.replace("_", " "): parts[k] for k in parts}})
    }


def model(field: str) -> Surface:
    return surface(CALL, field_id=field)


@pytest.mark.parametrize(
    ("old", "new", "release", "text"),
    [
        (operation(), {}, Release.MAJOR, f"removed the {READ} (GET /calls)"),
        ({}, operation(), Release.MINOR, f"added the {READ} (GET /calls)"),
        (model("str"), {}, Release.MAJOR, f"removed the {CALL} (as it was)"),
        (
            operation(),
            operation(argument_tag="str"),
            Release.MAJOR,
            f"added the argument tag to the {READ}",
        ),
        (
            operation(),
            operation(argument_tag="str | Unset = UNSET"),
            Release.MINOR,
            f"added the argument tag to the {READ}",
        ),
        (
            operation(argument_tag="str"),
            operation(),
            Release.MAJOR,
            f"removed the argument tag from the {READ}",
        ),
        (
            operation(),
            operation(argument_limit="int | Unset = 20"),
            Release.MINOR,
            f"changed the argument limit of the {READ} from `int | Unset = 50` to",
        ),
        (
            operation(),
            operation(request="POST /calls"),
            Release.MAJOR,
            f"changed the request of the {READ} from `GET /calls` to `POST /calls`",
        ),
        (
            operation(),
            operation(response="Page | Error"),
            Release.MAJOR,
            f"changed the response of the {READ} from `Call | Error` to `Page | Error`",
        ),
        (surface(CALL), model("str"), Release.MINOR, f"added the field id to the {CALL}"),
        (model("str"), surface(CALL), Release.MAJOR, f"removed the field id from the {CALL}"),
        (
            surface(CALL, further_fields="dict[str, Any]"),
            surface(CALL),
            Release.MAJOR,
            f"removed the further fields from the {CALL}",
        ),
        (
            surface(CALL, further_fields="dict[str, int]"),
            surface(CALL, further_fields="dict[str, str]"),
            Release.MAJOR,
            f"changed the further fields of the {CALL}",
        ),
    ],
)
def test_a_change_is_judged(old: Surface, new: Surface, release: Release, text: str) -> None:
    (change,) = surface_changes(old, new)
    assert str(change).startswith(f"generated code: {text}")
    assert change.release is release


@pytest.mark.parametrize(
    ("old", "new", "release"),
    [
        ("str", "str | None", Release.MINOR),
        ("str | None | Unset", "None | str", Release.MINOR),
        ("list[str]", "list[str | None] | Unset", Release.MINOR),
        ("dict[str, Any]", "dict[str, str]", Release.MINOR),
        ("dict[str, Any]", "list[Any]", Release.MAJOR),
        ("float", "int", Release.MINOR),
        ("Any", "str | Unset", Release.MINOR),
        ("str | Unset", "datetime.datetime | Unset", Release.MAJOR),
        ("Any", "datetime.datetime | Unset", Release.MAJOR),
        ("str | Unset", "list[str] | Unset", Release.MAJOR),
        ("list[str]", "list[int]", Release.MAJOR),
        ("str | None", "str | Unset", Release.MAJOR),
    ],
)
def test_a_type_that_includes_the_other_is_not_breaking(
    old: str, new: str, release: Release
) -> None:
    (change,) = surface_changes(model(old), model(new))
    assert change.release is release
    (change,) = surface_changes(model(new), model(old))
    assert change.release is release


def test_a_renamed_model_is_reported_once_with_those_that_contain_it() -> None:
    def calls(turn: str, role: str) -> Surface:
        return {
            **surface(CALL, field_turns=f"list[{turn}] | Unset"),
            **surface(f"model {turn}", field_role=role),
            **surface(f"model {role}", value_agent="", value_user=""),
        }

    changes = list(surface_changes(calls("Turn", "TurnRole"), calls("CallTurn", "Role")))
    assert [str(change).split(";")[0] for change in changes] == [
        "generated code: renamed the model TurnRole to Role",
        "generated code: renamed the model Turn to CallTurn",
    ]
    assert all(change.release is Release.MINOR for change in changes)


def test_a_removed_model_is_not_paired_with_one_of_several_that_resemble_it() -> None:
    old = surface(CALL, field_id="str")
    new = {**surface("model A", field_id="str"), **surface("model B", field_id="str")}
    releases = [change.release for change in surface_changes(old, new)]
    assert releases.count(Release.MAJOR) == 1
    assert releases.count(Release.MINOR) == 2


def test_unchanged_code_has_no_changes() -> None:
    assert list(surface_changes(operation(), operation())) == []
