"""The transcripts of an export."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from polyai_conversations._export.directory import ExportDirectory
from polyai_conversations.models import ConversationDetailResponse
from polyai_conversations.transcripts import SUFFIXES, TranscriptFormat, transcript

if TYPE_CHECKING:
    from exporter import Exporter


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def written(exporter: Exporter) -> dict[str, str]:
    directory = exporter.directory / "transcripts"
    return {path.name: path.read_text() for path in directory.iterdir()}


@pytest.mark.parametrize(("output", "suffix"), SUFFIXES.items())
def test_each_conversation_has_a_transcript_named_like_its_recording(
    exporter: Exporter, output: TranscriptFormat, suffix: str
) -> None:
    exporter.api.add("CA 1", startedAt="2026-05-26T10:00:00Z")
    exporter.api.add("ca 1")
    report = exporter.run(transcripts=output)
    records = [ConversationDetailResponse.from_dict(record) for record in exporter.records]
    texts = [transcript(record, output) for record in records]
    assert all("1.0 or 1.00?" in text.replace("\\", "") for text in texts)  # Markdown escapes
    names = [f"ca%201{suffix}", f"CA%201~3{suffix}"]
    assert written(exporter) == dict(zip(names, texts, strict=True))
    assert report.transcripts == 2


def test_transcripts_are_written_only_once(exporter: Exporter) -> None:
    exporter.api.add("old")
    exporter.run(transcripts="vtt")
    path = exporter.directory / "transcripts" / "old.vtt"
    before = path.stat().st_mtime_ns
    exporter.api.add("new")
    assert exporter.run(transcripts="vtt").transcripts == 1
    assert written(exporter).keys() == {"old.vtt", "new.vtt"}
    assert path.stat().st_mtime_ns == before


def test_transcript_of_a_call_that_was_in_progress_is_updated(exporter: Exporter) -> None:
    exporter.api.add("call", inProgress=True, channel="before")
    exporter.run(transcripts="text")
    assert "before" in written(exporter)["call.txt"]
    exporter.api.conversations["call"] |= {"inProgress": False, "channel": "after"}
    assert exporter.run(transcripts="text").transcripts == 1
    assert "after" in written(exporter)["call.txt"]


def test_later_runs_update_existing_transcripts_without_being_asked(exporter: Exporter) -> None:
    exporter.api.add("old")
    exporter.run(transcripts="vtt")
    exporter.api.add("new")
    assert exporter.run(details=True, transcripts="srt").transcripts == 3
    assert written(exporter).keys() == {"old.vtt", "new.vtt", "old.srt", "new.srt"}


def test_transcripts_are_written_again_even_if_every_conversation_has_changed(
    exporter: Exporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    exporter.api.add("call")
    exporter.run(transcripts="vtt")
    exporter.api.conversations["call"]["channel"] = "CHAT"
    with monkeypatch.context() as patch:
        patch.setattr(ExportDirectory, "write_transcripts", interrupt)
        with pytest.raises(KeyboardInterrupt):
            exporter.run()
    assert written(exporter) == {}
    assert exporter.run().transcripts == 1
    assert written(exporter).keys() == {"call.vtt"}
    (exporter.directory / "transcripts" / "call.vtt").unlink()
    assert exporter.run().transcripts == 0, "a format is written that the user has removed"


def test_removed_transcript_is_written_again_without_a_request(exporter: Exporter) -> None:
    exporter.api.add("call")
    exporter.run(transcripts="markdown")
    before = written(exporter)
    (exporter.directory / "transcripts" / "call.md").unlink()
    assert exporter.run(transcripts="markdown").transcripts == 1
    assert written(exporter) == before
    assert exporter.api.requests["detail"] == 1


def test_conversations_without_turns_have_no_transcript(exporter: Exporter) -> None:
    exporter.api.add("summary")
    assert exporter.run().transcripts == 0
    exporter.api.add("detail")
    exporter.run(transcripts="json")
    exporter.api.add("new")
    assert exporter.run().transcripts == 0
    assert written(exporter).keys() == {"summary.json", "detail.json"}
