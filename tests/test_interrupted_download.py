"""A `save_audio` that a kill, a full disk, Ctrl-C or a cancellation interrupts at any point.

Whatever a save leaves behind, the next one must produce the server's file, byte for byte. The
recordings are random bytes, so a hole, a repeated block or a splice of two recordings shows.
"""

from __future__ import annotations

import asyncio
import errno
import itertools
import json
import os
import random
import resource
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import attrs
import httpx
import pytest

from clients import no_delays
from line_tracer import before_each_line, before_line
from polyai_conversations import (
    AsyncConversationsClient,
    ConversationsClient,
    IncompleteRecordingError,
    _files,
)
from polyai_conversations._async import recording as async_recording
from polyai_conversations._sync import recording as sync_recording
from recording_server import RecordingServer, etag_of
from wav_factory import wav

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import ModuleType

    from clients import Connect

    Files = dict[str, bytes]

MEBIBYTE = 2**20
STORAGE: list[ModuleType] = [_files]
PARTIAL, METADATA, LOCK = ".call.wav.part", ".call.wav.part.json", ".call.wav.lock"


def random_wav(seed: int, size: int) -> bytes:
    return wav(random.Random(seed).randbytes(size))


FILE = random_wav(1, 2_500_000)
LONGER = random_wav(2, 2_900_000)
SHORT = random_wav(3, 5000)
FILES_BY_ETAG = {etag_of(file): file for file in (FILE, LONGER, SHORT)}


@attrs.frozen
class Scenario:
    """What is on the disk before a save, and what the server does meanwhile.

    Attributes:
        file: The recording that the server has.
        earlier: The recording of an earlier, interrupted save, of which a partial file is left.
        breaks_at: The bytes of the file at which the server's responses break off.

    """

    file: bytes = FILE
    earlier: bytes | None = None
    breaks_at: tuple[int, ...] = ()


SCENARIOS = {
    "nothing to resume": Scenario(),
    "the connection breaks": Scenario(breaks_at=(1_300_000,)),
    "resumes an earlier save": Scenario(earlier=FILE),
    "a longer recording was saved before": Scenario(earlier=LONGER),
    "a short one replaces a longer one": Scenario(SHORT, earlier=LONGER),
}


@pytest.fixture(params=SCENARIOS.values(), ids=list(SCENARIOS))
def scenario(request: pytest.FixtureRequest) -> Scenario:
    scenario: Scenario = request.param
    return scenario


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "call.wav"


@pytest.fixture
def server() -> RecordingServer:
    return RecordingServer(FILE)


@pytest.fixture
def client(connect: Connect, server: RecordingServer) -> ConversationsClient:
    return connect(transport=httpx.MockTransport(server))


@pytest.fixture
def sync_client(server: RecordingServer) -> Iterator[ConversationsClient]:
    with ConversationsClient(
        api_key="key",
        agent_id="agent",
        region="us",
        transport=httpx.MockTransport(server),
        retry_policy=no_delays(4),
    ) as client:
        yield client


@pytest.fixture
def files_before(
    scenario: Scenario, sync_client: ConversationsClient, server: RecordingServer, target: Path
) -> Files:
    """Return the files that an earlier save has left."""
    if scenario.earlier is not None:
        server.file, server.breaks_at = scenario.earlier, [1_500_000] * 5
        with pytest.raises(IncompleteRecordingError):
            sync_client.save_audio("id", target)
        assert (target.parent / PARTIAL).stat().st_size == 1_500_000
    return files_in(target.parent)


def files_in(directory: Path) -> Files:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def write_files(directory: Path, files: Files) -> None:
    for path in directory.iterdir():
        path.unlink()
    for name, content in files.items():
        (directory / name).write_bytes(content)


def check_partial_file(directory: Path) -> None:
    """Check that the partial file is the beginning of the recording that its metadata names."""
    files = files_in(directory)
    metadata = json.loads(files.get(METADATA) or "{}")
    if metadata:
        assert FILES_BY_ETAG[metadata["validator"]].startswith(files.get(PARTIAL, b""))


def check_next_save(client: ConversationsClient, server: RecordingServer, target: Path) -> None:
    server.breaks_at = []
    client.save_audio("id", target)
    assert target.read_bytes() == server.file
    assert list(files_in(target.parent)) == [target.name]


def test_a_kill_at_any_point_does_not_spoil_the_next_save(
    client: ConversationsClient,
    server: RecordingServer,
    target: Path,
    scenario: Scenario,
    files_before: Files,
) -> None:
    """A process that is killed leaves the files as they are at that moment."""
    write_files(target.parent, files_before)
    server.file, server.breaks_at = scenario.file, list(scenario.breaks_at)
    snapshots: list[Files] = []

    def take_snapshot() -> None:
        if (files := files_in(target.parent)) not in snapshots:
            snapshots.append(files)

    with before_each_line(STORAGE, take_snapshot):
        client.save_audio("id", target)
    assert len(snapshots) >= 5
    for files in snapshots:
        assert files.get(target.name, scenario.file) == scenario.file
        for next_file in (scenario.file, LONGER, SHORT):
            write_files(target.parent, files)
            server.file = next_file
            check_next_save(client, server, target)


# Between opening a file and entering its `with` block, only the garbage collector can close it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_ctrl_c_at_any_point_does_not_spoil_the_next_save(
    sync_client: ConversationsClient,
    server: RecordingServer,
    target: Path,
    scenario: Scenario,
    files_before: Files,
) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    for line in itertools.count(1):
        write_files(target.parent, files_before)
        server.file, server.breaks_at = scenario.file, list(scenario.breaks_at)
        with suppress(KeyboardInterrupt), before_line(line, [sync_recording, *STORAGE], interrupt):
            sync_client.save_audio("id", target)
            break
        check_partial_file(target.parent)
        check_next_save(sync_client, server, target)
    assert line > 50


def test_a_cancellation_at_any_point_does_not_spoil_the_next_save(
    sync_client: ConversationsClient,
    server: RecordingServer,
    target: Path,
    scenario: Scenario,
    files_before: Files,
) -> None:
    async def cancel_before(line: int) -> bool:
        """Return whether the save was cancelled before it ended."""
        loop = asyncio.get_running_loop()
        async with AsyncConversationsClient(
            api_key="key",
            agent_id="agent",
            region="us",
            transport=httpx.MockTransport(server),
            retry_policy=no_delays(4),
        ) as client:
            saving = asyncio.create_task(client.save_audio("id", target))

            def cancel() -> None:
                loop.call_soon_threadsafe(saving.cancel)
                if threading.current_thread() is not threading.main_thread():
                    time.sleep(0.002)  # the disk is still busy when the task is cancelled

            with before_line(line, [async_recording, *STORAGE], cancel):
                await asyncio.wait([saving])
            return saving.cancelled()

    for line in itertools.count(1):
        write_files(target.parent, files_before)
        server.file, server.breaks_at = scenario.file, list(scenario.breaks_at)
        if not asyncio.run(cancel_before(line)):
            break
        assert LOCK not in files_in(target.parent)
        check_partial_file(target.parent)
        check_next_save(sync_client, server, target)
    assert line > 50


def test_ctrl_c_keeps_the_bytes_that_have_arrived(
    sync_client: ConversationsClient, server: RecordingServer, target: Path
) -> None:
    def press_ctrl_c(received: int, _: int | None) -> None:
        if received > 2_000_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sync_client.save_audio("id", target, on_progress=press_ctrl_c)
    assert (target.parent / PARTIAL).read_bytes() == FILE[:2_400_000]
    check_next_save(sync_client, server, target)
    assert server.requests[-1].headers["range"] == "bytes=2400000-"


@pytest.fixture
def limit_file_size() -> Iterator[Callable[[int], None]]:
    """Let no file grow beyond a number of bytes, as if the disk were full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("room", [0, 10, 150, 3000, MEBIBYTE, 1_500_001, len(FILE) - 1])
def test_a_full_disk_does_not_spoil_the_next_save(
    client: ConversationsClient,
    server: RecordingServer,
    target: Path,
    scenario: Scenario,
    files_before: Files,
    limit_file_size: Callable[[int], None],
    room: int,
) -> None:
    write_files(target.parent, files_before)
    server.file, server.breaks_at = scenario.file, list(scenario.breaks_at)
    limit_file_size(min(room, len(scenario.file) - 1))
    with pytest.raises(OSError, match="File too large"):
        client.save_audio("id", target)
    limit_file_size(resource.RLIM_INFINITY)
    assert target.name not in files_in(target.parent)
    check_partial_file(target.parent)
    check_next_save(client, server, target)


def test_a_disk_that_is_full_only_when_it_is_flushed_does_not_spoil_the_next_save(
    client: ConversationsClient,
    server: RecordingServer,
    target: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full_disk:
        full_disk.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="No space left"):
            client.save_audio("id", target)
    assert target.name not in files_in(target.parent)
    check_next_save(client, server, target)
