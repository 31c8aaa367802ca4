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
from typing import TYPE_CHECKING, Any

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
OTHER = random_wav(2, 2_500_000)  # of the same size, so that no size shows a splice
SHORT = random_wav(3, 5000)
FILES_BY_ETAG = {etag_of(file): file for file in (FILE, OTHER, SHORT)}


@attrs.frozen
class Scenario:
    """What is on the disk before a save, and what the server does during it.

    Attributes:
        file: The recording that the server has.
        earlier: The recording of which an earlier, interrupted save has left a partial file.
        breaks_at: The bytes of the file at which the server's responses break off.

    """

    file: bytes = FILE
    earlier: bytes | None = None
    breaks_at: tuple[int, ...] = ()


SCENARIOS = {
    "nothing to resume": Scenario(),
    "the connection breaks": Scenario(breaks_at=(1_300_000,)),
    "resumes an earlier save": Scenario(earlier=FILE),
    "another recording was saved before": Scenario(earlier=OTHER),
    "a short recording replaces another": Scenario(SHORT, earlier=OTHER),
}


@attrs.frozen
class Download:
    """The server's side and the disk's side of a save that can be repeated from the same state."""

    server: RecordingServer
    target: Path
    scenario: Scenario
    files_before: Files

    def reset(self) -> None:
        """Return to the state before the save."""
        self.write_files(self.files_before)
        self.server.file = self.scenario.file
        self.server.breaks_at = list(self.scenario.breaks_at)

    def files(self) -> Files:
        return {path.name: path.read_bytes() for path in self.target.parent.iterdir()}

    def write_files(self, files: Files) -> None:
        for path in self.target.parent.iterdir():
            path.unlink()
        for name, content in files.items():
            (self.target.parent / name).write_bytes(content)

    def check_partial_file(self) -> None:
        """Check that it is the beginning of the recording that its metadata names."""
        files = self.files()
        metadata = json.loads(files.get(METADATA) or "{}")
        if metadata:
            assert FILES_BY_ETAG[metadata["validator"]].startswith(files.get(PARTIAL, b""))

    def check_next_save(self, client: ConversationsClient) -> None:
        """Check that a save produces the server's file and leaves no others behind."""
        self.server.breaks_at = []
        client.save_audio("id", self.target)
        assert self.files() == {self.target.name: self.server.file}


@pytest.fixture
def server() -> RecordingServer:
    return RecordingServer(FILE)


@pytest.fixture
def client(connect: Connect, server: RecordingServer) -> ConversationsClient:
    return connect(transport=httpx.MockTransport(server))


@pytest.fixture
def sync_client(server: RecordingServer) -> Iterator[ConversationsClient]:
    with ConversationsClient(
        api_key="test-key",
        agent_id="PROJECT-TEST",
        region="us",
        transport=httpx.MockTransport(server),
        retry_policy=no_delays(4),
    ) as client:
        yield client


@pytest.fixture(params=SCENARIOS.values(), ids=list(SCENARIOS))
def download(
    request: pytest.FixtureRequest,
    sync_client: ConversationsClient,
    server: RecordingServer,
    tmp_path: Path,
) -> Download:
    scenario: Scenario = request.param
    download = Download(server, tmp_path / "call.wav", scenario, {})
    if scenario.earlier is not None:
        server.file, server.breaks_at = scenario.earlier, [1_500_000] * 5
        with pytest.raises(IncompleteRecordingError):
            sync_client.save_audio("id", download.target)
        assert set(download.files()) == {PARTIAL, METADATA}
    return attrs.evolve(download, files_before=download.files())


def test_a_kill_at_any_point_does_not_spoil_the_next_save(
    client: ConversationsClient, download: Download
) -> None:
    """A process that is killed leaves the files as they are at that moment."""
    snapshots: list[Files] = []

    def take_snapshot() -> None:
        if (files := download.files()) not in snapshots:
            snapshots.append(files)

    download.reset()
    with before_each_line(STORAGE, take_snapshot):
        client.save_audio("id", download.target)
    assert len(snapshots) >= 5
    for files in snapshots:
        assert files.get(download.target.name) in {None, download.scenario.file}
        for next_file in (download.scenario.file, OTHER, SHORT):
            download.write_files(files)
            download.server.file = next_file
            download.check_next_save(client)


# Between opening a file and entering its `with` block, only the garbage collector can close it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_ctrl_c_at_any_point_does_not_spoil_the_next_save(
    sync_client: ConversationsClient, download: Download
) -> None:
    def press_ctrl_c() -> None:
        raise KeyboardInterrupt

    checked: list[Files] = []
    for line in itertools.count(1):
        download.reset()
        with (
            suppress(KeyboardInterrupt),
            before_line(line, [sync_recording, *STORAGE], press_ctrl_c),
        ):
            sync_client.save_audio("id", download.target)
            break
        download.check_partial_file()
        if (files := download.files()) not in checked:
            checked.append(files)
            download.check_next_save(sync_client)
    assert line > 50


def test_a_cancellation_at_any_point_does_not_spoil_the_next_save(
    sync_client: ConversationsClient, download: Download
) -> None:
    async def cancel_before(line: int) -> bool:
        """Return whether the save was cancelled before it ended."""
        loop = asyncio.get_running_loop()
        async with AsyncConversationsClient(
            api_key="test-key",
            agent_id="PROJECT-TEST",
            region="us",
            transport=httpx.MockTransport(download.server),
            retry_policy=no_delays(4),
        ) as client:
            saving = asyncio.create_task(client.save_audio("id", download.target))

            def cancel() -> None:
                loop.call_soon_threadsafe(saving.cancel)
                if threading.current_thread() is not threading.main_thread():
                    time.sleep(0.002)  # the disk is still busy when the task is cancelled

            with before_line(line, [async_recording, *STORAGE], cancel):
                await asyncio.wait([saving])
            if saving.cancelled():
                return True
            await saving
            return False

    checked: list[Files] = []
    for line in itertools.count(1):
        download.reset()
        if not asyncio.run(cancel_before(line)):
            break
        assert LOCK not in download.files()
        download.check_partial_file()
        if (files := download.files()) not in checked:
            checked.append(files)
            download.check_next_save(sync_client)
    assert line > 50


def test_ctrl_c_keeps_the_bytes_that_have_arrived(
    sync_client: ConversationsClient, server: RecordingServer, tmp_path: Path
) -> None:
    def press_ctrl_c(received: int, _: int | None) -> None:
        if received > 2_000_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sync_client.save_audio("id", tmp_path / "call.wav", on_progress=press_ctrl_c)
    assert (tmp_path / PARTIAL).read_bytes() == FILE[:2_400_000]
    sync_client.save_audio("id", tmp_path / "call.wav")
    assert server.requests[-1].headers["range"] == "bytes=2400000-"
    assert (tmp_path / "call.wav").read_bytes() == FILE


@pytest.fixture
def limit_file_size() -> Iterator[Callable[[int], None]]:
    """Let no file grow beyond a number of bytes, as if the disk were full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("room", [0, 10, 150, 3000, MEBIBYTE, 1_500_001, len(FILE) - 1])
def test_a_full_disk_does_not_spoil_the_next_save(
    client: ConversationsClient,
    download: Download,
    limit_file_size: Callable[[int], None],
    room: int,
) -> None:
    download.reset()
    limit_file_size(min(room, len(download.scenario.file) - 1))
    with pytest.raises(OSError, match="File too large"):
        client.save_audio("id", download.target)
    limit_file_size(resource.RLIM_INFINITY)
    assert not download.target.exists()
    download.check_partial_file()
    download.check_next_save(client)


def test_a_full_disk_keeps_the_bytes_that_fit(
    client: ConversationsClient,
    server: RecordingServer,
    tmp_path: Path,
    limit_file_size: Callable[[int], None],
) -> None:
    limit_file_size(2_000_000)
    with pytest.raises(OSError, match="File too large"):
        client.save_audio("id", tmp_path / "call.wav")
    limit_file_size(resource.RLIM_INFINITY)
    client.save_audio("id", tmp_path / "call.wav")
    assert server.requests[-1].headers["range"] == "bytes=2000000-"
    assert (tmp_path / "call.wav").read_bytes() == FILE


def test_an_error_while_flushing_to_the_disk_does_not_spoil_the_next_save(
    client: ConversationsClient, download: Download, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    download.reset()
    with monkeypatch.context() as full_disk:
        full_disk.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="No space left"):
            client.save_audio("id", download.target)
    assert not download.target.exists()
    download.check_partial_file()
    download.check_next_save(client)


def fail_for_directories(call: Callable[..., Any], code: int) -> Callable[..., Any]:
    def called(file: Any, *args: Any) -> Any:
        if os.path.isdir(file):  # noqa: PTH112 - a path or a descriptor
            raise OSError(code, os.strerror(code))
        return call(file, *args)

    return called


UNSYNCABLE_DIRECTORIES = {
    "not readable": ("open", errno.EACCES),
    "on a file system that cannot sync directories": ("fsync", errno.EINVAL),
    "on another such file system": ("fsync", errno.ENOTSUP),
}


@pytest.mark.parametrize(
    ("name", "code"), UNSYNCABLE_DIRECTORIES.values(), ids=UNSYNCABLE_DIRECTORIES
)
def test_a_recording_is_saved_in_a_directory_that_cannot_be_synced(
    client: ConversationsClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    code: int,
) -> None:
    monkeypatch.setattr(os, name, fail_for_directories(getattr(os, name), code))
    assert client.save_audio("id", tmp_path / "call.wav").bytes == len(FILE)
    assert (tmp_path / "call.wav").read_bytes() == FILE
    assert [path.name for path in tmp_path.iterdir()] == ["call.wav"]


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC])
def test_an_error_of_the_disk_while_a_directory_is_synced_is_reported(
    client: ConversationsClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setattr(os, "fsync", fail_for_directories(os.fsync, code))
    with pytest.raises(OSError, match=os.strerror(code)):
        client.save_audio("id", tmp_path / "call.wav")


def test_an_error_while_replacing_the_target_keeps_the_bytes(
    client: ConversationsClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    with monkeypatch.context() as open_elsewhere:
        open_elsewhere.setattr(os, "replace", fail)
        with pytest.raises(PermissionError):
            client.save_audio("id", tmp_path / "call.wav")
    assert (tmp_path / PARTIAL).read_bytes() == FILE
    assert (tmp_path / METADATA).exists()
    client.save_audio("id", tmp_path / "call.wav")
    assert [path.name for path in tmp_path.iterdir()] == ["call.wav"]
