"""Saving many recordings: all that can be had, under names that never meet."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import string
import threading
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_conversations import (
    AsyncConversationsClient,
    AuthenticationError,
    ConversationsClient,
    IncompleteRecordingError,
    NotAWavError,
    NotFoundError,
    SavedRecording,
)
from polyai_conversations._audio.filenames import safe_filename
from polyai_conversations.sandbox import Sandbox
from wav_factory import wav

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from clients import Connect

FILE = wav(bytes(range(256)) * 40)
BAD_BODIES = {"page": b"<html>", "empty": b"", "short": FILE[:-9]}


def recording_of(request: httpx.Request) -> httpx.Response:
    """Answer by the conversation's id."""
    name = request.url.path.split("/")[-2]
    if name in BAD_BODIES:
        return httpx.Response(200, content=BAD_BODIES[name])
    return httpx.Response(404) if name == "gone" else httpx.Response(200, content=FILE)


@pytest.fixture
def client(connect: Connect) -> ConversationsClient:
    return connect(transport=httpx.MockTransport(recording_of), max_retries=0)


def test_what_can_be_had_is_saved_and_the_rest_is_reported(
    client: ConversationsClient, tmp_path: Path
) -> None:
    ids = ["one", "gone", "page", "two", "empty", "short", "", "three"]
    report = client.save_audio_batch(ids, tmp_path / "new" / "folder", concurrency=3)
    assert list(report.saved) == ["one", "two", "three"], "in the order of the ids"
    assert all(saved.path.read_bytes() == FILE for saved in report.saved.values())
    assert {name: type(error) for name, error in report.failed.items()} == {
        "gone": NotFoundError,
        "page": NotAWavError,
        "empty": NotAWavError,
        "short": IncompleteRecordingError,
        "": ValueError,
    }
    files = [path.name for path in (tmp_path / "new" / "folder").iterdir()]
    assert sorted(files) == ["one.wav", "three.wav", "two.wav"]


def test_files_that_are_there_whole_are_left_alone(
    client: ConversationsClient, tmp_path: Path
) -> None:
    (tmp_path / "one.wav").write_bytes(wav(b"mine"))
    (tmp_path / "two.wav").write_bytes(FILE[:100])
    (tmp_path / "three.wav").write_bytes(b"")
    report = client.save_audio_batch(["one", "two", "three"], tmp_path)
    assert report.skipped == {"one": tmp_path / "one.wav"}
    assert list(report.saved) == ["two", "three"]
    assert (tmp_path / "one.wav").read_bytes() == wav(b"mine")
    assert (tmp_path / "two.wav").read_bytes() == FILE


def test_each_outcome_is_told_as_it_comes(client: ConversationsClient, tmp_path: Path) -> None:
    told: dict[str, Any] = {}
    report = client.save_audio_batch(["one", "gone"], tmp_path, on_result=told.__setitem__)
    assert told == report.saved | report.failed


def test_an_id_given_twice_is_saved_once(client: ConversationsClient, tmp_path: Path) -> None:
    report = client.save_audio_batch(["one", "one"], tmp_path, concurrency=2)
    assert (list(report.saved), report.skipped, report.failed) == (["one"], {}, {})


NAMES = {
    ("combined", False): "id.wav",
    ("user", False): "id.user.wav",
    ("combined", True): "id.redacted.wav",
    ("agent", True): "id.agent.redacted.wav",
}


@pytest.mark.parametrize(("direction", "redacted"), NAMES)
def test_the_name_tells_what_is_heard(
    client: ConversationsClient, tmp_path: Path, direction: Any, redacted: Any
) -> None:
    report = client.save_audio_batch(["id"], tmp_path, direction, redacted=redacted)
    assert report.saved["id"].path == tmp_path / NAMES[direction, redacted]


def test_a_bad_key_ends_the_batch(connect: Connect, tmp_path: Path) -> None:
    asked: list[str] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(401)

    client = connect(transport=httpx.MockTransport(refuse))
    with pytest.raises(AuthenticationError):
        client.save_audio_batch((str(n) for n in range(1000)), tmp_path, concurrency=2)
    assert len(asked) < 10


def test_a_bad_key_ends_the_batch_though_a_recording_waits_to_be_tried_again(
    connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("polyai_conversations.retries.backoff", lambda _: 60.0)

    def answer(request: httpx.Request) -> httpx.Response:
        if "first" in request.url.path:
            return httpx.Response(200, content=FILE[:-9])
        return httpx.Response(401)

    client = connect(transport=httpx.MockTransport(answer), max_retries=1)
    started = time.monotonic()
    with pytest.raises(AuthenticationError):
        client.save_audio_batch(["first", "second"], tmp_path, concurrency=2)
    assert time.monotonic() - started < 30


def test_one_error_of_a_batch_is_told_once(tmp_path: Path) -> None:
    told: list[object] = []

    async def run() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, what: told.append(what))
        async with AsyncConversationsClient(
            api_key="key",
            agent_id="agent",
            region="us",
            transport=httpx.MockTransport(lambda _: httpx.Response(401)),
        ) as client:
            with pytest.raises(AuthenticationError):
                await client.save_audio_batch(map(str, range(50)), tmp_path)
        gc.collect()

    asyncio.run(run())
    assert told == []


BAD: dict[str, Callable[[Any, Path], object]] = {
    "concurrency must be at least 1": lambda c, at: c.save_audio_batch([], at, concurrency=0),
    "direction must be one of": lambda c, at: c.save_audio_batch([], at, "both"),
    "redacted must be True or False": lambda c, at: c.save_audio_batch([], at, redacted=1),
    "ids must be a list of ids, even of one": lambda c, at: c.save_audio_batch("id", at),
    "directory must not be empty": lambda c, _: c.save_audio_batch([], ""),
    "ids must hold ids or conversations": lambda c, at: c.save_audio_batch([7], at),
}


@pytest.mark.parametrize("message", BAD)
def test_bad_arguments_are_refused(
    client: ConversationsClient, tmp_path: Path, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        BAD[message](client, tmp_path)


def test_a_folder_that_cannot_be_written_ends_the_batch(
    client: ConversationsClient, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match="file"):
        client.save_audio_batch(["one"], tmp_path / "file")


def test_the_sandboxs_pager_may_be_given(tmp_path: Path) -> None:
    with Sandbox(conversations=60, seed=7) as sandbox:
        settings: dict[str, Any] = {
            "api_key": sandbox.api_key,
            "agent_id": sandbox.agent_id,
            "base_url": sandbox.url,
        }
        with ConversationsClient(**settings) as client:
            report = client.save_audio_batch(client.list_conversations(page_size=9), tmp_path)

        async def again() -> Any:
            async with AsyncConversationsClient(**settings) as client:
                return await client.save_audio_batch(client.list_conversations(), tmp_path)

        anew = asyncio.run(again())
        recorded = [row["conversationId"] for row in sandbox.store.page(60, 0) if row["audioUrl"]]
    assert list(report.saved) == recorded == list(anew.skipped)
    assert len(report.failed) == 60 - len(recorded)
    assert {type(error) for error in report.failed.values()} == {NotFoundError}


def test_no_more_than_so_many_are_under_way(connect: Connect, tmp_path: Path, kind: str) -> None:
    under_way, most = 0, 0
    lock = threading.Lock()

    def enter(step: int) -> None:
        nonlocal under_way, most
        with lock:
            under_way += step
            most = max(most, under_way)

    def slowly(_: httpx.Request) -> httpx.Response:
        enter(1)
        threading.Event().wait(0.01)
        enter(-1)
        return httpx.Response(200, content=FILE)

    async def aslowly(_: httpx.Request) -> httpx.Response:
        enter(1)
        await asyncio.sleep(0.01)
        enter(-1)
        return httpx.Response(200, content=FILE)

    client = connect(transport=httpx.MockTransport(slowly if kind == "sync" else aslowly))
    report = client.save_audio_batch(map(str, range(40)), tmp_path, concurrency=4)
    assert (len(report.saved), most) == (40, 4)


def test_an_iterable_is_read_no_further_than_needed(
    client: ConversationsClient, tmp_path: Path
) -> None:
    read = 0
    furthest: list[int] = []

    def ids() -> Iterator[str]:
        nonlocal read
        for n in range(100):
            read += 1
            yield str(n)

    client.save_audio_batch(
        ids(), tmp_path, concurrency=2, on_result=lambda *_: furthest.append(read)
    )
    assert furthest[0] <= 4


class Stop(Exception):  # noqa: N818 - what a user's callback raises
    pass


def test_an_error_in_the_callback_ends_what_is_under_way(connect: Connect, tmp_path: Path) -> None:
    with Sandbox(conversations=40, seed=7, recording_mib=8, latency=0.01) as sandbox:
        client = connect(
            api_key=sandbox.api_key, agent_id=sandbox.agent_id, region=None, base_url=sandbox.url
        )

        def stop(*_: object) -> None:
            raise Stop

        ids = [row["conversationId"] for row in sandbox.store.page(40, 0)]
        with pytest.raises(Stop):
            client.save_audio_batch(ids, tmp_path, concurrency=4, on_result=stop)
        assert not [t for t in threading.enumerate() if t.name.startswith("conversations")]
        assert len(list(tmp_path.glob("*.wav"))) < 12


def test_a_source_that_fails_raises_its_error_and_keeps_what_was_saved(
    client: ConversationsClient, tmp_path: Path
) -> None:
    def ids() -> Iterator[str]:
        yield from (str(n) for n in range(20))
        raise Stop

    with pytest.raises(Stop):
        client.save_audio_batch(ids(), tmp_path, concurrency=2)
    assert len(list(tmp_path.glob("*.wav"))) >= 16


def test_a_cancelled_batch_leaves_nothing_under_way(tmp_path: Path) -> None:
    async def run(sandbox: Sandbox) -> list[asyncio.Task[Any]]:
        async with AsyncConversationsClient(
            api_key=sandbox.api_key, agent_id=sandbox.agent_id, base_url=sandbox.url
        ) as client:
            some = asyncio.Event()
            batch = asyncio.create_task(
                client.save_audio_batch(
                    client.list_conversations(), tmp_path, on_result=lambda *_: some.set()
                )
            )
            await some.wait()
            batch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await batch
            return [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]

    with Sandbox(conversations=200, seed=7, latency=0.01) as sandbox:
        assert asyncio.run(run(sandbox)) == []


PLAIN = string.ascii_lowercase + string.digits + "-_"


@given(st.text(PLAIN, min_size=1, max_size=99))
def test_plain_ids_are_their_own_names(name: str) -> None:
    assert safe_filename(name) in {name, f"%{ord(name[0]):02X}{name[1:]}"}


STEMS = {
    "CAfe01": "CAfe01~3",
    "../../etc/passwd": "%2E%2E%2F%2E%2E%2Fetc%2Fpasswd",
    "a b": "a%20b",
    "nul": "%6Eul",
    "COM7": "%43OM7~7",
    "é": "%C3%A9",
    "a.user": "a%2Euser",
    "a~3": "a%7E3",
}


@pytest.mark.parametrize(("name", "stem"), STEMS.items())
def test_other_ids_are_written_so_that_no_file_system_minds(name: str, stem: str) -> None:
    assert safe_filename(name) == stem


anything = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300)
alike = st.text("aA~%.bB2", min_size=1, max_size=6)


@given(st.tuples(anything, anything) | st.tuples(alike, alike))
def test_two_ids_never_share_a_file(names: tuple[str, str]) -> None:
    stems = [safe_filename(name).casefold() for name in names]
    assert (stems[0] == stems[1]) == (names[0] == names[1])


@given(anything)
def test_a_name_stays_in_its_folder_and_fits_any_file_system(name: str) -> None:
    stem = safe_filename(name)
    assert len(stem) <= 150
    assert set(stem) <= {*string.ascii_letters, *string.digits, *"-_%~"}


def test_what_was_saved_is_told_with_its_hash(client: ConversationsClient, tmp_path: Path) -> None:
    saved = client.save_audio_batch(["one"], tmp_path).saved["one"]
    assert isinstance(saved, SavedRecording)
    assert (saved.bytes, len(saved.sha256)) == (len(FILE), 64)
