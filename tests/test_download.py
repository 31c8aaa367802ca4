"""Saving a recording: whole or not at all, and cuts are mended without joining two recordings."""

from __future__ import annotations

import hashlib
import resource
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from faulty_server import FaultyServer, hang, respond
from polyai_conversations import (
    APIConnectionError,
    APITimeoutError,
    ConversationsClient,
    FileBusyError,
    IncompleteRecordingError,
    NotAWavError,
)
from polyai_conversations.sandbox import Sandbox
from wav_factory import wav

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from clients import Connect

    Behaviour = Callable[[socket.socket], bool]
    Save = Callable[..., Any]

FILE = wav(bytes(range(256)) * 400)
OTHER = wav(bytes(reversed(range(256))) * 400)
ETAG = '"v1"'
CUT_AT = 40_000
MEBIBYTE = 2**20


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "call.wav"


@pytest.fixture
def save(connect: Connect, target: Path) -> Save:
    def save(server: FaultyServer, **options: Any) -> Any:
        settings = {name: options.pop(name) for name in ("max_retries",) if name in options}
        client = connect(region=None, base_url=server.url, **settings)
        return client.save_audio("id", target, **options)

    return save


def whole(file: bytes = FILE, **headers: str) -> Behaviour:
    return respond(200, file, content_type="audio/wav", **headers)


def cut_off(file: bytes = FILE, at: int = CUT_AT, **headers: str) -> Behaviour:
    """Promise all of it, send a part, and close."""
    full = whole(file, **headers)

    class Short:
        def __init__(self, connection: socket.socket) -> None:
            self._connection = connection

        def sendall(self, data: bytes) -> None:
            head, _, body = data.partition(b"\r\n\r\n")
            self._connection.sendall(head + b"\r\n\r\n" + body[:at])

    def behave(connection: socket.socket) -> bool:
        full(Short(connection))  # type: ignore[arg-type]
        return False

    return behave


def rest(
    start: int = CUT_AT, file: bytes = FILE, etag: str = ETAG, says: int | None = None
) -> Behaviour:
    said = start if says is None else says
    return respond(
        206,
        file[start:],
        content_type="audio/wav",
        etag=etag,
        content_range=f"bytes {said}-{len(file) - 1}/{len(file)}",
    )


def leftovers(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir() if path != target)


def test_a_recording_is_saved_and_described(save: Save, target: Path) -> None:
    progress: list[tuple[int, int | None]] = []
    with FaultyServer(whole()) as server:
        saved = save(server, on_progress=lambda *counts: progress.append(counts))
        headers = server.requests[0].headers
    assert target.read_bytes() == FILE
    assert (saved.path, saved.bytes) == (target, len(FILE))
    assert saved.sha256 == hashlib.sha256(FILE).hexdigest()
    assert saved.format.duration == 51_200 / 8000
    assert progress[-1] == (len(FILE), len(FILE))
    assert leftovers(target) == []
    assert headers["accept-encoding"] == "identity"


def test_the_sandboxs_recording_is_saved(connect: Connect, target: Path) -> None:
    with Sandbox(conversations=1, seed=7) as sandbox:
        client = connect(
            api_key=sandbox.api_key, agent_id=sandbox.agent_id, region=None, base_url=sandbox.url
        )
        conversation_id = client.list_page().conversations[0].conversation_id
        client.save_audio(conversation_id, target, "agent", redacted=True)
        assert target.read_bytes() == client.read_audio(conversation_id, "agent", redacted=True)


CUTS = {
    "one": {1: 40_000},
    "two": {1: 40_000, 2: 100_000},
    "within the header": {1: 20},
    "before the first byte": {1: 0},
    "on the last byte": {1: 2 * MEBIBYTE - 1},
    "beyond the first block": {1: MEBIBYTE + 1, 2: 3},
}


@pytest.mark.parametrize("chunked", [False, True], ids=["with size", "chunked"])
@pytest.mark.parametrize("ranges", [False, True], ids=["whole only", "ranges"])
@pytest.mark.parametrize("cuts", CUTS.values(), ids=CUTS)
def test_the_sandboxs_cuts_are_mended(
    connect: Connect, target: Path, cuts: dict[int, int], ranges: Any, chunked: Any
) -> None:
    with Sandbox(
        conversations=1,
        recording_mib=2,
        disconnect_after=cuts,
        accept_ranges=ranges,
        chunked=chunked,
    ) as sandbox:
        client = connect(
            api_key=sandbox.api_key, agent_id=sandbox.agent_id, region=None, base_url=sandbox.url
        )
        call = sandbox.store.page(1, 0)[0]["conversationId"]
        saved = client.save_audio(call, target)
        assert target.read_bytes() == client.read_audio(call)
    assert saved.sha256 == hashlib.sha256(target.read_bytes()).hexdigest()
    assert leftovers(target) == []


def test_a_cut_is_mended_within_the_call(save: Save, target: Path) -> None:
    with FaultyServer(cut_off(etag=ETAG), rest()) as server:
        saved = save(server)
        first, second = server.requests
    assert target.read_bytes() == FILE
    assert saved.sha256 == hashlib.sha256(FILE).hexdigest()
    assert "range" not in first.headers
    assert (second.headers["range"], second.headers["if-range"]) == (f"bytes={CUT_AT}-", ETAG)
    assert leftovers(target) == []


def test_a_cut_is_mended_by_a_later_call(save: Save, target: Path) -> None:
    with FaultyServer(cut_off(etag=ETAG), rest()) as server:
        with pytest.raises(IncompleteRecordingError, match=f"after {CUT_AT} of {len(FILE)}"):
            save(server, max_retries=0)
        assert not target.exists()
        assert leftovers(target) == [".call.wav.part", ".call.wav.part.json"]
        save(server, max_retries=0)
        assert server.requests[1].headers["range"] == f"bytes={CUT_AT}-"
    assert target.read_bytes() == FILE
    assert leftovers(target) == []


def test_another_recording_does_not_go_on_from_this_one(save: Save, target: Path) -> None:
    with FaultyServer(cut_off(etag=ETAG), whole(OTHER, etag=ETAG)) as server:
        with pytest.raises(IncompleteRecordingError):
            save(server, max_retries=0)
        save(server, direction="user")
        assert "range" not in server.requests[1].headers
    assert target.read_bytes() == OTHER


STARTS_OVER = {
    "no validator": [cut_off(), whole()],
    "a weak validator": [cut_off(etag='W/"v1"'), whole()],
    "ranges refused beforehand": [cut_off(etag=ETAG, accept_ranges="none"), whole()],
    "the recording has changed": [cut_off(OTHER, etag='"v0"'), whole(etag=ETAG)],
    "the range is ignored": [cut_off(etag=ETAG), whole(etag=ETAG)],
    "another recording's rest": [cut_off(OTHER, etag='"v0"'), rest(), whole(etag=ETAG)],
    "a rest from another byte": [cut_off(etag=ETAG), rest(says=CUT_AT - 1), whole(etag=ETAG)],
    "a rest from nowhere": [cut_off(etag=ETAG), respond(206, FILE[CUT_AT:], etag=ETAG), whole()],
    "416": [cut_off(etag=ETAG), respond(416), whole(etag=ETAG)],
}


@pytest.mark.parametrize("behaviours", STARTS_OVER.values(), ids=STARTS_OVER)
def test_what_cannot_be_mended_starts_over(
    save: Save, target: Path, behaviours: list[Behaviour]
) -> None:
    with FaultyServer(*behaviours) as server:
        save(server)
        assert len(server.requests) == len(behaviours)
        assert "range" not in server.requests[-1].headers or len(behaviours) == 2
    assert target.read_bytes() == FILE
    assert leftovers(target) == []


def test_a_part_without_its_note_is_not_trusted(save: Save, target: Path) -> None:
    target.with_name(".call.wav.part").write_bytes(OTHER[:100])
    with FaultyServer(whole(etag=ETAG)) as server:
        save(server)
        assert "range" not in server.requests[0].headers
    assert target.read_bytes() == FILE


def test_each_cut_counts_as_a_retry(save: Save, target: Path) -> None:
    with FaultyServer(cut_off()) as server:
        with pytest.raises(IncompleteRecordingError):
            save(server, max_retries=2)
        assert len(server.requests) == 3
    assert leftovers(target) == []


UNFIT: dict[str, dict[str, Any]] = {
    "an ETag beyond ASCII": {"etag": '"caf\xe9"'},
    "a part of an encoded body": {"etag": ETAG, "content_encoding": "identity, identity"},
    "a Content-Range of 5,000 digits": {"etag": ETAG, "content_range": f"bytes 0-{'9' * 5000}/*"},
}


@pytest.mark.parametrize("headers", UNFIT.values(), ids=UNFIT)
def test_a_cut_is_not_mended_by_what_does_not_fit(
    save: Save, target: Path, headers: dict[str, Any]
) -> None:
    odd = cut_off(**headers)
    with FaultyServer(odd, odd, whole()) as server:
        with pytest.raises(IncompleteRecordingError):
            save(server, max_retries=0)
        save(server)
    assert target.read_bytes() == FILE


def test_the_rest_of_a_recording_is_as_long_as_its_range_says(save: Save, target: Path) -> None:
    """It comes in chunks, ends early, and its header leaves the size open."""
    file = wav(bytes(range(256)) * 400, size=0xFFFF_FFFF)
    early = file[CUT_AT : CUT_AT + 100]

    def short(connection: socket.socket) -> bool:
        connection.sendall(
            b"HTTP/1.1 206 Partial Content\r\ntransfer-encoding: chunked\r\netag: "
            + f"{ETAG}\r\ncontent-range: bytes {CUT_AT}-{len(file) - 1}/{len(file)}".encode()
            + f"\r\n\r\n{len(early):x}\r\n".encode()
            + early
            + b"\r\n0\r\n\r\n"
        )
        return True

    with FaultyServer(cut_off(file, etag=ETAG), short, rest(CUT_AT + 100, file)) as server:
        save(server, max_retries=2)
    assert target.read_bytes() == file


def test_silence_is_borne_as_often_as_max_retries_says(connect: Connect, target: Path) -> None:
    with FaultyServer(hang) as server:
        client = connect(region=None, base_url=server.url, max_retries=2, timeout=0.1)
        with pytest.raises(APITimeoutError):
            client.save_audio("id", target)
        assert len(server.requests) == 3


FAILURES: dict[str, tuple[Behaviour, type[Exception]]] = {
    "no recording": (respond(200, b'{"success": false}'), NotAWavError),
    "an error status": (respond(404), Exception),
    "a cut": (cut_off(), IncompleteRecordingError),
    "a file shorter than its header says": (whole(FILE[:-2]), IncompleteRecordingError),
    "silence": (hang, APIConnectionError),
}


@pytest.mark.parametrize(("behaviour", "error"), FAILURES.values(), ids=FAILURES)
def test_a_failure_leaves_the_target_as_it_was(
    connect: Connect, target: Path, behaviour: Behaviour, error: type[Exception]
) -> None:
    target.write_bytes(b"as it was")
    with FaultyServer(behaviour) as server:
        client = connect(region=None, base_url=server.url, max_retries=0, timeout=0.1)
        with pytest.raises(error):
            client.save_audio("id", target)
    assert target.read_bytes() == b"as it was"
    assert leftovers(target) == []


def test_a_failing_progress_callback_leaves_nothing(save: Save, target: Path) -> None:
    def fail(_have: int, _all: int | None) -> None:
        raise ZeroDivisionError

    with FaultyServer(whole()) as server, pytest.raises(ZeroDivisionError):
        save(server, on_progress=fail)
    assert not target.exists()
    assert leftovers(target) == []


def test_an_existing_file_is_kept_if_asked(save: Save, target: Path) -> None:
    target.write_bytes(b"as it was")
    with FaultyServer(whole()) as server:
        with pytest.raises(FileExistsError, match="overwrite=True"):
            save(server, overwrite=False)
        assert server.requests == []
        save(server)
    assert target.read_bytes() == FILE


def test_a_file_that_is_being_saved_is_refused_to_others(save: Save, target: Path) -> None:
    refused: list[BaseException] = []

    def meanwhile(*_: object) -> None:
        with (
            ConversationsClient(api_key="k", agent_id="a", base_url="http://127.0.0.1:9") as other,
            pytest.raises(FileBusyError) as caught,
        ):
            other.save_audio("id", target)
        refused.append(caught.value)

    with FaultyServer(whole()) as server:
        save(server, on_progress=meanwhile)
    assert "call.wav.part is being written by someone else" in str(refused[0])
    assert target.read_bytes() == FILE
    assert leftovers(target) == []


def test_a_file_that_another_process_saves_is_refused(save: Save, target: Path) -> None:
    part = target.with_name(".call.wav.part")
    script = (
        "import fcntl, sys; f = open(sys.argv[1], 'ab'); fcntl.flock(f, fcntl.LOCK_EX);"
        "print(flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(part)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with FaultyServer(whole()) as server:
            with pytest.raises(FileBusyError):
                save(server)
            assert part.exists()
            other.communicate(b"")
            save(server)
    assert target.read_bytes() == FILE


@pytest.fixture
def full_disk() -> Iterator[Callable[[int], None]]:
    """Let no file grow beyond so many bytes, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize(
    ("size", "kept"),
    [(MEBIBYTE // 2, 0), (7 * MEBIBYTE, 7 * MEBIBYTE // 2)],
    ids=["in one block", "in several"],
)
def test_a_full_disk_is_an_error_and_no_splice(
    save: Save, target: Path, full_disk: Callable[[int], None], size: int, kept: int
) -> None:
    large = wav(bytes(range(256)) * (size // 256))
    room = size // 2
    again = rest(kept, large) if kept else whole(large, etag=ETAG)
    with FaultyServer(whole(large, etag=ETAG), again) as server:
        full_disk(room)
        with pytest.raises(OSError, match="File too large"):
            save(server)
        assert not target.exists()
        full_disk(2 * len(large))
        save(server)
        asked = server.requests[1].headers.get("range")
        assert asked == (f"bytes={kept}-" if kept else None)
    assert target.read_bytes() == large
    assert leftovers(target) == []


def test_a_part_of_one_recording_never_takes_bytes_of_another(
    save: Save, target: Path, full_disk: Callable[[int], None]
) -> None:
    """The second recording is so short that its part would not have been noted."""
    again = whole(etag=ETAG)
    with FaultyServer(cut_off(etag=ETAG), whole(OTHER, etag='"v2"'), again) as server:
        with pytest.raises(IncompleteRecordingError):
            save(server, max_retries=0)
        full_disk(len(OTHER) // 2)
        with pytest.raises(OSError, match="File too large"):
            save(server, direction="user")
        full_disk(2 * len(FILE))
        save(server)
        assert "range" not in server.requests[2].headers
    assert target.read_bytes() == FILE


PLACES = {
    "a folder": (".", IsADirectoryError, "is a folder"),
    "no folder around it": ("no/such/call.wav", FileNotFoundError, "such is no folder; make it"),
}


@pytest.mark.parametrize(("where", "kind", "message"), PLACES.values(), ids=PLACES)
def test_a_place_that_cannot_be_is_refused_before_anything_is_sent(
    connect: Connect, tmp_path: Path, where: str, kind: type[OSError], message: str
) -> None:
    client = connect(region=None, base_url="http://127.0.0.1:9")
    with pytest.raises(kind, match=message):
        client.save_audio("id", tmp_path / where)
