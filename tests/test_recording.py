"""Recordings as streams: checked as they pass, never repeated, always closed."""

from __future__ import annotations

import struct
import time
import wave
from typing import TYPE_CHECKING, Any

import attrs
import httpx
import pytest

from polyai_conversations import (
    APITimeoutError,
    IncompleteRecordingError,
    NotAWavError,
    NotFoundError,
    RecordingError,
)
from polyai_conversations.sandbox import Sandbox
from wav_factory import chunk, fmt, riff, wav

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from clients import Connect

    Play = Callable[..., Any]

SAMPLES = bytes(range(256)) * 40
FILE = wav(SAMPLES)


@attrs.define
class Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body in pieces, that may end in an error, and knows whether it was closed."""

    pieces: list[bytes]
    error: Exception | None = None
    closed: bool = False

    def __iter__(self) -> Iterator[bytes]:
        yield from self.pieces
        if self.error:
            raise self.error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece

    def close(self) -> None:
        self.closed = True

    async def aclose(self) -> None:
        self.closed = True


@pytest.fixture
def play(connect: Connect) -> Play:
    """Give a client that is answered with these bodies, one after the other."""

    def play(*bodies: Body, size: int | None = None, **settings: Any) -> Any:
        left = list(bodies)
        headers = {"content-type": "audio/wav"}
        if size is not None:
            headers["content-length"] = str(size)

        def answer(_: httpx.Request) -> httpx.Response:
            return httpx.Response(200, headers=headers, stream=left.pop(0))

        return connect(transport=httpx.MockTransport(answer), **settings)

    return play


def split(data: bytes, step: int) -> list[bytes]:
    return [data[at : at + step] for at in range(0, len(data), step)]


@pytest.mark.parametrize("step", [1, 43, 44, 45, 4096, 10**6])
def test_the_bytes_come_once_and_whole(play: Play, step: int) -> None:
    body = Body(split(FILE, step))
    with play(body, size=len(FILE)).open_audio("id", "user", redacted=True) as recording:
        assert recording.size == len(FILE)
        assert recording.format.duration == len(SAMPLES) / 2 / 8000
        assert b"".join(recording.iter_bytes()) == FILE
        with pytest.raises(RuntimeError, match="was read already: open it again"):
            list(recording.iter_bytes())
    assert body.closed


def test_a_reader_that_left_may_go_on(play: Play) -> None:
    with play(Body(split(FILE, 1000))).open_audio("id") as recording:
        pieces = recording.iter_bytes()
        begun = next(pieces)
        pieces.close()
        assert begun + b"".join(recording.iter_bytes()) == FILE


@pytest.mark.parametrize("way", ["iter_bytes", "open_wave"])
def test_nothing_is_read_after_the_with_block(play: Play, way: str) -> None:
    with play(Body(split(FILE, 1000))).open_audio("id") as recording:
        pass
    with pytest.raises(RuntimeError, match="`with` block has ended"):
        list(getattr(recording, way)())


def test_after_a_cut_the_rest_is_not_taken_for_the_whole(play: Play) -> None:
    """The size is not known, so the second reading would end well."""
    file = wav(SAMPLES, size=0xFFFF_FFFF)
    body = Body([file[:5000]], httpx.RemoteProtocolError("closed"))
    with play(body).open_audio("id") as recording:
        with pytest.raises(IncompleteRecordingError):
            list(recording.iter_bytes())
        with pytest.raises(RuntimeError, match="broke off"):
            list(recording.iter_bytes())


def test_a_part_that_nobody_asked_for_is_not_the_whole(connect: Connect) -> None:
    part = wav(SAMPLES, size=0xFFFF_FFFF)[:5000]
    transport = httpx.MockTransport(lambda _: httpx.Response(206, content=part))
    client = connect(transport=transport, max_retries=0)
    with pytest.raises(IncompleteRecordingError):
        client.read_audio("id")
    with pytest.raises(IncompleteRecordingError):
        client.open_audio("id").__enter__()


def test_a_streamed_recording_has_no_size_before_its_end(play: Play) -> None:
    file = wav(SAMPLES, size=0xFFFF_FFFF)
    with play(Body(split(file, 1000))).open_audio("id") as recording:
        assert (recording.size, recording.format.frames) == (None, None)
        assert b"".join(recording.iter_bytes()) == file
        assert (recording.size, recording.format.frames) == (len(file), len(SAMPLES) // 2)


@pytest.mark.parametrize("data_size", [None, 0, 0xFFFF_FFFF])
def test_open_wave_reads_the_samples(play: Play, data_size: int | None) -> None:
    file = wav(SAMPLES, size=data_size)
    with (
        play(Body(split(file, 1000))).open_audio("id") as recording,
        recording.open_wave() as reader,
    ):
        assert reader.getnframes() == len(SAMPLES) // 2
        assert reader.readframes(reader.getnframes()) == SAMPLES


def test_open_wave_refuses_what_the_standard_library_cannot_read(play: Play) -> None:
    file = riff(chunk(b"fmt ", fmt(encoding=7, bits=8)), chunk(b"data", SAMPLES))
    with play(Body([file])).open_audio("id") as recording, pytest.raises(wave.Error):
        recording.open_wave()


NO_WAV = {
    "a JSON error with status 200": b'{"success": false}',
    "an HTML page": b"<!doctype html><title>Sign in</title>",
    "an empty body": b"",
}


@pytest.mark.parametrize("body", NO_WAV.values(), ids=NO_WAV)
@pytest.mark.parametrize("way", ["open_audio", "read_audio"])
def test_what_is_no_recording_is_told_as_it_is(play: Play, body: bytes, way: str) -> None:
    stream = Body([body])
    client = play(stream)
    with pytest.raises(NotAWavError, match="not a WAV file") as caught:
        client.read_audio("id") if way == "read_audio" else client.open_audio("id").__enter__()
    assert caught.value.body == body
    assert isinstance(caught.value, RecordingError)
    assert stream.closed


CUT = {
    "shorter than Content-Length": (FILE[:5000], len(FILE), None),
    "shorter than its own header says": (FILE[:5000], None, None),
    "cut by the network": (FILE[:5000], len(FILE), httpx.ReadError("reset")),
    "cut by the server": (FILE[:5000], len(FILE), httpx.RemoteProtocolError("closed")),
}


@pytest.mark.parametrize(("sent", "size", "error"), CUT.values(), ids=CUT)
def test_a_cut_ends_in_an_error_and_what_came_is_good(
    play: Play, sent: bytes, size: int | None, error: Exception | None
) -> None:
    body = Body(split(sent, 1000), error)
    got = b""
    with play(body, size=size).open_audio("id") as recording:
        pieces = recording.iter_bytes()
        with pytest.raises(IncompleteRecordingError) as caught:  # noqa: PT012 - what came counts
            for piece in pieces:
                got += piece
    assert got == sent
    assert (caught.value.received, caught.value.expected) == (len(sent), len(FILE))
    assert body.closed


def test_a_timeout_in_the_middle_is_a_timeout(play: Play) -> None:
    body = Body([FILE[:5000]], httpx.ReadTimeout("slow"))
    with play(body).open_audio("id") as recording, pytest.raises(APITimeoutError):
        list(recording.iter_bytes())
    assert body.closed


@pytest.mark.parametrize("error", [httpx.ReadError("cut"), httpx.ReadTimeout("slow"), None])
def test_a_cut_before_the_first_byte_is_handed_out_is_retried(
    play: Play, error: Exception | None
) -> None:
    cut = Body([FILE[:20]], error)
    with play(cut, Body([FILE]), size=len(FILE)).open_audio("id") as recording:
        assert b"".join(recording.iter_bytes()) == FILE
    assert cut.closed


def test_cuts_are_retried_as_often_as_max_retries_says(play: Play) -> None:
    bodies = [Body([FILE[:20]], httpx.ReadError("cut")) for _ in range(3)]
    opening = play(*bodies, size=len(FILE), max_retries=2).open_audio("id")
    with pytest.raises(IncompleteRecordingError, match="after 20 of 10284 bytes"):
        opening.__enter__()
    assert all(body.closed for body in bodies)


def test_leaving_early_closes_the_stream(play: Play) -> None:
    body = Body(split(FILE, 1000))
    with play(body).open_audio("id") as recording:
        pieces = recording.iter_bytes()
        assert next(pieces)
        pieces.close()
    assert body.closed


def test_an_error_status_is_the_usual_error(connect: Connect) -> None:
    client = connect(transport=httpx.MockTransport(lambda _: httpx.Response(404)))
    with pytest.raises(NotFoundError):
        client.open_audio("id").__enter__()


def test_a_bad_direction_is_refused(connect: Connect) -> None:
    client = connect(transport=httpx.MockTransport(lambda _: httpx.Response(500)))
    with pytest.raises(ValueError, match="direction must be one of"):
        client.open_audio("id", "both").__enter__()  # type: ignore[arg-type]


def test_the_sandbox_streams_what_read_audio_reads(connect: Connect) -> None:
    with Sandbox(conversations=1, seed=7) as sandbox:
        client = connect(
            api_key=sandbox.api_key, agent_id=sandbox.agent_id, region=None, base_url=sandbox.url
        )
        conversation_id = client.list_page().conversations[0].conversation_id
        with client.open_audio(conversation_id, "agent") as recording:
            streamed = b"".join(recording.iter_bytes())
        assert streamed == client.read_audio(conversation_id, "agent")
        assert struct.unpack_from("<I", streamed, 40) == (len(streamed) - 44,)


def test_a_long_recording_comes_in_larger_pieces_than_httpx_reads(connect: Connect) -> None:
    with Sandbox(conversations=1, recording_mib=4) as sandbox:
        client = connect(
            api_key=sandbox.api_key, agent_id=sandbox.agent_id, region=None, base_url=sandbox.url
        )
        pieces: list[int] = []
        with client.open_audio(sandbox.store.page(1, 0)[0]["conversationId"]) as recording:
            for piece in recording.iter_bytes():
                pieces.append(len(piece))
                time.sleep(0.01)  # or there may be no more to be had
    assert max(pieces) > 2**16
    assert sum(pieces) == 4 * 2**20
