"""Saving a recording with `save_audio`: complete files only, and interruptions are resumed."""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from shutil import SpecialFileError
from typing import TYPE_CHECKING, Any

import pytest

from faulty_server import FaultyServer, hang, respond
from polyai_conversations import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AsyncConversationsClient,
    ConversationsClient,
    FileBusyError,
    IncompleteRecordingError,
    NotAWavError,
    NotFoundError,
)
from polyai_conversations._files import exclusive_lock
from polyai_conversations.sandbox import Sandbox
from wav_factory import wav

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from clients import Connect

    Responder = Callable[[socket.socket], bool]
    Save = Callable[..., Any]

FILE = wav(bytes(range(256)) * 400)
OTHER = wav(bytes(reversed(range(256))) * 400)
ETAG = '"v1"'
BREAK_AT = 40_000
MEBIBYTE = 2**20
UNKNOWN_SIZE = f"bytes {BREAK_AT}-{len(FILE) - 2}/*"
PARTIAL_FILES = [".call.wav.part", ".call.wav.part.json"]


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "call.wav"


@pytest.fixture
def save(connect: Connect, target: Path) -> Save:
    def save(server: FaultyServer, *, max_retries: int = 4, **arguments: Any) -> Any:
        client = connect(region=None, base_url=server.url, max_retries=max_retries)
        return client.save_audio("id", target, **arguments)

    return save


def complete(file: bytes = FILE, **headers: str) -> Responder:
    """Send a whole recording."""
    return respond(200, file, content_type="audio/wav", **headers)


def broken_off(file: bytes = FILE, at: int = BREAK_AT, **headers: str) -> Responder:
    """Announce a whole recording, send its beginning, and close the connection."""
    send = complete(file[:at], content_length=str(len(file)), **headers)

    def send_and_close(connection: socket.socket) -> bool:
        send(connection)
        return False

    return send_and_close


def rest(
    start: int = BREAK_AT, file: bytes = FILE, etag: str = ETAG, claimed_start: int | None = None
) -> Responder:
    """Send what follows the beginning of a recording."""
    first = start if claimed_start is None else claimed_start
    return respond(
        206,
        file[start:],
        content_type="audio/wav",
        etag=etag,
        content_range=f"bytes {first}-{len(file) - 1}/{len(file)}",
    )


def leftovers(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir() if path != target)


def test_save_audio_writes_the_file_and_describes_it(save: Save, target: Path) -> None:
    progress: list[tuple[int, int | None]] = []
    with FaultyServer(complete()) as server:
        saved = save(server, on_progress=lambda *counts: progress.append(counts))
        headers = server.requests[0].headers
    assert target.read_bytes() == FILE
    assert (saved.path, saved.bytes) == (target, len(FILE))
    assert saved.sha256 == hashlib.sha256(FILE).hexdigest()
    assert saved.format.duration == 51_200 / 8000
    assert progress[-1] == (len(FILE), len(FILE))
    assert leftovers(target) == []
    assert headers["accept-encoding"] == "identity"


def test_the_sandbox_saves_what_read_audio_returns(
    connect: Connect, sandbox: Sandbox, target: Path
) -> None:
    client = connect(
        api_key=sandbox.api_key, agent_id=sandbox.agent_id, region=None, base_url=sandbox.url
    )
    conversation_id = next(
        row["conversationId"] for row in sandbox.store.page(100, 0) if row["audioUrl"]
    )
    client.save_audio(conversation_id, target, "agent", redacted=True)
    assert target.read_bytes() == client.read_audio(conversation_id, "agent", redacted=True)


@pytest.fixture(params=[0o022, 0o027, 0o002], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    mask: int = request.param
    previous = os.umask(mask)
    yield mask
    os.umask(previous)


def test_a_new_file_has_the_permissions_of_the_umask(save: Save, target: Path, umask: int) -> None:
    with FaultyServer(complete()) as server:
        save(server)
    assert target.stat().st_mode & 0o777 == 0o666 & ~umask


def test_a_replaced_file_has_the_permissions_of_the_umask(
    save: Save, target: Path, umask: int
) -> None:
    target.touch(0o600)
    with FaultyServer(complete()) as server:
        save(server)
    assert target.stat().st_mode & 0o777 == 0o666 & ~umask


DISCONNECTS = {
    "once": {1: 40_000},
    "twice": {1: 40_000, 2: 100_000},
    "within the header": {1: 20},
    "before the first byte": {1: 0},
    "before the last byte": {1: 2 * MEBIBYTE - 1},
    "after the first block": {1: MEBIBYTE + 1, 2: 3},
}


@pytest.mark.parametrize("chunked", [False, True], ids=["with size", "chunked"])
@pytest.mark.parametrize("ranges", [False, True], ids=["without ranges", "with ranges"])
@pytest.mark.parametrize("disconnects", DISCONNECTS.values(), ids=DISCONNECTS)
def test_a_save_survives_disconnects(
    connect: Connect, target: Path, disconnects: dict[int, int], ranges: Any, chunked: Any
) -> None:
    with Sandbox(
        conversations=1,
        recording_mib=2,
        disconnect_after=disconnects,
        accept_ranges=ranges,
        chunked=chunked,
    ) as sandbox:
        client = connect(
            api_key=sandbox.api_key, agent_id=sandbox.agent_id, region=None, base_url=sandbox.url
        )
        conversation_id = sandbox.store.page(1, 0)[0]["conversationId"]
        saved = client.save_audio(conversation_id, target)
        assert target.read_bytes() == client.read_audio(conversation_id)
    assert saved.sha256 == hashlib.sha256(target.read_bytes()).hexdigest()
    assert leftovers(target) == []


def test_an_interruption_is_resumed_within_the_call(save: Save, target: Path) -> None:
    with FaultyServer(broken_off(etag=ETAG), rest()) as server:
        saved = save(server)
        first, second = server.requests
    assert target.read_bytes() == FILE
    assert saved.sha256 == hashlib.sha256(FILE).hexdigest()
    assert "range" not in first.headers
    assert (second.headers["range"], second.headers["if-range"]) == (f"bytes={BREAK_AT}-", ETAG)
    assert leftovers(target) == []


def test_an_interruption_is_resumed_by_a_later_call(save: Save, target: Path) -> None:
    with FaultyServer(broken_off(etag=ETAG), rest()) as server:
        with pytest.raises(IncompleteRecordingError, match=f"after {BREAK_AT} of {len(FILE)}"):
            save(server, max_retries=0)
        assert not target.exists()
        assert leftovers(target) == PARTIAL_FILES
        save(server, max_retries=0)
        assert server.requests[1].headers["range"] == f"bytes={BREAK_AT}-"
    assert target.read_bytes() == FILE
    assert leftovers(target) == []


def test_a_partial_file_of_another_direction_is_not_resumed(save: Save, target: Path) -> None:
    with FaultyServer(broken_off(etag=ETAG), complete(OTHER, etag=ETAG)) as server:
        with pytest.raises(IncompleteRecordingError):
            save(server, max_retries=0)
        save(server, direction="user")
        assert "range" not in server.requests[1].headers
    assert target.read_bytes() == OTHER


START_OVER: dict[str, tuple[list[Responder], list[bool]]] = {
    "no ETag": ([broken_off(), complete()], [False, False]),
    "weak ETag": ([broken_off(etag='W/"v1"'), complete()], [False, False]),
    "server does not accept ranges": (
        [broken_off(etag=ETAG, accept_ranges="none"), complete()],
        [False, False],
    ),
    "recording has changed": (
        [broken_off(OTHER, etag='"v0"'), complete(etag=ETAG)],
        [False, True],
    ),
    "server ignores the range": ([broken_off(etag=ETAG), complete(etag=ETAG)], [False, True]),
    "206 of another recording": (
        [broken_off(OTHER, etag='"v0"'), rest(), complete(etag=ETAG)],
        [False, True, False],
    ),
    "206 from another byte": (
        [broken_off(etag=ETAG), rest(claimed_start=BREAK_AT - 1), complete(etag=ETAG)],
        [False, True, False],
    ),
    "206 without Content-Range": (
        [broken_off(etag=ETAG), respond(206, FILE[BREAK_AT:], etag=ETAG), complete()],
        [False, True, False],
    ),
    "range of a file of unknown size": (
        [
            broken_off(etag=ETAG),
            respond(206, FILE[BREAK_AT:-1], etag=ETAG, content_range=UNKNOWN_SIZE),
            complete(etag=ETAG),
        ],
        [False, True, False],
    ),
    "416": (
        [broken_off(etag=ETAG), respond(416), complete(etag=ETAG)],
        [False, True, False],
    ),
}


@pytest.mark.parametrize(
    ("responders", "asked_for_range"), START_OVER.values(), ids=list(START_OVER)
)
def test_a_download_that_cannot_be_resumed_starts_over(
    save: Save, target: Path, responders: list[Responder], asked_for_range: list[bool]
) -> None:
    with FaultyServer(*responders) as server:
        save(server)
        assert ["range" in request.headers for request in server.requests] == asked_for_range
    assert target.read_bytes() == FILE
    assert leftovers(target) == []


@pytest.mark.parametrize("max_retries", [0, 1])
def test_a_complete_partial_file_is_downloaded_again(
    save: Save, target: Path, max_retries: int
) -> None:
    """A process was killed after the last byte; servers answer 416 to a range beyond the end."""
    with FaultyServer(broken_off(etag=ETAG), respond(416), complete(etag=ETAG)) as server:
        with pytest.raises(IncompleteRecordingError):
            save(server, max_retries=0)
        target.with_name(".call.wav.part").write_bytes(FILE)
        if max_retries == 0:
            with pytest.raises(APIStatusError, match="416"):
                save(server, max_retries=0)
        save(server, max_retries=max_retries)
    assert target.read_bytes() == FILE
    assert leftovers(target) == []


BAD_METADATA = {
    "missing": None,
    "empty": b"",
    "cut short": b'{"url": "http',
    "not an object": b"[1]",
    "without an ETag": b'{"url": "http://127.0.0.1"}',
    "of other types": b'{"url": 1, "validator": null}',
    "not UTF-8": b"\xff",
}


@pytest.mark.parametrize("metadata", BAD_METADATA.values(), ids=BAD_METADATA)
def test_a_partial_file_without_valid_metadata_is_not_resumed(
    save: Save, target: Path, metadata: bytes | None
) -> None:
    target.with_name(".call.wav.part").write_bytes(OTHER[:100])
    if metadata is not None:
        target.with_name(".call.wav.part.json").write_bytes(metadata)
    with FaultyServer(complete(etag=ETAG)) as server:
        save(server)
        assert "range" not in server.requests[0].headers
    assert target.read_bytes() == FILE
    assert leftovers(target) == []


def test_each_interruption_counts_as_a_retry(save: Save, target: Path) -> None:
    with FaultyServer(broken_off()) as server:
        with pytest.raises(IncompleteRecordingError):
            save(server, max_retries=2)
        assert len(server.requests) == 3
    assert leftovers(target) == []


UNUSABLE_HEADERS: dict[str, dict[str, Any]] = {
    "ETag with characters beyond ASCII": {"etag": '"caf\xe9"'},
    "encoded body": {"etag": ETAG, "content_encoding": "identity, identity"},
    "Content-Range of 5,000 digits": {"etag": ETAG, "content_range": f"bytes 0-{'9' * 5000}/*"},
}


@pytest.mark.parametrize("headers", UNUSABLE_HEADERS.values(), ids=UNUSABLE_HEADERS)
def test_unusable_headers_do_not_break_a_later_save(
    save: Save, target: Path, headers: dict[str, Any]
) -> None:
    with FaultyServer(broken_off(**headers), broken_off(**headers), complete()) as server:
        with pytest.raises(IncompleteRecordingError):
            save(server, max_retries=0)
        save(server)
    assert target.read_bytes() == FILE


def test_a_resumed_body_that_ends_before_its_range_does_is_resumed_again(
    save: Save, target: Path
) -> None:
    """The body is chunked and the header leaves the size open, so only the range shows it."""
    file = wav(bytes(range(256)) * 400, size=0xFFFF_FFFF)
    received = file[BREAK_AT : BREAK_AT + 100]

    def end_early(connection: socket.socket) -> bool:
        connection.sendall(
            b"HTTP/1.1 206 Partial Content\r\ntransfer-encoding: chunked\r\netag: "
            + f"{ETAG}\r\ncontent-range: bytes {BREAK_AT}-{len(file) - 1}/{len(file)}".encode()
            + f"\r\n\r\n{len(received):x}\r\n".encode()
            + received
            + b"\r\n0\r\n\r\n"
        )
        return True

    with FaultyServer(broken_off(file, etag=ETAG), end_early, rest(BREAK_AT + 100, file)) as server:
        save(server, max_retries=2)
    assert target.read_bytes() == file


def test_a_timeout_is_retried_max_retries_times(connect: Connect, target: Path) -> None:
    with FaultyServer(hang) as server:
        client = connect(region=None, base_url=server.url, max_retries=2, timeout=0.1)
        with pytest.raises(APITimeoutError):
            client.save_audio("id", target)
        assert len(server.requests) == 3


FAILURES: dict[str, tuple[Responder, type[Exception]]] = {
    "not a recording": (respond(200, b'{"success": false}'), NotAWavError),
    "error status": (respond(404), NotFoundError),
    "interruption": (broken_off(), IncompleteRecordingError),
    "shorter than its header says": (complete(FILE[:-2]), IncompleteRecordingError),
    "no answer": (hang, APIConnectionError),
}


@pytest.mark.parametrize(("responder", "error"), FAILURES.values(), ids=list(FAILURES))
def test_a_failed_save_leaves_the_existing_file_unchanged(
    connect: Connect, target: Path, responder: Responder, error: type[Exception]
) -> None:
    target.write_bytes(b"as before")
    with FaultyServer(responder) as server:
        client = connect(region=None, base_url=server.url, max_retries=0, timeout=0.1)
        with pytest.raises(error):
            client.save_audio("id", target)
    assert target.read_bytes() == b"as before"
    assert leftovers(target) == []


def test_a_partial_file_that_turns_out_not_to_be_wav_is_removed(save: Save, target: Path) -> None:
    page = b"RIFF" + b"<html>" * 10_000
    with FaultyServer(broken_off(page, at=4, etag=ETAG), rest(4, page), complete()) as server:
        with pytest.raises(IncompleteRecordingError):
            save(server, max_retries=0)
        assert leftovers(target) == PARTIAL_FILES
        with pytest.raises(NotAWavError):
            save(server, max_retries=0)
        assert leftovers(target) == []
        save(server)
        assert "range" not in server.requests[-1].headers
    assert target.read_bytes() == FILE


def test_an_error_in_on_progress_leaves_no_files(save: Save, target: Path) -> None:
    def fail(_received: int, _size: int | None) -> None:
        raise ZeroDivisionError

    with FaultyServer(complete()) as server, pytest.raises(ZeroDivisionError):
        save(server, on_progress=fail)
    assert not target.exists()
    assert leftovers(target) == []


def test_an_existing_file_is_kept_without_overwrite(save: Save, target: Path) -> None:
    target.write_bytes(b"as before")
    with FaultyServer(complete()) as server:
        with pytest.raises(FileExistsError, match="overwrite=True"):
            save(server, overwrite=False)
        assert server.requests == []
        save(server)
    assert target.read_bytes() == FILE
    assert leftovers(target) == []


BAD_TARGETS = {
    "directory": (".", IsADirectoryError, "is a directory; name a file in it"),
    "missing directory": (
        "no/such/call.wav",
        FileNotFoundError,
        "such is not a directory; create it first",
    ),
}


@pytest.mark.parametrize(("path", "error", "message"), BAD_TARGETS.values(), ids=BAD_TARGETS)
def test_an_impossible_path_is_refused_before_anything_is_sent(
    connect: Connect, tmp_path: Path, path: str, error: type[OSError], message: str
) -> None:
    with FaultyServer(complete()) as server:
        client = connect(region=None, base_url=server.url)
        with pytest.raises(error, match=message):
            client.save_audio("id", tmp_path / path)
        assert server.requests == []


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path.name)  # relative, because its path has at most 108 characters


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def link_to_pipe(path: Path) -> None:
    os.mkfifo("pipe")
    path.symlink_to("pipe")


def link_to_output(path: Path) -> None:
    """Make a link such as /dev/stdout, when the output of the process goes to a file."""
    Path("output").touch()
    path.symlink_to("/proc/self/cwd/output")


SPECIAL_FILES: dict[str, Callable[[Path], None]] = {
    "pipe": make_pipe,
    "socket": make_socket,
    "link to a pipe": link_to_pipe,
    "link to the output of the process": link_to_output,
}


@pytest.mark.skipif(sys.platform != "linux", reason="needs named pipes and /proc, as on Linux")
@pytest.mark.parametrize("make", SPECIAL_FILES.values(), ids=SPECIAL_FILES)
@pytest.mark.parametrize("overwrite", [True, False])
def test_a_pipe_socket_or_device_is_not_replaced_by_a_file(
    save: Save,
    monkeypatch: pytest.MonkeyPatch,
    target: Path,
    make: Callable[[Path], None],
    overwrite: Any,
) -> None:
    monkeypatch.chdir(target.parent)
    make(target)
    before, others = target.lstat(), leftovers(target)
    with FaultyServer(complete()) as server:
        with pytest.raises(SpecialFileError, match=r"call.wav is a pipe, a socket or a device"):
            save(server, overwrite=overwrite)
        assert server.requests == []
    assert target.lstat() == before
    assert leftovers(target) == others


@pytest.mark.skipif(
    sys.platform == "win32", reason="needs named pipes in directories, which Windows lacks"
)
def test_a_pipe_in_the_directory_of_a_batch_is_reported(connect: Connect, target: Path) -> None:
    os.mkfifo(target)
    with FaultyServer(complete()) as server:
        client = connect(region=None, base_url=server.url)
        with pytest.raises(SpecialFileError, match="is a pipe"):
            client.save_audio_batch(["call"], target.parent)
    assert target.is_fifo()


@pytest.mark.skipif(
    sys.platform == "win32",
    reason="needs symbolic links, which Windows reserves for administrators",
)
def test_a_symbolic_link_is_replaced_and_not_followed(save: Save, target: Path) -> None:
    linked = target.with_name("linked.wav")
    linked.write_bytes(b"as before")
    target.symlink_to(linked)
    with FaultyServer(complete()) as server:
        save(server)
    assert not target.is_symlink()
    assert target.read_bytes() == FILE
    assert linked.read_bytes() == b"as before"


@pytest.mark.skipif(
    sys.platform == "win32",
    reason="needs symbolic links, which Windows reserves for administrators",
)
def test_a_symbolic_link_to_nothing_is_kept_without_overwrite(save: Save, target: Path) -> None:
    target.symlink_to("missing.wav")
    with FaultyServer(complete()) as server:
        with pytest.raises(FileExistsError, match="overwrite=True"):
            save(server, overwrite=False)
        assert server.requests == []
        assert target.is_symlink()
        save(server)
    assert target.read_bytes() == FILE
    assert not target.is_symlink()


def test_a_second_save_to_the_same_file_is_refused(save: Save, target: Path) -> None:
    refusals: list[str] = []

    def save_again(*_: object) -> None:
        with (
            ConversationsClient(api_key="k", agent_id="a", base_url="http://127.0.0.1:9") as other,
            pytest.raises(FileBusyError) as caught,
        ):
            other.save_audio("id", target)
        refusals.append(str(caught.value))

    with FaultyServer(complete()) as server:
        save(server, on_progress=save_again)
    assert "call.wav is being written by another call or process" in refusals[0]
    assert target.read_bytes() == FILE
    assert leftovers(target) == []


def test_only_one_of_several_tasks_saves_to_the_same_file(target: Path) -> None:
    async def save_ten_times(url: str) -> Counter[str]:
        async with AsyncConversationsClient(api_key="k", agent_id="a", base_url=url) as client:
            saves = (client.save_audio("id", target) for _ in range(10))
            results = await asyncio.gather(*saves, return_exceptions=True)
        return Counter(type(result).__name__ for result in results)

    with FaultyServer(complete()) as server:
        results = asyncio.run(save_ten_times(server.url))
    assert results == {"SavedRecording": 1, "FileBusyError": 9}
    assert target.read_bytes() == FILE
    assert leftovers(target) == []


def test_only_one_of_several_threads_saves_to_the_same_file(target: Path) -> None:
    all_started = threading.Barrier(5)
    others_refused = threading.Event()
    refusals = iter([None, None, None, others_refused])

    def respond_late(connection: socket.socket) -> bool:
        others_refused.wait(10)
        return complete()(connection)

    with (
        FaultyServer(respond_late) as server,
        ConversationsClient(api_key="k", agent_id="a", base_url=server.url) as client,
        ThreadPoolExecutor(5) as threads,
    ):

        def save(_: int) -> str:
            all_started.wait(10)
            try:
                client.save_audio("id", target)
            except FileBusyError:
                if (last := next(refusals)) is not None:
                    last.set()
                return "refused"
            return "saved"

        results = Counter(threads.map(save, range(5)))
    assert results == {"saved": 1, "refused": 4}
    assert target.read_bytes() == FILE
    assert leftovers(target) == []


def test_a_lock_has_one_holder_however_many_threads_compete_for_it(tmp_path: Path) -> None:
    """Every holder removes the lock file, which must not let two in at once."""
    holders = 0
    acquired = 0
    most = 0
    deadline = time.monotonic() + 0.5

    def compete(_: int) -> None:
        nonlocal holders, acquired, most
        while time.monotonic() < deadline:
            with suppress(FileBusyError), exclusive_lock(tmp_path / "lock", "busy"):
                holders += 1
                most = max(most, holders)
                acquired += 1
                time.sleep(0)
                holders -= 1

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(compete, range(8)))
    assert most == 1
    assert acquired > 10
    assert list(tmp_path.iterdir()) == []


SAVE_IN_ANOTHER_PROCESS = """
import sys
from polyai_conversations import ConversationsClient

with ConversationsClient(
    api_key="k", agent_id="PROJECT-TEST", base_url=sys.argv[1]
) as client:
    client.save_audio("id", sys.argv[2], on_progress=lambda *_: print(flush=True))
"""


def test_a_process_that_is_killed_while_saving_leaves_a_file_that_can_be_resumed(
    save: Save, target: Path
) -> None:
    large = wav(bytes(range(256)) * 8192)
    partial = target.with_name(".call.wav.part")

    def stall(connection: socket.socket) -> bool:
        broken_off(large, at=MEBIBYTE + 50_000, etag=ETAG)(connection)
        return hang(connection)

    def resume(connection: socket.socket) -> bool:
        return rest(partial.stat().st_size, large)(connection)

    with FaultyServer(stall, resume) as server:
        command = [sys.executable, "-c", SAVE_IN_ANOTHER_PROCESS, server.url, str(target)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as other:
            assert other.stdout is not None
            while not (partial.exists() and partial.stat().st_size):
                assert other.stdout.readline(), "the other process has failed"
            with pytest.raises(FileBusyError):
                save(server)
            other.kill()
            other.wait()
        saved = save(server)
    assert len(server.requests) == 2
    assert saved.sha256 == hashlib.sha256(large).hexdigest()
    assert leftovers(target) == []
