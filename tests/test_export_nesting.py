"""An export of a conversation with a deeply nested field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from exporter import Exporter
    from polyai_conversations.export import ExportReport

FRAMES = 450
"""Frames of the program that exports."""
DEPTH = 600
"""With the frames, more than Python's limit for both."""


def call_below(frames: int, function: Callable[[], ExportReport]) -> ExportReport:
    return call_below(frames - 1, function) if frames else function()


@pytest.mark.parametrize("name", ["text", "markdown", "vtt", "srt", "json"])
def test_deeply_nested_field_does_not_end_an_export_with_transcripts(
    exporter: Exporter, name: str
) -> None:
    assert export_nested(exporter, transcripts=name).transcripts == 2
    assert call_below(FRAMES, exporter.run).transcripts == 0


def test_deeply_nested_field_does_not_end_an_export_with_tables(exporter: Exporter) -> None:
    export_nested(exporter, format="parquet")
    parquet = pytest.importorskip("pyarrow.parquet")
    turns = parquet.read_table(exporter.directory / "turns.parquet")
    assert turns["conversation_id"].to_pylist() == ["deep", "usual"]


def export_nested(exporter: Exporter, **options: Any) -> ExportReport:
    """Export a nested conversation and another one, and write more files in a later run.

    The later run reads the conversations again, from a program that leaves less of Python's stack.
    """
    exporter.api.add("usual")
    exporter.api.add("deep")

    def respond(request: httpx.Request) -> httpx.Response:
        response = exporter.api(request)
        if not request.url.path.endswith("/deep"):
            return response
        nested = f'"latency": 1, "new": {"[" * DEPTH}{"]" * DEPTH}'
        return httpx.Response(200, text=response.text.replace('"latency": 1', nested))

    exporter.server = respond
    assert exporter.run(details=True).failures == ()
    return call_below(FRAMES, lambda: exporter.run(**options))
