"""Saving many recordings with `save_audio_batch`."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import re
import threading
import time
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import httpx
import pytest

from polyai_conversations import (
    AsyncConversationsClient,
    AuthenticationError,
    ConversationsClient,
    FileBusyError,
    IncompleteRecordingError,
    NotAWavError,
    NotFoundError,
    RetryPolicy,
    SavedRecording,
)
from polyai_conversations._files import open_partial_file
from polyai_conversations.models import ConversationSummaryResponse, GetConversationsResponse
from polyai_conversations.sandbox import Sandbox
from polyai_conversations.views import view
from wav_factory import wav

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from clients import Connect

FILE = wav(bytes(range(256)) * 40)
BAD_BODIES = {"html": b"<html>", "empty": b"", "short": FILE[:-9]}


def respond(request: httpx.Request) -> httpx.Response:
    """Send the recording of a conversation, or a failure that its id names."""
    conversation_id = request.url.path.split("/")[-2]
    if conversation_id == "missing":
        return httpx.Response(404)
    return httpx.Response(200, content=BAD_BODIES.get(conversation_id, FILE))


@pytest.fixture
def client(connect: Connect) -> ConversationsClient:
    return connect(transport=httpx.MockTransport(respond), max_retries=0)


def test_a_failed_recording_does_not_stop_the_others(
    client: ConversationsClient, tmp_path: Path
) -> None:
    ids = ["one", "missing", "html", "two", "empty", "short", "", "three"]
    directory = tmp_path / "new" / "directory"
    batch = client.save_audio_batch(ids, directory, concurrency=3)
    assert list(batch.saved) == ["one", "two", "three"], "they are not in the order of the ids"
    assert all(saved.path.read_bytes() == FILE for saved in batch.saved.values())
    assert {name: type(error) for name, error in batch.failed.items()} == {
        "missing": NotFoundError,
        "html": NotAWavError,
        "empty": NotAWavError,
        "short": IncompleteRecordingError,
        "": ValueError,
    }
    files = sorted(path.name for path in directory.iterdir())
    assert files == ["one.wav", "three.wav", "two.wav"]


def test_calls_in_progress_have_no_recording_yet_and_do_not_count_as_failures(
    client: ConversationsClient, tmp_path: Path
) -> None:
    ids = {"accountId": "a", "projectId": "p"}
    calls = [
        ConversationSummaryResponse.from_dict(
            ids | {"conversationId": name, "inProgress": progress}
        )
        for name, progress in [("missing", True), ("has-ended-since", True), ("empty", True)]
    ]
    report = client.save_audio_batch(calls, tmp_path)
    assert report.in_progress == ("missing",)
    assert report.saved.keys() == {"has-ended-since"}
    assert report.failed.keys() == {"empty"}
    assert client.save_audio_batch(["missing"], tmp_path).failed.keys() == {"missing"}


def test_only_complete_files_are_skipped(client: ConversationsClient, tmp_path: Path) -> None:
    (tmp_path / "one.wav").write_bytes(wav(b"mine"))
    (tmp_path / "two.wav").write_bytes(FILE[:100])
    (tmp_path / "three.wav").write_bytes(b"")
    batch = client.save_audio_batch(["one", "two", "three"], tmp_path)
    assert batch.skipped == {"one": tmp_path / "one.wav"}
    assert list(batch.saved) == ["two", "three"]
    assert (tmp_path / "one.wav").read_bytes() == wav(b"mine")
    assert (tmp_path / "two.wav").read_bytes() == FILE


def test_a_file_that_is_being_written_is_reported_as_failed(
    client: ConversationsClient, tmp_path: Path
) -> None:
    with open_partial_file(tmp_path / "one.wav", overwrite=True):
        batch = client.save_audio_batch(["one", "two"], tmp_path)
    assert list(batch.saved) == ["two"]
    assert {name: type(error) for name, error in batch.failed.items()} == {"one": FileBusyError}


def test_saved_recordings_are_described(client: ConversationsClient, tmp_path: Path) -> None:
    saved = client.save_audio_batch(["one"], tmp_path).saved["one"]
    assert isinstance(saved, SavedRecording)
    assert (saved.bytes, len(saved.sha256)) == (len(FILE), 64)


def test_on_result_is_called_with_each_result(client: ConversationsClient, tmp_path: Path) -> None:
    results: dict[str, Any] = {}
    batch = client.save_audio_batch(["one", "missing"], tmp_path, on_result=results.__setitem__)
    assert results == batch.saved | batch.failed


def test_recordings_of_views_can_be_saved(client: ConversationsClient, tmp_path: Path) -> None:
    call = view(ConversationSummaryResponse("one", "a", "p"))
    assert set(client.save_audio_batch([call], tmp_path).saved) == {"one"}


def test_a_repeated_id_is_saved_once(client: ConversationsClient, tmp_path: Path) -> None:
    batch = client.save_audio_batch(["one", "one"], tmp_path, concurrency=2)
    assert (list(batch.saved), batch.skipped, batch.failed) == (["one"], {}, {})


NAMES = {
    ("combined", False): "id.wav",
    ("user", False): "id.user.wav",
    ("combined", True): "id.redacted.wav",
    ("agent", True): "id.agent.redacted.wav",
}


@pytest.mark.parametrize(("direction", "redacted"), NAMES)
def test_the_file_name_contains_the_direction_and_redacted(
    client: ConversationsClient, tmp_path: Path, direction: Any, redacted: Any
) -> None:
    batch = client.save_audio_batch(["id"], tmp_path, direction, redacted=redacted)
    assert batch.saved["id"].path == tmp_path / NAMES[direction, redacted]


def test_a_rejected_key_stops_the_batch(connect: Connect, tmp_path: Path) -> None:
    requested: list[str] = []

    def reject(request: httpx.Request) -> httpx.Response:
        requested.append(request.url.path)
        return httpx.Response(401)

    client = connect(transport=httpx.MockTransport(reject))
    with pytest.raises(AuthenticationError):
        client.save_audio_batch((str(n) for n in range(1000)), tmp_path, concurrency=2)
    assert len(requested) < 10


def test_a_rejected_key_stops_the_batch_while_another_recording_waits_for_a_retry(
    connect: Connect, tmp_path: Path
) -> None:
    def reject_all_but_the_first(request: httpx.Request) -> httpx.Response:
        if "first" in request.url.path:
            return httpx.Response(200, content=FILE[:-9])
        return httpx.Response(401)

    client = connect(
        transport=httpx.MockTransport(reject_all_but_the_first),
        retry_policy=RetryPolicy(jitter=lambda _: 60.0),
    )
    started = time.monotonic()
    with pytest.raises(AuthenticationError):
        client.save_audio_batch(["first", "second"], tmp_path, concurrency=2)
    assert time.monotonic() - started < 30


def test_asyncio_reports_no_unhandled_errors_after_a_rejected_key(tmp_path: Path) -> None:
    reports: list[object] = []

    async def save_all() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, report: reports.append(report))
        async with AsyncConversationsClient(
            api_key="key",
            agent_id="agent",
            region="us",
            transport=httpx.MockTransport(lambda _: httpx.Response(401)),
        ) as client:
            with pytest.raises(AuthenticationError):
                await client.save_audio_batch(map(str, range(50)), tmp_path)
        gc.collect()

    asyncio.run(save_all())
    assert reports == []


BAD_ARGUMENTS: dict[str, Callable[[Any, Path], object]] = {
    "concurrency must be at least 1": lambda c, path: c.save_audio_batch([], path, concurrency=0),
    "direction must be one of": lambda c, path: c.save_audio_batch([], path, "both"),
    "redacted must be True or False": lambda c, path: c.save_audio_batch([], path, redacted=1),
    "ids must be a list of ids, even for a single one": lambda c, path: c.save_audio_batch(
        "id", path
    ),
    "directory must not be empty": lambda c, _: c.save_audio_batch([], ""),
    "ids must contain ids or conversations": lambda c, path: c.save_audio_batch([7], path),
    "ids must be a list .*, not GetConversationsResponse: pass page.conversations": (
        lambda c, path: c.save_audio_batch(GetConversationsResponse([], 0, 1, 0), path)
    ),
    r"ids must be a list .*, not ConversationSummaryResponse: pass \[conversation\]": (
        lambda c, path: c.save_audio_batch(ConversationSummaryResponse("c", "a", "p"), path)
    ),
    "ids must be a list or another iterable, not NoneType": (
        lambda c, path: c.save_audio_batch(None, path)
    ),
}


@pytest.mark.parametrize("message", BAD_ARGUMENTS)
def test_bad_arguments_are_refused(
    client: ConversationsClient, tmp_path: Path, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        BAD_ARGUMENTS[message](client, tmp_path)


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_a_file_in_place_of_the_directory_is_refused_before_anything_is_sent(
    connect: Connect, tmp_path: Path, name: str
) -> None:
    server = Mock()
    file = tmp_path / "file"
    file.write_bytes(b"")
    message = re.escape(f"directory must be a directory, but {file} is a file")
    with pytest.raises(ValueError, match=message):
        connect(transport=httpx.MockTransport(server)).save_audio_batch(["one"], tmp_path / name)
    assert not server.called


def test_ids_that_were_not_awaited_are_refused(client: ConversationsClient, tmp_path: Path) -> None:
    async def list_page() -> None: ...

    ids: Any = list_page()
    with pytest.raises(ValueError, match="another iterable, not coroutine: await it first"):
        client.save_audio_batch(ids, tmp_path)
    ids.close()


def test_a_directory_that_cannot_be_created_stops_the_batch(
    client: ConversationsClient, tmp_path: Path
) -> None:
    with pytest.raises(OSError, match="xxx"):
        client.save_audio_batch(["one"], tmp_path / ("x" * 1_000))


def test_ids_can_be_a_pager(tmp_path: Path) -> None:
    with Sandbox(conversations=30, seed=7) as sandbox:
        settings: dict[str, Any] = {
            "api_key": sandbox.api_key,
            "agent_id": sandbox.agent_id,
            "base_url": sandbox.url,
        }
        with ConversationsClient(**settings) as client:
            first = client.save_audio_batch(client.list_conversations(page_size=9), tmp_path)

        async def save_again() -> Any:
            async with AsyncConversationsClient(**settings) as client:
                return await client.save_audio_batch(client.list_conversations(), tmp_path)

        second = asyncio.run(save_again())
        recorded = [
            row["conversationId"]
            for row in sandbox.store.page(30, 0)
            if sandbox.store.detail(row["conversationId"])["audioUrl"]
        ]
    assert list(first.saved) == recorded == list(second.skipped)
    assert len(first.failed) + len(first.in_progress) == 30 - len(recorded)
    assert {type(error) for error in first.failed.values()} == {NotFoundError}


def test_concurrency_limits_the_requests_under_way(
    connect: Connect, tmp_path: Path, kind: str
) -> None:
    under_way, most = 0, 0
    lock = threading.Lock()

    def count(step: int) -> None:
        nonlocal under_way, most
        with lock:
            under_way += step
            most = max(most, under_way)

    def respond_late(_: httpx.Request) -> httpx.Response:
        count(1)
        time.sleep(0.01)
        count(-1)
        return httpx.Response(200, content=FILE)

    async def async_respond_late(_: httpx.Request) -> httpx.Response:
        count(1)
        await asyncio.sleep(0.01)
        count(-1)
        return httpx.Response(200, content=FILE)

    respond = respond_late if kind == "sync" else async_respond_late
    client = connect(transport=httpx.MockTransport(respond))
    batch = client.save_audio_batch(map(str, range(40)), tmp_path, concurrency=4)
    assert (len(batch.saved), most) == (40, 4)


def test_ids_are_read_only_as_they_are_needed(client: ConversationsClient, tmp_path: Path) -> None:
    read = 0
    read_at_result: list[int] = []

    def ids() -> Iterator[str]:
        nonlocal read
        for n in range(100):
            read += 1
            yield str(n)

    client.save_audio_batch(
        ids(), tmp_path, concurrency=2, on_result=lambda *_: read_at_result.append(read)
    )
    assert read_at_result[0] <= 4


def test_an_error_in_on_result_stops_the_downloads(connect: Connect, tmp_path: Path) -> None:
    with Sandbox(conversations=40, seed=7, recording_mib=8, latency=0.01) as sandbox:
        client = connect(
            api_key=sandbox.api_key, agent_id=sandbox.agent_id, region=None, base_url=sandbox.url
        )

        def fail(*_: object) -> None:
            raise ZeroDivisionError

        ids = [row["conversationId"] for row in sandbox.store.page(40, 0)]
        with pytest.raises(ZeroDivisionError):
            client.save_audio_batch(ids, tmp_path, concurrency=4, on_result=fail)
        threads = [thread.name for thread in threading.enumerate()]
        assert not [name for name in threads if name.startswith("conversations")]
        assert len(list(tmp_path.glob("*.wav"))) < 12


def test_an_error_while_reading_ids_keeps_the_saved_recordings(
    client: ConversationsClient, tmp_path: Path
) -> None:
    def ids() -> Iterator[str]:
        yield from (str(n) for n in range(20))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        client.save_audio_batch(ids(), tmp_path, concurrency=2)
    assert len(list(tmp_path.glob("*.wav"))) >= 16


def test_a_cancelled_batch_leaves_no_tasks_running(tmp_path: Path) -> None:
    async def cancel_after_the_first_result(sandbox: Sandbox) -> set[asyncio.Task[Any]]:
        async with AsyncConversationsClient(
            api_key=sandbox.api_key, agent_id=sandbox.agent_id, base_url=sandbox.url
        ) as client:
            first_result = asyncio.Event()
            saving = asyncio.create_task(
                client.save_audio_batch(
                    client.list_conversations(), tmp_path, on_result=lambda *_: first_result.set()
                )
            )
            await first_result.wait()
            saving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await saving
            return asyncio.all_tasks() - {asyncio.current_task()}

    with Sandbox(conversations=200, seed=7, latency=0.01) as sandbox:
        assert asyncio.run(cancel_after_the_first_result(sandbox)) == set()
