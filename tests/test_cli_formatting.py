"""How values from the server are formatted."""

from __future__ import annotations

import pytest

from polyai_conversations.cli.formatting import sanitize


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
