"""Where recordings are stored: local folders, S3, and file systems that can only move files."""

from __future__ import annotations

import math
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import fsspec
import pytest
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem
from moto.server import ThreadedMotoServer
from s3fs import S3FileSystem

from polyai_conversations.spark.recordings import RecordingStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MEBIBYTE = 2**20


@pytest.fixture(scope="module")
def s3_port() -> Iterator[int]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    yield server.get_host_and_port()[1]
    server.stop()


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch, s3_port: int) -> str:
    use_s3(monkeypatch, s3_port)
    files = fsspec.filesystem("s3", skip_instance_cache=True)
    files.makedirs("lake", exist_ok=True)
    return "s3://lake/audio"


def use_s3(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    fsspec.filesystem("s3").clear_instance_cache()


@pytest.fixture(params=["folder", "memory", "s3"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "s3":
        return str(request.getfixturevalue("s3"))
    return str(tmp_path / "audio") if request.param == "folder" else "memory://audio"


def test_a_recording_is_found_under_its_address_once_it_is_stored(address: str) -> None:
    store = RecordingStore(address, "user", redacted=True)
    path = store.path("PROJECT A/1", "CA:1")
    assert not store.exists(path)
    store.save(path, b"RIFF" + bytes(MEBIBYTE))
    assert store.exists(path)
    assert store.path("PROJECT A/1", "CA:1") == path
    with fsspec.open(store.address(path), "rb") as file:
        assert file.read() == b"RIFF" + bytes(MEBIBYTE)
    files = fsspec.core.url_to_fs(address)[0]
    assert len(files.find(path.rpartition("/")[0])) == 1, "nothing else is left"


def test_agents_and_conversations_never_share_a_path(tmp_path: Path) -> None:
    store = RecordingStore(str(tmp_path), "combined", redacted=False)
    ids = ("a", "A", "a/b", "a%2Fb", "b", "..", "a.b")
    paths = {store.path(agent, its_id).lower() for agent in ids for its_id in ids}
    assert len(paths) == len(ids) ** 2


def test_a_disk_that_is_full_leaves_no_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("polyai_conversations.spark.recordings.sync_file", fail)
    store = RecordingStore(str(tmp_path), "combined", redacted=False)
    with pytest.raises(OSError, match="No space left"):
        store.save(store.path("a", "c"), b"RIFF")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("files", [LocalFileSystem, MemoryFileSystem])
def test_a_write_that_breaks_leaves_nothing_under_the_recordings_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, files: type
) -> None:
    """The file system stores half of what it is given, as a stream does that breaks."""
    address = str(tmp_path) if files is LocalFileSystem else "memory://broken"
    store = RecordingStore(address, "combined", redacted=False)
    path = store.path("a", "c")
    pipe_file = MemoryFileSystem.pipe_file

    def pipe_half(self: MemoryFileSystem, path: str, value: bytes, **options: object) -> None:
        pipe_file(self, path, value[: len(value) // 2], **options)
        raise OSError("broken")

    def write_half(_: object) -> None:
        raise OSError("broken")

    monkeypatch.setattr(MemoryFileSystem, "pipe_file", pipe_half)
    monkeypatch.setattr("polyai_conversations.spark.recordings.sync_file", write_half)
    with pytest.raises(OSError, match="broken"):
        store.save(path, bytes(MEBIBYTE))
    assert not store.exists(path)


@pytest.mark.parametrize("size", [4 * MEBIBYTE, 101 * MEBIBYTE], ids=["whole", "parts"])
def test_a_request_to_s3_that_breaks_leaves_no_object(
    monkeypatch: pytest.MonkeyPatch, s3: str, s3_port: int, size: int
) -> None:
    """From 100 MiB, s3fs sends parts."""
    monkeypatch.setattr(S3FileSystem, "retries", 2)
    with breaking_proxy(s3_port, after=size // 4) as port:
        use_s3(monkeypatch, port)
        broken = RecordingStore(s3, "combined", redacted=False)
        path = broken.path("a", f"broken-{size}")
        with pytest.raises(Exception, match=r"."):
            broken.save(path, bytes(size))
    use_s3(monkeypatch, s3_port)
    store = RecordingStore(s3, "combined", redacted=False)
    assert not store.exists(path)
    store.save(path, bytes(size))
    assert store.exists(path)


class breaking_proxy:  # noqa: N801 - used like a function
    """Forwards connections to a port, and closes each after a number of bytes was sent to it."""

    def __init__(self, port: int, after: int) -> None:
        self._port = port
        self._after = after
        self._listener = socket.create_server(("127.0.0.1", 0))

    def __enter__(self) -> int:
        threading.Thread(target=self._accept, daemon=True).start()
        return int(self._listener.getsockname()[1])

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._port))
            for source, target, limit in (
                (client, server, self._after),
                (server, client, math.inf),
            ):
                threading.Thread(target=forward, args=(source, target, limit), daemon=True).start()


def forward(source: socket.socket, target: socket.socket, limit: float) -> None:
    with suppress(OSError):
        while limit > 0 and (data := source.recv(65_536)):
            target.sendall(data)
            limit -= len(data)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
