"""What is said of a generated package that changed."""

from __future__ import annotations

import pytest

from workflows.regenerate import PACKAGE, ROOT, objection, sources, told
from workflows.surface import differences, surface_of

CURRENT = sources(ROOT / "generated" / PACKAGE)
LISTING = "api/conversations/list_conversations.py"
ROLE = "models/annotation_item_role.py"
BODY = "models/upsert_note_body.py"
LIST = "operation conversations.list_conversations"
PATH = "/v1/agents/{agent_id}/conversations"
PAGE = "ErrorEnvelope | GetConversationsResponse | None"


def changed(name: str, old: str, new: str) -> dict[str, str]:
    assert old in CURRENT[name], f"{name} is generated otherwise now: mend this test"
    return {**CURRENT, name: CURRENT[name].replace(old, new)}


def without(name: str) -> dict[str, str]:
    return {other: text for other, text in CURRENT.items() if other != name}


OTHER_WORDS = changed(BODY, "The note to set", "Really: the note to set")


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
        (changed(LISTING, f"-> {PAGE}", "-> None"), f"~ {LIST}: answer is None, was {PAGE}"),
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
def test_a_change_of_the_generated_code_is_told(files: dict[str, str], line: str) -> None:
    assert list(differences(surface_of(CURRENT), surface_of(files))) == [line]


def test_what_came_is_told_like_what_went() -> None:
    assert list(differences(surface_of(without(BODY)), surface_of(CURRENT))) == [
        "+ model UpsertNoteBody (note)"
    ]


def test_everything_that_is_generated_is_seen() -> None:
    surface = surface_of(CURRENT)
    assert len([name for name in surface if name.startswith("operation ")]) == 5
    models = [name for name in CURRENT if name.startswith("models/")]
    assert len([name for name in surface if name.startswith("model ")]) == len(models) - 1


def test_only_other_words_are_told_too() -> None:
    assert list(told(CURRENT, CURRENT)) == [f"{PACKAGE} stays as it is, {len(CURRENT)} files"]
    (line,) = told(CURRENT, OTHER_WORDS)
    assert line.startswith("No operation and no model changes")


def test_generated_code_that_was_edited_by_hand_is_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert objection(CURRENT, CURRENT) is None
    refused = objection(changed(BODY, "note: str", "note: int"), CURRENT)
    assert refused == "1 generated files differ from the contract: nox -s regenerate"
    assert "-    note: int\n+    note: str\n" in capsys.readouterr().out


def test_a_generator_that_writes_otherwise_is_noticed() -> None:
    with pytest.raises(ValueError, match="does the generator write otherwise now"):
        surface_of(changed(LISTING, '"method"', '"verb"'))
