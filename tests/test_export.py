"""An export: lossless, in the list's order, and never fetching twice what it has."""

from __future__ import annotations

import itertools
import json
import os
import resource
import sqlite3
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import httpx
import pytest
from pyarrow import parquet

from clients import Blocking
from polyai_conversations import (
    APIError,
    AuthenticationError,
    ConversationsError,
    ExportError,
    FileBusyError,
)
from polyai_conversations._export.directory import ExportDirectory
from polyai_conversations._export.state_store import StateStore
from polyai_conversations.export import ExportReport, Progress, export, export_async
from polyai_conversations.sandbox import Sandbox
from wav_factory import wav

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from clients import Connect
    from polyai_conversations import ConversationsClient

    Export = Callable[..., ExportReport]

FILE = wav(bytes(range(256)) * 10)


@attrs.define
class Api:
    """An API with conversations to be changed at will, which counts what is asked for."""

    conversations: dict[str, dict[str, Any]] = attrs.field(factory=dict)
    broken: set[str] = attrs.field(factory=set)
    asked: Counter[str] = attrs.field(factory=Counter)

    def add(self, name: str, **fields: Any) -> None:
        ids = {"conversationId": name, "accountId": "a", "projectId": "p"}
        self.conversations = {name: ids | fields} | self.conversations

    def __call__(self, request: httpx.Request) -> httpx.Response:
        _, _, _, _, _, *rest = request.url.path.split("/")
        if not rest:
            return self._page(request)
        self.asked[rest[-1] if len(rest) > 1 else "detail"] += 1
        if rest[-1] in self.broken or rest[0] in self.broken:
            return httpx.Response(404, json={"error_code": "GONE"})
        if len(rest) > 1:
            return httpx.Response(200, content=FILE)
        return httpx.Response(200, text=self.detail(rest[0]))

    def detail(self, name: str) -> str:
        turns = [{"user_input": "1.0 or 1.00?", "latency": 1}]
        return json.dumps(self.conversations[name] | {"turns": turns}, indent=1)

    def _page(self, request: httpx.Request) -> httpx.Response:
        offset, limit = (int(request.url.params[name]) for name in ("offset", "limit"))
        rows = list(self.conversations.values())
        page = {"conversations": rows[offset : offset + limit], "count": len(rows)}
        return httpx.Response(200, text=json.dumps({**page, "limit": limit, "offset": offset}))


@pytest.fixture
def calls() -> Api:
    api = Api()
    for n in range(5):
        api.add(f"c{n}", startedAt=f"2026-05-0{n + 1}T12:00:00Z", audioUrl="https://…")
    return api


@pytest.fixture
def client(connect: Connect, calls: Api) -> ConversationsClient:
    return connect(transport=httpx.MockTransport(calls), max_retries=0)


def export_with(client: ConversationsClient, directory: Path, **options: Any) -> ExportReport:
    if not isinstance(client, Blocking):
        return export(client, directory, **options)
    exporting = export_async(client._client, directory, **options)
    return client._runner.run(exporting)


@pytest.fixture
def run(client: ConversationsClient, tmp_path: Path) -> Export:
    return lambda **options: export_with(client, tmp_path / "calls", **options)


def lines(directory: Path) -> list[dict[str, Any]]:
    text = (directory / "calls" / "conversations.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def ids(directory: Path) -> list[str]:
    return [line["conversationId"] for line in lines(directory)]


@pytest.mark.parametrize("details", [False, True])
def test_each_line_is_what_the_server_sent_in_the_order_of_the_list(
    connect: Connect, tmp_path: Path, details: Any
) -> None:
    with Sandbox(conversations=130, seed=7) as sandbox:
        client = connect(
            api_key=sandbox.api_key, agent_id=sandbox.agent_id, region=None, base_url=sandbox.url
        )
        report = export_with(client, tmp_path / "calls", details=details)
        sent = sandbox.store.page(1000, 0)
        if details:
            sent = [sandbox.store.detail(row["conversationId"]) for row in sent]
    assert lines(tmp_path) == sent
    assert (report.conversations, report.fetched, report.failures) == (130, 130, ())
    assert report.in_progress == sum(row["inProgress"] for row in sent)


def test_numbers_unknown_fields_and_half_characters_stay_as_they_were(
    connect: Connect, tmp_path: Path
) -> None:
    row = (
        '{"conversationId":"c\\ud800", "accountId":"a","projectId":"p", "polyScore": 1.00,\n'
        '"big": 123456789012345678901234567890, "new": {"x": [1e3, null]}, "startedAt": ""}'
    )
    body = f'{{"conversations": [{row}], "count": 1, "limit": 100, "offset": 0}}'
    client = connect(transport=httpx.MockTransport(lambda _: httpx.Response(200, text=body)))
    export_with(client, tmp_path / "calls")
    written = (tmp_path / "calls" / "conversations.jsonl").read_text()
    assert written == row.replace("\n", " ") + "\n"


def test_an_empty_list_is_an_empty_file(connect: Connect, tmp_path: Path) -> None:
    client = connect(transport=httpx.MockTransport(Api()))
    assert export_with(client, tmp_path / "calls").conversations == 0
    assert lines(tmp_path) == []


def test_recordings_are_saved_where_there_are_any(run: Export, calls: Api, tmp_path: Path) -> None:
    calls.add("silent", audioUrl="")
    calls.add("going-on", inProgress=True, audioUrl="https://…")
    report = run(audio="user", redacted=True)
    files = {path.name: path.read_bytes() for path in (tmp_path / "calls" / "audio").iterdir()}
    assert files == {f"c{n}.user.redacted.wav": FILE for n in range(5)}
    assert (report.recordings, calls.asked["audio"]) == (5, 5)


def test_a_second_run_fetches_only_what_is_new_or_was_going_on(
    run: Export, calls: Api, tmp_path: Path
) -> None:
    calls.add("going-on", inProgress=True, audioUrl="https://…")
    run(details=True, audio="combined")
    before = calls.asked.copy()
    calls.conversations["going-on"]["inProgress"] = False
    calls.add("new", audioUrl="https://…")
    report = run(details=True, audio="combined")
    assert calls.asked - before == {"detail": 2, "audio": 2}
    assert (report.fetched, report.recordings, report.in_progress) == (2, 2, 0)
    assert ids(tmp_path) == ["new", "going-on", "c4", "c3", "c2", "c1", "c0"]
    assert lines(tmp_path)[1]["inProgress"] is False
    assert run(details=True, audio="combined").fetched == 0


def test_a_run_with_nothing_to_do_touches_nothing(run: Export, tmp_path: Path) -> None:
    run(details=True, format="parquet")
    files = [path for path in (tmp_path / "calls").iterdir() if path.suffix != ".sqlite"]
    before = {path: path.stat().st_mtime_ns for path in files}
    run(details=True, format="parquet")
    assert {path: path.stat().st_mtime_ns for path in files} == before


def test_what_left_the_list_stays_in_the_file(run: Export, calls: Api, tmp_path: Path) -> None:
    run()
    del calls.conversations["c3"]
    calls.add("new")
    run()
    assert ids(tmp_path) == ["new", "c4", "c2", "c1", "c0", "c3"]


def test_details_and_recordings_may_be_asked_for_later(
    run: Export, calls: Api, tmp_path: Path
) -> None:
    run()
    assert "turns" not in lines(tmp_path)[0]
    run(details=True)
    assert all("turns" in line for line in lines(tmp_path))
    run(audio="combined")
    assert all("turns" in line for line in lines(tmp_path)), "what was had is not given up"
    assert calls.asked == {"detail": 5, "audio": 5}


def test_what_fails_is_told_and_tried_again(run: Export, calls: Api, tmp_path: Path) -> None:
    calls.broken = {"c1", "c3"}
    report = run(details=True, audio="combined")
    assert [failure.conversation_id for failure in report.failures] == ["c3", "c1"]
    assert all("GONE" in failure.reason for failure in report.failures)
    assert all(failure.correlation_id for failure in report.failures)
    assert ids(tmp_path) == ["c4", "c2", "c0"]
    calls.broken = {"c3"}
    assert [failure.conversation_id for failure in run(details=True).failures] == ["c3"]
    calls.broken = set()
    assert run(details=True, audio="combined").failures == ()
    assert ids(tmp_path) == ["c4", "c3", "c2", "c1", "c0"]


def test_a_recording_that_fails_leaves_its_conversation(
    run: Export, calls: Api, tmp_path: Path
) -> None:
    calls.broken = {"audio"}
    report = run(details=True, audio="combined")
    assert (len(report.failures), report.conversations) == (5, 5)
    calls.broken = set()
    before = calls.asked.copy()
    assert run(details=True, audio="combined").recordings == 5
    assert calls.asked - before == {"audio": 5}
    assert len(ids(tmp_path)) == 5


def test_recordings_that_are_there_whole_are_not_fetched_again(run: Export, tmp_path: Path) -> None:
    audio = tmp_path / "calls" / "audio"
    audio.mkdir(parents=True)
    (audio / "c1.wav").write_bytes(FILE)
    (audio / "c2.wav").write_bytes(FILE[:99])
    assert run(audio="combined").recordings == 4
    (audio / "c3.wav").unlink()
    (audio / "c4.wav").write_bytes(FILE[:99])
    assert run(audio="combined").recordings == 2


SINCE = {
    "a day": (date(2026, 5, 3), ["c4", "c3", "c2"]),
    "a moment": (datetime(2026, 5, 3, 12, 0, 1, tzinfo=UTC), ["c4", "c3"]),
    "a moment in UTC": (datetime(2026, 5, 3, 12), ["c4", "c3", "c2"]),  # noqa: DTZ001 - meant
}


@pytest.mark.parametrize(("since", "expected"), SINCE.values(), ids=SINCE)
def test_since_leaves_out_what_began_before(
    run: Export, calls: Api, tmp_path: Path, since: date, expected: list[str]
) -> None:
    for n, started in enumerate([None, "", "yesterday", "2026-05-02T23:59:59"]):
        calls.add(f"odd{n}", startedAt=started)
    run(since=since)
    assert ids(tmp_path) == ["odd2", "odd1", "odd0", *expected]


def test_progress_ends_where_the_list_ends(run: Export, calls: Api) -> None:
    calls.broken = {"c1"}
    told: list[Progress] = []
    run(details=True, audio="combined", on_progress=told.append)
    assert told[-1] == Progress(done=5, total=5, fetched=4, recordings=4, failed=1)
    assert all(a.done <= b.done for a, b in itertools.pairwise(told))


def test_a_second_export_into_the_folder_is_refused(run: Export, tmp_path: Path) -> None:
    with (
        ExportDirectory(tmp_path / "calls", "someone"),
        pytest.raises(FileBusyError, match=r"another export is writing into .*calls; wait"),
    ):
        run()


def test_a_folder_of_another_agent_is_refused(
    run: Export, connect: Connect, calls: Api, tmp_path: Path
) -> None:
    run()
    other = connect(agent_id="OTHER", transport=httpx.MockTransport(calls))
    with pytest.raises(ExportError, match=r"of agent PROJECT-TEST .* not of agent OTHER"):
        export_with(other, tmp_path / "calls")


def spoil_records(folder: Path) -> None:
    with (folder / "conversations.jsonl").open("a") as file:
        file.write("mine\n")


def spoil_ledger(folder: Path) -> None:
    (folder / "export.sqlite").write_bytes(b"no database" * 999)


def age_ledger(folder: Path) -> None:
    with sqlite3.connect(folder / "export.sqlite") as db:
        db.execute("UPDATE about SET value = '0' WHERE name = 'version'")
    db.close()


SPOILT: dict[str, Callable[[Path], object]] = {
    "not as the last export left it": spoil_records,
    "no longer": lambda folder: (folder / "conversations.jsonl").unlink(),
    "file is not a database": spoil_ledger,
    "of another version": age_ledger,
}


@pytest.mark.parametrize("message", SPOILT)
def test_a_folder_that_was_changed_is_refused_and_kept(
    run: Export, tmp_path: Path, message: str
) -> None:
    run()
    SPOILT[message](tmp_path / "calls")
    with pytest.raises(ExportError, match=message.replace("no longer", "none now")):
        run()


def test_a_file_in_place_of_the_folder_is_an_error_of_the_disk(run: Export, tmp_path: Path) -> None:
    (tmp_path / "calls").write_bytes(b"")
    with pytest.raises(FileExistsError):
        run()


BAD = {
    "details must be True or False": {"details": 1},
    "audio must be one of": {"audio": "both"},
    "redacted silences recordings": {"redacted": True},
    "redacted must be True or False": {"redacted": "no"},
    "format must be one of jsonl, parquet": {"format": "csv"},
    "since must be a date": {"since": "yesterday"},
    "concurrency must be at least 1": {"concurrency": 0},
}


@pytest.mark.parametrize(("message", "option"), BAD.items())
def test_options_that_make_no_sense_are_refused_before_anything_is_sent(
    run: Export, calls: Api, tmp_path: Path, message: str, option: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=message):
        run(**option)
    assert not calls.asked
    assert not (tmp_path / "calls").exists()


def test_a_bad_key_ends_the_export(connect: Connect, tmp_path: Path) -> None:
    def refuse_details(request: httpx.Request) -> httpx.Response:
        return httpx.Response(401) if not request.url.params else api(request)

    api = Api()
    api.add("c")
    client = connect(transport=httpx.MockTransport(refuse_details))
    with pytest.raises(AuthenticationError):
        export_with(client, tmp_path / "calls", details=True)


def test_a_list_that_fails_raises_and_keeps_what_was_fetched(
    connect: Connect, tmp_path: Path
) -> None:
    api = Api()
    for n in range(250):
        api.add(f"c{n}")
    fails = True

    def answer(request: httpx.Request) -> httpx.Response:
        if fails and int(request.url.params.get("offset", 0)) > 150:
            return httpx.Response(404)
        return api(request)

    client = connect(transport=httpx.MockTransport(answer), max_retries=0)
    with pytest.raises(APIError):
        export_with(client, tmp_path / "calls", details=True)
    had = api.asked["detail"]
    fails = False
    assert export_with(client, tmp_path / "calls", details=True).conversations == 250
    assert 100 < had < 250
    assert api.asked["detail"] < 250 + 2 * 16


class Crash(BaseException):
    """The end of the process, as far as a test can have it."""


def dies_before(patch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
    def die(*_: object, **__: object) -> None:
        raise Crash

    patch.setattr(owner, name, die)


def dies_after_moving(patch: pytest.MonkeyPatch) -> None:
    move = Path.replace

    def move_and_die(path: Path, target: Path) -> None:
        move(path, target)
        raise Crash

    patch.setattr(Path, "replace", move_and_die)


DEATHS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "before the file is written": lambda patch: dies_before(patch, ExportDirectory, "_write_part"),
    "before the file counts": lambda patch: dies_before(patch, os, "fsync"),
    "before it is moved": lambda patch: dies_before(patch, Path, "replace"),
    "after it was moved": dies_after_moving,
    "before the ledger shrinks": lambda patch: dies_before(patch, StateStore, "shrink"),
}


@pytest.mark.parametrize("death", DEATHS.values(), ids=DEATHS)
def test_a_run_that_dies_while_it_finishes_is_finished_by_the_next(
    run: Export,
    calls: Api,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    death: Callable[[pytest.MonkeyPatch], None],
) -> None:
    run(details=True)
    calls.add("new")
    with monkeypatch.context() as patch:
        death(patch)
        with pytest.raises(Crash):
            run(details=True)
    run(details=True)
    assert ids(tmp_path) == ["new", "c4", "c3", "c2", "c1", "c0"]
    assert calls.asked["detail"] == 6
    files = {path.name for path in (tmp_path / "calls").iterdir()}
    assert files == {"conversations.jsonl", "export.sqlite"}


ODD: dict[str, dict[str, Any]] = {
    "a number beyond all bounds": {"totalDuration": 10**400},
    "a time before all times": {"startedAt": "0001-01-01T00:00:00+01:00"},
    "a time after all times": {"startedAt": "9999-12-31T23:59:59-01:00"},
    "turns that are none": {"turns": 12},
    "turns of another kind": {"turns": [1, 2]},
    "metrics that are none": {"metrics": True},
}


@pytest.mark.parametrize("fields", ODD.values(), ids=ODD)
def test_an_odd_value_is_null_in_the_tables_and_spoils_nothing(
    run: Export, calls: Api, tmp_path: Path, fields: dict[str, Any]
) -> None:
    calls.add("odd", **fields)
    run(format="parquet")
    table = parquet.read_table(tmp_path / "calls" / "conversations.parquet").to_pylist()
    assert [row["conversation_id"] for row in table] == list(calls.conversations)
    assert (table[0]["total_duration"], table[0]["started_at"]) == (None, None)


def test_later_runs_renew_the_tables(run: Export, calls: Api, tmp_path: Path) -> None:
    run(format="parquet")
    calls.add("new")
    report = run()
    table = parquet.read_table(tmp_path / "calls" / "conversations.parquet")
    assert table["conversation_id"].to_pylist() == ids(tmp_path)
    assert len(report.files) == 3


def test_half_a_character_in_a_failure_or_an_id_does_not_end_the_export(
    connect: Connect, tmp_path: Path
) -> None:
    api = Api()
    api.add("half \ud800", audioUrl="https://…")
    api.add("gone")

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("gone"):
            return httpx.Response(404, content=b'{"error_message": "no \\ud800"}')
        return api(request)

    client = connect(transport=httpx.MockTransport(answer), max_retries=0)
    for _ in range(2):
        report = export_with(client, tmp_path / "calls", details=True, audio="combined")
        reasons = {each.conversation_id: each.reason for each in report.failures}
        assert set(reasons) == {"gone", "half \ud800"}
        assert "no \\ud800" in reasons["gone"]
        assert "lone surrogate" in reasons["half \ud800"]


def test_an_empty_name_is_not_the_working_directory(client: ConversationsClient) -> None:
    with pytest.raises(ValueError, match="directory must not be empty"):
        export_with(client, "")  # type: ignore[arg-type]


@pytest.fixture
def full_disk() -> Iterator[Callable[[int], None]]:
    """Let no file grow beyond so many bytes, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("room", [0, 5_000, 60_000, 150_000])
def test_a_full_disk_is_an_error_and_loses_nothing(
    connect: Connect, tmp_path: Path, full_disk: Callable[[int], None], room: int
) -> None:
    api = Api()
    for n in range(200):
        api.add(f"c{n}", note="x" * 900)
    client = connect(transport=httpx.MockTransport(api))
    full_disk(room)
    with pytest.raises((ExportError, OSError)) as caught:
        export_with(client, tmp_path / "calls", details=True)
    full_disk(resource.RLIM_INFINITY)
    assert isinstance(caught.value, OSError) or "is the disk full" in str(caught.value)
    export_with(client, tmp_path / "calls", details=True)
    assert ids(tmp_path) == list(api.conversations)


def test_errors_of_an_export_are_of_the_packages_kind() -> None:
    assert issubclass(ExportError, ConversationsError)
