"""An export that is run again: what has changed is fetched again, and nothing else."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

import attrs
import httpx
import pytest

from exporter import AUDIO_URL, RECORDING, Exporter, FakeApi
from polyai_conversations._export.row_fingerprint import row_fingerprint
from polyai_conversations._http.raw_json import RawSummary, parse_raw_page
from polyai_conversations.models import ConversationSummaryResponse

RECORDED_ROW: dict[str, Any] = {
    "createdAt": "2026-05-26T09:59:59Z",
    "startedAt": "2026-05-26T10:00:00Z",
    "finishedAt": "2026-05-26T10:01:00Z",
    "channel": "VOICE-SIP",
    "language": None,
    "inProgress": False,
    "handoff": False,
    "totalDuration": 60,
    "polyScore": 6.0,
    "tags": ["a", "b"],
    "shortSummary": {"heading": "Opening hours", "content": "The caller asked for them."},
    "note": None,
    "audioUrl": "conversations/call/audio",
}


@pytest.fixture
def two_calls(exporter: Exporter) -> FakeApi:
    """Let the API have a call in the recorded form, and another one that never changes."""
    exporter.api.add("call", **RECORDED_ROW)
    exporter.api.add("other", **RECORDED_ROW)
    return exporter.api


CHANGES: dict[str, dict[str, Any]] = {
    "a note": {"note": "call back"},
    "a late score": {"polyScore": 5.5},
    "a summary": {"shortSummary": {"heading": "Opening hours", "content": "Corrected."}},
    "a summary of an unknown form": {"shortSummary": ["Opening hours"]},
    "another part of the summary": {"shortSummary": {"heading": "Opening hours", "mood": "calm"}},
    "a tag": {"tags": ["a", "b", "c"]},
    "a value that was removed": {"polyScore": None},
    "a handoff": {"handoff": True},
    "a recording that was removed": {"audioUrl": None},
}


@pytest.mark.parametrize("details", [False, True])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_finished_conversation_is_fetched_again_once_its_row_has_changed(
    exporter: Exporter, two_calls: FakeApi, change: dict[str, Any], details: Any
) -> None:
    exporter.run(details=details)
    two_calls.conversations["call"] |= change
    before = two_calls.requests.copy()
    report = exporter.run(details=details)
    assert (report.fetched, report.existing, report.conversations) == (1, 1, 2)
    assert two_calls.requests - before == ({"detail": 1} if details else {})
    assert exporter.records[1].items() >= change.items()
    assert ("turns" in exporter.records[1]) is details
    assert exporter.run(details=details).fetched == 0


SPELLINGS: dict[str, dict[str, Any]] = {
    "empty text instead of null": {"note": "", "language": ""},
    "an offset instead of Z": {"startedAt": "2026-05-26T12:00:00.000+02:00"},
    "an integer instead of a float": {"polyScore": 6},
    "tags in another order": {"tags": ["b", "a"]},
    "a summary as JSON in text": {"shortSummary": json.dumps(RECORDED_ROW["shortSummary"])},
    "another URL of the recording": {"audioUrl": "https://audio.example/1.wav?signature=7f"},
    "a field outside the contract": {"viewedAt": "2026-05-27T00:00:00Z"},
    "null in a new field": {"sentiment": None},
}


@pytest.mark.parametrize("details", [False, True])
@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_row_that_only_looks_different_does_not_count_as_changed(
    exporter: Exporter, two_calls: FakeApi, spelling: dict[str, Any], details: Any
) -> None:
    exporter.run(details=details)
    two_calls.conversations["call"] |= spelling
    assert exporter.run(details=details).fetched == 0


def test_order_and_layout_of_the_row_do_not_matter(exporter: Exporter, two_calls: FakeApi) -> None:
    exporter.run()
    row = dict(reversed(two_calls.conversations["call"].items()))
    two_calls.conversations["call"] = row
    assert exporter.run().fetched == 0
    two_calls.conversations["call"] = {
        name: value for name, value in row.items() if value not in (None, "")
    }
    assert exporter.run().fetched == 0


def test_fingerprint_is_the_same_in_every_version() -> None:
    """If it differed, the first run of a new version would fetch every conversation again."""
    text = json.dumps(
        {"conversationId": "call", "accountId": "a", "projectId": "p", **RECORDED_ROW}
    )
    response = httpx.Response(
        200,
        request=httpx.Request("GET", "https://api.example/"),
        text=f'{{"conversations": [{text}], "count": 1, "limit": 1, "offset": 0}}',
    )
    (row,) = parse_raw_page(response).conversations
    assert isinstance(row, RawSummary)
    assert row_fingerprint(row).values.hex() == "e5f0f4b3b08e49406b4aefff55caf97e"


VALUES: dict[str, Any] = {
    "created_at": "2026-05-26T09:59:59Z",
    "started_at": "yesterday",
    "total_duration": 3,
    "polyai_duration": 3,
    "duration": 3,
    "in_progress": True,
    "handoff": True,
    "poly_score": 1,
    "tags": ["new"],
}
FIELDS = {each.name for each in attrs.fields(ConversationSummaryResponse)}


@pytest.mark.parametrize("name", sorted(FIELDS - {"additional_properties", "conversation_id"}))
def test_every_field_of_the_contract_is_compared(exporter: Exporter, name: str) -> None:
    first, *rest = name.split("_")
    field = first + "".join(map(str.title, rest))
    exporter.api.add("call")
    exporter.run()
    exporter.api.conversations["call"][field] = VALUES.get(name, "new")
    assert exporter.run().fetched == 1
    assert exporter.run().fetched == (1 if name == "in_progress" else 0)


def test_change_is_fetched_by_a_later_run_if_it_cannot_be_fetched_now(
    exporter: Exporter, two_calls: FakeApi
) -> None:
    exporter.run(details=True)
    two_calls.conversations["call"]["note"] = "call back"
    two_calls.failing = {"call"}
    report = exporter.run(details=True)
    assert [failure.conversation_id for failure in report.failures] == ["call"]
    assert (report.conversations, report.existing) == (2, 2)
    assert exporter.records[1]["note"] is None
    two_calls.failing = set()
    assert exporter.run(details=True).fetched == 1
    assert exporter.records[1]["note"] == "call back"


def test_changed_conversation_has_a_new_transcript(exporter: Exporter, two_calls: FakeApi) -> None:
    exporter.run(transcripts="text")
    two_calls.conversations["call"]["channel"] = "CHAT"
    assert exporter.run(transcripts="text").transcripts == 1
    assert "CHAT" in (exporter.directory / "transcripts" / "call.txt").read_text()


def test_recording_of_a_changed_conversation_is_not_fetched_again(
    exporter: Exporter, two_calls: FakeApi
) -> None:
    exporter.run(audio="combined")
    two_calls.conversations["call"]["note"] = "call back"
    exporter.run(audio="combined")
    assert two_calls.requests["audio"] == 2


def test_refresh_fetches_everything_again(exporter: Exporter, two_calls: FakeApi) -> None:
    exporter.run(details=True, audio="combined", transcripts="vtt")
    (exporter.directory / "audio" / "call.wav").write_bytes(RECORDING.replace(b"\x07", b"\x08"))
    before = two_calls.requests.copy()
    report = exporter.run(details=True, audio="combined", refresh=True)
    assert two_calls.requests - before == {"detail": 2, "audio": 2}
    counts = (report.fetched, report.recordings, report.transcripts, report.existing)
    assert counts == (2, 2, 2, 0)
    assert (exporter.directory / "audio" / "call.wav").read_bytes() == RECORDING


@pytest.mark.parametrize("options", [{"details": True}, {"audio": "combined"}])
def test_what_a_refresh_could_not_fetch_is_fetched_by_the_next_run(
    exporter: Exporter, two_calls: FakeApi, options: dict[str, Any]
) -> None:
    exporter.run(**options)
    before = two_calls.requests.copy()
    two_calls.failing = {"call", "audio"}
    failures = exporter.run(**options, refresh=True).failures
    assert "call" in {failure.conversation_id for failure in failures}
    two_calls.failing = set()
    report = exporter.run(**options)
    assert (report.failures, report.fetched + report.recordings) == ((), len(failures))
    assert two_calls.requests.total() == before.total() + 2 + len(failures)
    settled = two_calls.requests.copy()
    exporter.run(**options)
    assert two_calls.requests == settled


def test_old_recording_is_kept_until_its_refresh_succeeds(
    exporter: Exporter, two_calls: FakeApi
) -> None:
    exporter.run(details=True, audio="combined")
    path = exporter.directory / "audio" / "call.wav"
    old = RECORDING.replace(b"\x07", b"\x08")
    path.write_bytes(old)
    two_calls.failing = {"call"}
    for options in ({"refresh": True}, {}):
        assert len(exporter.run(audio="combined", **options).failures) == 1
        assert path.read_bytes() == old
    two_calls.failing = set()
    assert exporter.run(audio="combined").recordings == 1
    assert path.read_bytes() == RECORDING
    assert exporter.run(audio="combined").recordings == 0


def test_failed_recording_does_not_fetch_the_conversation_again(
    exporter: Exporter, two_calls: FakeApi
) -> None:
    two_calls.failing = {"audio"}
    exporter.run(details=True, audio="combined")
    assert exporter.run(details=True, audio="combined").fetched == 0


def test_directory_of_a_version_that_knew_no_outdated_recordings_is_updated(
    exporter: Exporter, two_calls: FakeApi
) -> None:
    exporter.run(audio="combined")
    with closing(sqlite3.connect(exporter.directory / "export.sqlite")) as state:
        state.execute("DROP TABLE outdated_recordings")
    report = exporter.run(audio="combined")
    assert (report.fetched, report.recordings, report.failures) == (0, 0, ())
    assert two_calls.requests["audio"] == 2


def test_recording_is_not_requested_if_the_details_say_that_the_call_is_in_progress(
    exporter: Exporter,
) -> None:
    exporter.api.add("call", audioUrl=AUDIO_URL, inProgress=None)

    def respond(request: httpx.Request) -> httpx.Response:
        response = exporter.api(request)
        if request.url.path.endswith("/call"):
            return httpx.Response(200, json=response.json() | {"inProgress": True})
        return response

    exporter.server = respond
    report = exporter.run(details=True, audio="combined")
    assert (report.failures, report.in_progress, report.recordings) == ((), 1, 0)
    assert exporter.api.requests == {"detail": 1}
    exporter.server = None
    assert exporter.run(details=True, audio="combined").recordings == 1
