"""How changes of the generated package are reported."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from workflows.generator import PACKAGE, ROOT
from workflows.regenerate import described_changes, diff, refusal, sources
from workflows.surface import differences, surface_of

CURRENT = sources(ROOT / "generated" / PACKAGE)
LISTING = "api/conversations/list_conversations.py"
ROLE = "models/annotation_item_role.py"
BODY = "models/upsert_note_body.py"
LIST = "operation conversations.list_conversations"
PATH = "/v1/agents/{agent_id}/conversations"
PAGE = "ErrorEnvelope | GetConversationsResponse"


def changed(name: str, old: str, new: str) -> dict[str, str]:
    assert old in CURRENT[name], f"{name} is generated differently now; adapt this test"
    return {**CURRENT, name: CURRENT[name].replace(old, new)}


def without(name: str) -> dict[str, str]:
    return {other: text for other, text in CURRENT.items() if other != name}


NEW_DESCRIPTION = changed(BODY, "The note to set", "Really: the note to set")


@pytest.mark.parametrize(
    ("files", "line"),
    [
        (without(LISTING), f"- {LIST} (GET {PATH})"),
        (without(ROLE), "- model AnnotationItemRole ('agent' | 'user')"),
        (changed(LISTING, "    limit: int | Unset = 50,\n", ""), f"~ {LIST}: - argument limit"),
        (
            changed(LISTING, "limit: int | Unset = 50", "limit: int | Unset = 20"),
            f"~ {LIST}: argument limit is int | Unset = 20, was int | Unset = 50",
        ),
        (
            changed(LISTING, '"method": "get"', '"method": "query"'),
            f"~ {LIST}: request is QUERY {PATH}, was GET {PATH}",
        ),
        (changed(LISTING, f"-> {PAGE}", "-> None"), f"~ {LIST}: response is None, was {PAGE}"),
        (
            changed(BODY, "    note: str\n", "    note: str\n    author: str | Unset = UNSET\n"),
            "~ model UpsertNoteBody: + field author (str | Unset)",
        ),
        (
            changed(BODY, "    note: str\n", "    text: str\n"),
            "~ model UpsertNoteBody: - field note; + field text (str)",
        ),
        (
            changed(BODY, "    note: str\n", "    note: int\n"),
            "~ model UpsertNoteBody: field note is int, was str",
        ),
        (
            changed(ROLE, 'Literal["agent", "user"]', 'Literal["agent", "both"]'),
            "~ model AnnotationItemRole: - value 'user'; + value 'both'",
        ),
        (
            changed(ROLE, 'Literal["agent", "user"]', 'Literal["agent"]'),
            "~ model AnnotationItemRole: - value 'user'",
        ),
    ],
)
def test_a_change_of_the_generated_code_is_reported(files: dict[str, str], line: str) -> None:
    assert list(differences(surface_of(CURRENT), surface_of(files))) == [line]


def test_an_addition_is_reported() -> None:
    assert list(differences(surface_of(without(BODY)), surface_of(CURRENT))) == [
        "+ model UpsertNoteBody (note)"
    ]


@pytest.mark.parametrize(
    ("kind", "folder"), [("operation", "api/*/*.py"), ("model", "models/*.py")]
)
def test_the_surface_contains_all_operations_and_models(kind: str, folder: str) -> None:
    modules = [path for path in map(PurePosixPath, CURRENT) if path.match(folder)]
    expected = [path for path in modules if path.stem != "__init__"]
    assert expected
    found = [name for name in surface_of(CURRENT) if name.startswith(f"{kind} ")]
    assert len(found) == len(expected)


def test_unchanged_code_and_changed_descriptions_are_reported() -> None:
    unchanged = f"The generated code is unchanged, {len(CURRENT)} files"
    assert list(described_changes(CURRENT, CURRENT)) == [unchanged]
    (line,) = described_changes(CURRENT, NEW_DESCRIPTION)
    assert line.startswith("No operation and no model changed")


def test_check_fails_for_generated_code_that_was_edited_by_hand() -> None:
    assert refusal(CURRENT, CURRENT) is None
    edited = changed(BODY, "note: str", "note: int")
    refused = refusal(edited, CURRENT)
    assert refused == "1 generated files differ from the contract; run `nox -s regenerate`"
    lines = list(diff(edited, CURRENT))
    assert lines[lines.index("-    note: int") + 1] == "+    note: str"


def test_changed_output_of_the_generator_raises_an_error() -> None:
    with pytest.raises(ValueError, match="has the output of the generator changed"):
        surface_of(changed(LISTING, '"method"', '"verb"'))
