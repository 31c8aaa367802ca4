"""How values from the server are formatted."""

from __future__ import annotations

import pytest

from polyai_conversations.cli.formatting import duration, sanitize, summary


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("plain", "plain"),
        ("two\nlines\tand a tab", "two lines and a tab"),
        ("\x1b[31mred\x9b0m", "\\x1b[31mred\\x9b0m"),
        ("right\u202eto left", "right\\u202eto left"),
        ("half an emoji \ud83d", "half an emoji \\ud83d"),
        ("👩\u200d🔧 ü", "👩\u200d🔧 ü"),
        (["é", None], '["é", null]'),
        (True, "true"),
    ],
)
def test_sanitize_escapes_control_characters(value: object, text: str) -> None:
    assert sanitize(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0:00"),
        (91.4, "1:31"),
        (3600, "1:00:00"),
        (-1, "-1"),
        (1e12, "1000000000000.0"),
        (True, "true"),
        ("long", "long"),
        (None, ""),
    ],
)
def test_duration_formats_seconds_and_leaves_other_values_alone(value: object, text: str) -> None:
    assert duration(value) == text


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ('{"heading": "H", "content": "C"}', ("H", "C")),
        ({"heading": "H", "content": "C"}, ("H", "C")),
        ('{"content": "C"}', ("C", "")),
        ("plain text", ("plain text", "")),
        ("[" * 100_000, ("[" * 100_000, "")),
        ('["a"]', ('["a"]', "")),
        (None, ("", "")),
    ],
    ids=["both", "object", "no heading", "plain text", "deeply nested", "not an object", "missing"],
)
def test_summary_is_split_into_heading_and_content(value: object, parts: tuple[str, str]) -> None:
    assert summary({"shortSummary": value}) == parts
