"""Recordings are not written through links that others have planted, nor to URLs."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest

from clients import run_export
from polyai_conversations import IncompleteRecordingError
from wav_factory import wav

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from clients import Connect
    from polyai_conversations import ConversationsClient

FILE: Final = wav(bytes(1000))
ETAG: Final = {"etag": '"e"', "accept-ranges": "bytes"}

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX links and permissions")


@pytest.fixture
def umask() -> Iterator[None]:
    previous = os.umask(0o027)
    yield
    os.umask(previous)


@pytest.fixture
def client(connect: Connect) -> ConversationsClient:
    def respond(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=FILE, headers=ETAG)

    return connect(transport=httpx.MockTransport(respond))


@pytest.mark.parametrize("name", [".call.wav.part", ".call.wav.part.json", ".call.wav.lock"])
@pytest.mark.parametrize("make_link", [os.symlink, os.link], ids=["symbolic", "hard"])
def test_a_planted_link_is_not_followed(
    client: ConversationsClient, tmp_path: Path, name: str, make_link: Callable[..., None]
) -> None:
    victim, directory = tmp_path / "victim", tmp_path / "calls"
    victim.write_bytes(b"precious")
    directory.mkdir()
    make_link(victim, directory / name)
    client.save_audio("id", directory / "call.wav")
    assert victim.read_bytes() == b"precious"
    assert stat.S_IMODE(victim.stat().st_mode) == 0o666 & ~_umask()
    assert (directory / "call.wav").read_bytes() == FILE
    assert [path.name for path in directory.iterdir()] == ["call.wav"]


def test_a_planted_link_to_a_file_that_does_not_exist_creates_none(
    client: ConversationsClient, tmp_path: Path
) -> None:
    (tmp_path / ".call.wav.part").symlink_to(tmp_path / "victim")
    client.save_audio("id", tmp_path / "call.wav")
    assert [path.name for path in tmp_path.iterdir()] == ["call.wav"]


@pytest.mark.usefixtures("umask")
def test_only_the_finished_file_can_be_read_by_others(connect: Connect, tmp_path: Path) -> None:
    bodies = [FILE[:100], FILE[100:]]

    def respond(request: httpx.Request) -> httpx.Response:
        headers = {**ETAG, "content-length": str(len(FILE))}
        if "range" in request.headers:
            headers["content-length"] = str(len(FILE) - 100)
            headers["content-range"] = f"bytes 100-{len(FILE) - 1}/{len(FILE)}"
            return httpx.Response(206, content=bodies[1], headers=headers)
        return httpx.Response(200, content=bodies[0], headers=headers)

    client = connect(transport=httpx.MockTransport(respond), max_retries=0)
    with pytest.raises(IncompleteRecordingError):
        client.save_audio("id", tmp_path / "call.wav")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {".call.wav.part": 0o600, ".call.wav.part.json": 0o600}
    client.save_audio("id", tmp_path / "call.wav")
    assert stat.S_IMODE((tmp_path / "call.wav").stat().st_mode) == 0o640
    assert (tmp_path / "call.wav").read_bytes() == FILE


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


URLS: Final = ["s3://bucket/call", "gs://bucket", "https://me:top-secret@host/x", "file:///tmp/x"]
SAVES: dict[str, Callable[[Any, str], object]] = {
    "save_audio": lambda client, url: client.save_audio("id", url),
    "save_audio_batch": lambda client, url: client.save_audio_batch(["id"], url),
    "export": run_export,  # type: ignore[dict-item]
}


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("save", SAVES.values(), ids=SAVES)
def test_a_url_in_place_of_a_path_is_refused(
    client: ConversationsClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    save: Callable[[Any, str], object],
    url: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"not a URL .*upload it") as caught:
        save(client, url)
    assert "top-secret" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_looks_like_a_drive_is_a_path(
    client: ConversationsClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "C:").mkdir()
    client.save_audio("id", "C:/call.wav")
    assert (tmp_path / "C:" / "call.wav").read_bytes() == FILE
