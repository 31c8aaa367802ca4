"""An export: lossless, in the order of the list, and without fetching anything twice."""

from __future__ import annotations

import itertools
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from exporter import AUDIO_URL, RECORDING, Exporter, FakeApi
from polyai_conversations import (
    APIStatusError,
    AuthenticationError,
    ConversationFilter,
    ConversationsError,
    ExportError,
    FileBusyError,
)
from polyai_conversations._export.directory import ExportDirectory
from polyai_conversations.export import Progress
from polyai_conversations.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def five_calls(exporter: Exporter) -> FakeApi:
    """Let the API have five calls that have ended, one a day."""
    for day in range(5):
        exporter.api.add(f"c{day}", startedAt=f"2026-05-0{day + 1}T12:00:00Z", audioUrl=AUDIO_URL)
    return exporter.api


@pytest.mark.parametrize("details", [False, True])
def test_each_line_is_what_the_server_sent_in_the_order_of_the_list(
    kind: str, tmp_path: Path, details: Any
) -> None:
    with Sandbox(conversations=130, seed=7) as sandbox:
        settings = {
            "api_key": sandbox.api_key,
            "agent_id": sandbox.agent_id,
            "base_url": sandbox.url,
            "transport": None,
        }
        exporter = Exporter(kind, tmp_path / "calls", settings=settings)
        report = exporter.run(details=details)
        sent = sandbox.store.page(1000, 0)
        if details:
            sent = [sandbox.store.detail(row["conversationId"]) for row in sent]
    assert exporter.records == sent
    assert (report.conversations, report.fetched, report.failures) == (130, 130, ())
    assert report.in_progress == sum(row["inProgress"] for row in sent)


def test_spelling_of_numbers_unknown_fields_and_surrogates_are_kept(exporter: Exporter) -> None:
    row = (
        '{"conversationId":"c\\ud800", "accountId":"a","projectId":"p", "polyScore": 1.00,\n'
        '"big": 123456789012345678901234567890, "new": {"x": [1e3, null]}, "startedAt": ""}'
    )
    body = f'{{"conversations": [{row}], "count": 1, "limit": 100, "offset": 0}}'
    exporter.server = lambda _: httpx.Response(200, text=body)
    exporter.run()
    written = (exporter.directory / "conversations.jsonl").read_text()
    assert written == row.replace("\n", " ") + "\n"


def test_empty_list_is_exported_as_an_empty_file(exporter: Exporter) -> None:
    assert exporter.run().conversations == 0
    assert exporter.records == []


def test_recordings_are_saved_for_calls_that_have_ended_and_have_one(
    exporter: Exporter, five_calls: FakeApi
) -> None:
    five_calls.add("no-recording", audioUrl="", channel="WEBCHAT")
    five_calls.add("in-progress", inProgress=True, audioUrl=AUDIO_URL)
    report = exporter.run(audio="user", redacted=True)
    files = {path.name: path.read_bytes() for path in (exporter.directory / "audio").iterdir()}
    assert files == {f"c{n}.user.redacted.wav": RECORDING for n in range(5)}
    assert (report.recordings, five_calls.requests["audio"]) == (5, 5)


def test_a_recording_that_the_list_does_not_show_is_saved(exporter: Exporter) -> None:
    exporter.api.add("call", audioUrl=None, channel="VOICE-SIP")
    exporter.api.unlisted.add("call")
    report = exporter.run(audio="combined")
    assert (report.recordings, report.failures) == (1, ())
    assert (exporter.directory / "audio" / "call.wav").read_bytes() == RECORDING


def test_a_call_without_a_recording_is_no_failure_and_is_asked_again(exporter: Exporter) -> None:
    exporter.api.add("call", audioUrl=None, channel="VOICE-SIP")
    assert exporter.run(audio="combined").failures == ()
    exporter.api.unlisted.add("call")
    assert exporter.run(audio="combined").recordings == 1


def test_later_run_fetches_only_what_is_new_or_was_in_progress(
    exporter: Exporter, five_calls: FakeApi
) -> None:
    five_calls.add("in-progress", inProgress=True, audioUrl=AUDIO_URL)
    exporter.run(details=True, audio="combined")
    before = five_calls.requests.copy()
    five_calls.conversations["in-progress"]["inProgress"] = False
    five_calls.add("new", audioUrl=AUDIO_URL)
    report = exporter.run(details=True, audio="combined")
    assert five_calls.requests - before == {"detail": 2, "audio": 2}
    assert (report.fetched, report.recordings, report.in_progress) == (2, 2, 0)
    assert exporter.ids == ["new", "in-progress", "c4", "c3", "c2", "c1", "c0"]
    assert exporter.records[1]["inProgress"] is False
    assert exporter.run(details=True, audio="combined").fetched == 0


@pytest.mark.usefixtures("five_calls")
def test_run_without_anything_new_rewrites_no_file(exporter: Exporter) -> None:
    exporter.run(details=True, format="parquet")
    files = [path for path in exporter.directory.iterdir() if path.suffix != ".sqlite"]
    before = {path: path.stat().st_mtime_ns for path in files}
    exporter.run(details=True, format="parquet")
    assert {path: path.stat().st_mtime_ns for path in files} == before


def test_state_file_does_not_keep_a_second_copy_of_the_records(exporter: Exporter) -> None:
    for number in range(50):
        exporter.api.add(f"c{number}", note="x" * 10_000)
    exporter.run()
    sizes = {path.name: path.stat().st_size for path in exporter.directory.iterdir()}
    assert sizes.keys() == {"conversations.jsonl", "export.sqlite"}
    assert sizes["export.sqlite"] < sizes["conversations.jsonl"] / 5


def test_conversations_that_left_the_list_are_kept_at_the_end(
    exporter: Exporter, five_calls: FakeApi
) -> None:
    exporter.run()
    del five_calls.conversations["c3"]
    five_calls.add("new")
    exporter.run()
    assert exporter.ids == ["new", "c4", "c2", "c1", "c0", "c3"]


def test_details_and_recordings_can_be_added_by_later_runs(
    exporter: Exporter, five_calls: FakeApi
) -> None:
    exporter.run()
    assert "turns" not in exporter.records[0]
    exporter.run(details=True)
    assert all("turns" in record for record in exporter.records)
    exporter.run(audio="combined")
    assert all("turns" in record for record in exporter.records), "a run dropped the details"
    assert five_calls.requests == {"detail": 5, "audio": 5}


def test_failed_conversations_are_reported_and_retried_by_the_next_run(
    exporter: Exporter, five_calls: FakeApi
) -> None:
    five_calls.failing = {"c1", "c3"}
    report = exporter.run(details=True, audio="combined")
    assert [failure.conversation_id for failure in report.failures] == ["c3", "c1"]
    assert all("GONE" in failure.reason for failure in report.failures)
    assert all(failure.correlation_id for failure in report.failures)
    assert exporter.ids == ["c4", "c2", "c0"]
    five_calls.failing = {"c3"}
    report = exporter.run(details=True)
    assert [failure.conversation_id for failure in report.failures] == ["c3"]
    five_calls.failing = set()
    assert exporter.run(details=True, audio="combined").failures == ()
    assert exporter.ids == ["c4", "c3", "c2", "c1", "c0"]


def test_conversation_whose_recording_fails_is_exported_without_it(
    exporter: Exporter, five_calls: FakeApi
) -> None:
    five_calls.failing = {"audio"}
    report = exporter.run(details=True, audio="combined")
    assert (len(report.failures), report.conversations) == (5, 5)
    five_calls.failing = set()
    before = five_calls.requests.copy()
    assert exporter.run(details=True, audio="combined").recordings == 5
    assert five_calls.requests - before == {"audio": 5}
    assert len(exporter.ids) == 5


@pytest.mark.usefixtures("five_calls")
def test_recordings_are_fetched_again_only_if_they_are_incomplete(exporter: Exporter) -> None:
    audio = exporter.directory / "audio"
    audio.mkdir(parents=True)
    (audio / "c1.wav").write_bytes(RECORDING)
    (audio / "c2.wav").write_bytes(RECORDING[:99])
    assert exporter.run(audio="combined").recordings == 4
    (audio / "c3.wav").unlink()
    (audio / "c4.wav").write_bytes(RECORDING[:99])
    assert exporter.run(audio="combined").recordings == 2


SINCE = {
    "a day": (date(2026, 5, 3), ["c4", "c3", "c2"]),
    "a moment": (datetime(2026, 5, 3, 12, 0, 1, tzinfo=UTC), ["c4", "c3"]),
    "a moment without a zone": (datetime(2026, 5, 3, 12), ["c4", "c3", "c2"]),  # noqa: DTZ001
}


@pytest.mark.parametrize(("since", "expected"), SINCE.values(), ids=SINCE)
def test_since_leaves_out_conversations_that_started_before(
    exporter: Exporter, five_calls: FakeApi, since: date, expected: list[str]
) -> None:
    before = ["2026-05-02T23:59:59", "Sat, 02 May 2026 23:59:59 GMT"]
    for number, started in enumerate([None, "", "yesterday", *before]):
        five_calls.add(f"odd{number}", startedAt=started)
    exporter.run(since=since)
    assert exporter.ids == ["odd2", "odd1", "odd0", *expected]


UNTIL = {
    "a day": (date(2026, 5, 3), ["c1", "c0"]),
    "a moment": (datetime(2026, 5, 3, 12, 0, 1, tzinfo=UTC), ["c2", "c1", "c0"]),
    "exactly the start": (datetime(2026, 5, 3, 12, tzinfo=UTC), ["c1", "c0"]),
}


@pytest.mark.parametrize(("until", "expected"), UNTIL.values(), ids=UNTIL)
def test_until_leaves_out_conversations_that_started_then_or_later(
    exporter: Exporter, five_calls: FakeApi, until: date, expected: list[str]
) -> None:
    five_calls.add("without a start")
    report = exporter.run(until=until)
    assert exporter.ids == ["without a start", *expected]
    assert report.excluded == 5 - len(expected)


@pytest.mark.usefixtures("five_calls")
def test_since_and_until_select_a_period(exporter: Exporter) -> None:
    exporter.run(since=date(2026, 5, 2), until=date(2026, 5, 4))
    assert exporter.ids == ["c2", "c1"]
    exporter.run(since=date(2026, 5, 4))
    assert exporter.ids == ["c4", "c3", "c2", "c1"], "a run removed what an earlier one exported"


@pytest.mark.parametrize(
    "where", [ConversationFilter(min_score=4), lambda call: (call.poly_score or 0) >= 4]
)
def test_filter_selects_what_is_fetched(
    exporter: Exporter, five_calls: FakeApi, where: Any
) -> None:
    five_calls.conversations["c1"]["polyScore"] = 4
    five_calls.conversations["c2"]["polyScore"] = 3.9
    report = exporter.run(details=True, audio="combined", where=where)
    assert exporter.ids == ["c1"]
    assert five_calls.requests == {"detail": 1, "audio": 1}
    assert (report.conversations, report.excluded) == (1, 4)
    five_calls.conversations["c2"]["polyScore"] = 4.5  # a late score
    assert exporter.run(details=True, where=where).fetched == 1
    assert exporter.ids == ["c2", "c1"]


def test_progress_ends_with_the_size_of_the_list(exporter: Exporter, five_calls: FakeApi) -> None:
    five_calls.failing = {"c1"}
    updates: list[Progress] = []
    exporter.run(details=True, audio="combined", on_progress=updates.append)
    assert updates[-1] == Progress(done=5, total=5, fetched=4, recordings=4, failed=1)
    assert all(a.done <= b.done for a, b in itertools.pairwise(updates))


def test_error_in_the_progress_callback_ends_the_export(
    exporter: Exporter, five_calls: FakeApi
) -> None:
    class CallbackError(Exception):
        pass

    def fail(progress: Progress) -> None:
        if progress.fetched == 2:
            raise CallbackError

    with pytest.raises(CallbackError):
        exporter.run(details=True, concurrency=1, on_progress=fail)
    assert exporter.run(details=True).fetched == 3
    assert five_calls.requests["detail"] < 5 + 2


@pytest.mark.usefixtures("five_calls")
def test_second_export_to_the_same_directory_is_refused(exporter: Exporter) -> None:
    with (
        ExportDirectory(exporter.directory, "someone"),
        pytest.raises(FileBusyError, match=r"another export is writing to .*calls; wait"),
    ):
        exporter.run()


@pytest.mark.usefixtures("five_calls")
def test_directory_of_another_agent_is_refused(exporter: Exporter) -> None:
    exporter.run()
    exporter.settings["agent_id"] = "OTHER"
    with pytest.raises(ExportError, match=r"of agent PROJECT-TEST .* not of agent OTHER"):
        exporter.run()


def add_a_line(directory: Path) -> None:
    with (directory / "conversations.jsonl").open("a") as file:
        file.write("mine\n")


def remove_the_records(directory: Path) -> None:
    (directory / "conversations.jsonl").unlink()


def overwrite_the_state(directory: Path) -> None:
    (directory / "export.sqlite").write_bytes(b"not a database" * 999)


def change_the_version(directory: Path) -> None:
    with closing(sqlite3.connect(directory / "export.sqlite")) as database, database:
        database.execute("UPDATE meta SET value = '0' WHERE name = 'version'")


CHANGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "a line was added": (add_a_line, "has changed since the last export"),
    "the file was removed": (remove_the_records, "none now"),
    "the state was overwritten": (overwrite_the_state, "file is not a database"),
    "the state has another version": (change_the_version, "written by another version"),
}


@pytest.mark.usefixtures("five_calls")
@pytest.mark.parametrize(("change", "message"), CHANGES.values(), ids=CHANGES)
def test_directory_that_was_changed_is_refused_and_left_alone(
    exporter: Exporter, change: Callable[[Path], None], message: str
) -> None:
    exporter.run()
    change(exporter.directory)
    records = exporter.directory / "conversations.jsonl"
    before = records.read_bytes() if records.exists() else None
    with pytest.raises(ExportError, match=message):
        exporter.run()
    assert (records.read_bytes() if records.exists() else None) == before


INVALID_OPTIONS = {
    "details must be True or False": {"details": 1},
    "audio must be one of": {"audio": "both"},
    "redacted applies to recordings": {"redacted": True},
    "redacted must be True or False": {"redacted": "no"},
    "format must be one of jsonl, parquet": {"format": "csv"},
    "transcripts must be one of text, markdown, vtt": {"transcripts": "html"},
    "since must be a date": {"since": "yesterday"},
    "until must be a date": {"until": 5},
    "since must be before until": {"since": date(2026, 5, 2), "until": date(2026, 5, 2)},
    "where must be a ConversationFilter": {"where": "note"},
    "refresh must be True or False": {"refresh": None},
    "concurrency must be at least 1": {"concurrency": 0},
}


@pytest.mark.parametrize(("message", "option"), INVALID_OPTIONS.items())
def test_invalid_options_are_rejected_before_anything_is_sent(
    exporter: Exporter, five_calls: FakeApi, message: str, option: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=message):
        exporter.run(**option)
    assert not five_calls.requests
    assert not exporter.directory.exists()


def test_empty_directory_name_is_rejected(exporter: Exporter) -> None:
    exporter.directory = ""  # type: ignore[assignment]
    with pytest.raises(ValueError, match="directory must not be empty"):
        exporter.run()


def test_rejected_key_ends_the_export(exporter: Exporter, five_calls: FakeApi) -> None:
    exporter.server = lambda request: (
        five_calls(request) if request.url.params else httpx.Response(401)
    )
    with pytest.raises(AuthenticationError):
        exporter.run(details=True)


def test_error_in_the_list_keeps_what_was_fetched(exporter: Exporter) -> None:
    api = exporter.api
    for number in range(250):
        api.add(f"c{number}")

    def fail_second_page(request: httpx.Request) -> httpx.Response:
        if int(request.url.params.get("offset", 0)) > 150:
            return httpx.Response(404)
        return api(request)

    exporter.server = fail_second_page
    with pytest.raises(APIStatusError):
        exporter.run(details=True)
    fetched = api.requests["detail"]
    assert 100 < fetched < 250
    exporter.server = None
    assert exporter.run(details=True).conversations == 250
    most_under_way = 2 * 8
    assert api.requests["detail"] < 250 + most_under_way


def test_surrogates_in_errors_and_ids_do_not_end_the_export(exporter: Exporter) -> None:
    api = exporter.api
    api.add("half \ud800", audioUrl=AUDIO_URL)
    api.add("gone")

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("gone"):
            return httpx.Response(404, content=b'{"error_message": "no \\ud800"}')
        return api(request)

    exporter.server = answer
    for _ in range(2):
        report = exporter.run(details=True, audio="combined")
        reasons = {failure.conversation_id: failure.reason for failure in report.failures}
        assert set(reasons) == {"gone", "half \ud800"}
        assert "no \\ud800" in reasons["gone"]
        assert "lone surrogate" in reasons["half \ud800"]


def test_export_error_is_a_conversations_error() -> None:
    assert issubclass(ExportError, ConversationsError)
