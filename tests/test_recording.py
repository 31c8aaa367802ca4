"""Streaming a recording with `open_audio`."""

from __future__ import annotations

import struct
import wave
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from polyai_conversations import (
    APITimeoutError,
    IncompleteRecordingError,
    NotAWavError,
    NotFoundError,
    RecordingError,
)
from recording_server import Body, split
from wav_factory import chunk, fmt, riff, wav

if TYPE_CHECKING:
    from collections.abc import Callable

    from clients import Connect
    from polyai_conversations.sandbox import Sandbox

    Serve = Callable[..., Any]

SAMPLES = bytes(range(256)) * 40
FILE = wav(SAMPLES)
FILE_OF_UNKNOWN_SIZE = wav(SAMPLES, size=0xFFFF_FFFF)


@pytest.fixture
def serve(connect: Connect) -> Serve:
    """Return a client whose requests are answered with the given bodies, in order."""

    def serve(*bodies: Body, content_length: int | None = None, **settings: Any) -> Any:
        remaining = list(bodies)
        headers = {"content-type": "audio/wav"}
        if content_length is not None:
            headers["content-length"] = str(content_length)

        def respond(_: httpx.Request) -> httpx.Response:
            return httpx.Response(200, headers=headers, stream=remaining.pop(0))

        return connect(transport=httpx.MockTransport(respond), **settings)

    return serve


@pytest.mark.parametrize("chunk_size", [1, 43, 44, 45, 4096, 10**6])
def test_iter_bytes_yields_the_whole_file_once(serve: Serve, chunk_size: int) -> None:
    body = Body(split(FILE, chunk_size))
    client = serve(body, content_length=len(FILE))
    with client.open_audio("id", "user", redacted=True) as recording:
        assert recording.size == len(FILE)
        assert recording.format.duration == len(SAMPLES) / 2 / 8000
        assert b"".join(recording.iter_bytes()) == FILE
        with pytest.raises(RuntimeError, match="has been read already: request it again"):
            list(recording.iter_bytes())
    assert body.closed


def test_reading_continues_after_the_loop_was_left_early(serve: Serve) -> None:
    with serve(Body(split(FILE, 1000))).open_audio("id") as recording:
        chunks = recording.iter_bytes()
        beginning = next(chunks) + next(chunks)
        chunks.close()
        assert beginning + b"".join(recording.iter_bytes()) == FILE


@pytest.mark.parametrize("method", ["iter_bytes", "open_wave"])
def test_reading_after_the_with_block_is_refused(serve: Serve, method: str) -> None:
    with serve(Body(split(FILE, 1000))).open_audio("id") as recording:
        pass
    with pytest.raises(RuntimeError, match="`with` block has ended"):
        list(getattr(recording, method)())


def test_reading_again_after_an_interruption_is_refused(serve: Serve) -> None:
    """The size is unknown, so a second reading would appear to reach the end."""
    body = Body([FILE_OF_UNKNOWN_SIZE[:5000]], httpx.RemoteProtocolError("closed"))
    with serve(body).open_audio("id") as recording:
        with pytest.raises(IncompleteRecordingError):
            list(recording.iter_bytes())
        with pytest.raises(RuntimeError, match="broke off"):
            list(recording.iter_bytes())


def test_an_unrequested_partial_response_is_not_taken_for_the_whole_file(connect: Connect) -> None:
    part = FILE_OF_UNKNOWN_SIZE[:5000]
    transport = httpx.MockTransport(lambda _: httpx.Response(206, content=part))
    client = connect(transport=transport, max_retries=0)
    with pytest.raises(IncompleteRecordingError):
        client.read_audio("id")
    with pytest.raises(IncompleteRecordingError):
        client.open_audio("id").__enter__()


def test_the_size_is_none_until_the_end_if_the_server_does_not_send_it(serve: Serve) -> None:
    file = FILE_OF_UNKNOWN_SIZE
    with serve(Body(split(file, 1000))).open_audio("id") as recording:
        assert (recording.size, recording.format.frames) == (None, None)
        assert b"".join(recording.iter_bytes()) == file
        assert (recording.size, recording.format.frames) == (len(file), len(SAMPLES) // 2)


def test_repr_shows_the_format_and_the_size(serve: Serve) -> None:
    with serve(Body([FILE]), content_length=len(FILE)).open_audio("id") as recording:
        assert "Recording(format=WavFormat(encoding=1, sample_rate=8000" in repr(recording)
        assert f"size={len(FILE)})" in repr(recording)


@pytest.mark.parametrize("data_size", [None, 0, 0xFFFF_FFFF])
def test_open_wave_reads_the_samples(serve: Serve, data_size: int | None) -> None:
    file = wav(SAMPLES, size=data_size)
    with (
        serve(Body(split(file, 1000))).open_audio("id") as recording,
        recording.open_wave() as reader,
    ):
        assert reader.getnframes() == len(SAMPLES) // 2
        assert reader.readframes(reader.getnframes()) == SAMPLES


def test_open_wave_refuses_samples_that_are_not_pcm(serve: Serve) -> None:
    file = riff(chunk(b"fmt ", fmt(encoding=7, bits=8)), chunk(b"data", SAMPLES))
    with serve(Body([file])).open_audio("id") as recording, pytest.raises(wave.Error):
        recording.open_wave()


NOT_WAV = {
    "a JSON error with status 200": b'{"success": false}',
    "an HTML page": b"<!doctype html><title>Sign in</title>",
    "an empty body": b"",
}


@pytest.mark.parametrize("content", NOT_WAV.values(), ids=NOT_WAV)
@pytest.mark.parametrize("method", ["open_audio", "read_audio"])
def test_a_body_that_is_not_wav_raises_not_a_wav_error(
    serve: Serve, content: bytes, method: str
) -> None:
    body = Body([content])
    client = serve(body)
    with pytest.raises(NotAWavError, match="not a WAV file") as caught:
        client.read_audio("id") if method == "read_audio" else client.open_audio("id").__enter__()
    assert caught.value.body == content
    assert isinstance(caught.value, RecordingError)
    assert body.closed


def test_the_key_is_redacted_if_a_body_that_is_not_wav_contains_it(serve: Serve) -> None:
    client = serve(Body([b"<html>key: test-key</html>"]))
    with pytest.raises(NotAWavError) as caught:
        client.open_audio("id").__enter__()
    assert "test-key" not in str(caught.value)
    assert b"test-key" not in (caught.value.body or b"")
    assert "it begins with b'<html>key: " in str(caught.value)


INTERRUPTIONS = {
    "shorter than Content-Length": (len(FILE), None),
    "shorter than its own header says": (None, None),
    "interrupted by the network": (len(FILE), httpx.ReadError("reset")),
    "interrupted by the server": (len(FILE), httpx.RemoteProtocolError("closed")),
}


@pytest.mark.parametrize(("content_length", "error"), INTERRUPTIONS.values(), ids=INTERRUPTIONS)
def test_an_interruption_raises_an_error_after_the_bytes_that_arrived(
    serve: Serve, content_length: int | None, error: Exception | None
) -> None:
    sent = FILE[:5000]
    body = Body(split(sent, 1000), error)
    received = b""
    with serve(body, content_length=content_length).open_audio("id") as recording:
        chunks = recording.iter_bytes()
        with pytest.raises(IncompleteRecordingError) as caught:  # noqa: PT012 - the loop raises late
            for piece in chunks:
                received += piece
    assert received == sent
    assert (caught.value.received, caught.value.expected) == (len(sent), len(FILE))
    assert body.closed


def test_a_timeout_after_the_header_raises_a_timeout_error(serve: Serve) -> None:
    body = Body([FILE[:5000]], httpx.ReadTimeout("slow"))
    with serve(body).open_audio("id") as recording, pytest.raises(APITimeoutError):
        list(recording.iter_bytes())
    assert body.closed


@pytest.mark.parametrize("error", [httpx.ReadError("reset"), httpx.ReadTimeout("slow"), None])
def test_an_interruption_within_the_header_is_retried(
    serve: Serve, error: Exception | None
) -> None:
    interrupted = Body([FILE[:20]], error)
    client = serve(interrupted, Body([FILE]), content_length=len(FILE))
    with client.open_audio("id") as recording:
        assert b"".join(recording.iter_bytes()) == FILE
    assert interrupted.closed


FINAL_ERRORS = {
    "interruption": (httpx.ReadError("reset"), IncompleteRecordingError, "after 20 of 10284 bytes"),
    "timeout": (httpx.ReadTimeout("slow"), APITimeoutError, "did not respond in time"),
}


@pytest.mark.parametrize(
    ("error", "kind_of_error", "message"), FINAL_ERRORS.values(), ids=FINAL_ERRORS
)
def test_interruptions_within_the_header_are_retried_max_retries_times(
    serve: Serve, error: Exception, kind_of_error: type[Exception], message: str
) -> None:
    bodies = [Body([FILE[:20]], error) for _ in range(3)]
    recording = serve(*bodies, content_length=len(FILE), max_retries=2).open_audio("id")
    with pytest.raises(kind_of_error, match=message):
        recording.__enter__()
    assert all(body.closed for body in bodies)


def test_leaving_the_with_block_early_closes_the_body(serve: Serve) -> None:
    body = Body(split(FILE, 1000))
    with serve(body).open_audio("id") as recording:
        chunks = recording.iter_bytes()
        assert next(chunks)
        chunks.close()
    assert body.closed


def test_an_error_status_raises_the_error_of_that_status(connect: Connect) -> None:
    client = connect(transport=httpx.MockTransport(lambda _: httpx.Response(404)))
    with pytest.raises(NotFoundError):
        client.open_audio("id").__enter__()


def test_an_unknown_direction_is_refused(connect: Connect) -> None:
    client = connect(transport=httpx.MockTransport(lambda _: httpx.Response(500)))
    with pytest.raises(ValueError, match="direction must be one of"):
        client.open_audio("id", "both").__enter__()  # type: ignore[arg-type]


def test_open_audio_streams_the_same_bytes_that_read_audio_returns(
    connect: Connect, sandbox: Sandbox
) -> None:
    client = connect(
        api_key=sandbox.api_key, agent_id=sandbox.agent_id, region=None, base_url=sandbox.url
    )
    conversation_id = next(
        row["conversationId"] for row in sandbox.store.page(100, 0) if row["audioUrl"]
    )
    with client.open_audio(conversation_id, "agent") as recording:
        streamed = b"".join(recording.iter_bytes())
    assert streamed == client.read_audio(conversation_id, "agent")
    assert struct.unpack_from("<I", streamed, 40) == (len(streamed) - 44,)
