"""How often a call is retried: the number of requests that a server on a real socket receives."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import attrs
import httpx
import pytest

from clients import run_export
from faulty_server import (
    FaultyServer,
    RoutedServer,
    close_connection,
    hang,
    reset_connection,
    respond,
)
from polyai_conversations import ConversationsError, RetryPolicy, ServerError
from wav_factory import wav

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from clients import Connect
    from faulty_server import Responder
    from polyai_conversations import ConversationsClient
    from polyai_conversations.models import AnnotationDict

FILE: Final = wav(bytes(1000))
HALF: Final = FILE[: len(FILE) // 2]
HEADER_START: Final = FILE[:20]
ANNOTATION: Final[AnnotationDict] = {"turnId": 3, "role": "agent", "annotationType": "wrong_info"}
SHORT_READ_TIMEOUT: Final = httpx.Timeout(5, read=0.3)


def conversation(conversation_id: str) -> dict[str, str]:
    return {
        "conversationId": conversation_id,
        "accountId": "a",
        "projectId": "p",
        "audioUrl": "https://audio.example",
    }


def respond_with_page(*ids: str, count: int, offset: int = 0) -> Responder:
    page = {
        "conversations": [conversation(id_) for id_ in ids],
        "count": count,
        "limit": len(ids),
        "offset": offset,
    }
    return respond(200, json.dumps(page).encode())


def respond_with_part(part: bytes, **headers: str) -> Responder:
    """Send the beginning of a recording and close the connection."""
    send = respond(200, part, content_type="audio/wav", content_length=str(len(FILE)), **headers)

    def send_and_close(connection: socket.socket) -> bool:
        send(connection)
        return False

    return send_and_close


def stall_after(part: bytes) -> Responder:
    """Send the beginning of a recording, and then nothing."""
    send = respond_with_part(part)

    def send_and_hang(connection: socket.socket) -> bool:
        send(connection)
        return hang(connection)

    return send_and_hang


GOOD_RESPONSES: Final[list[tuple[str, Responder]]] = [
    (r"/audio", respond(200, FILE)),
    (r"/conversations/first$", respond(200, json.dumps(conversation("first")).encode())),
    (r"/conversations/second$", respond(200, json.dumps(conversation("second")).encode())),
    (r"limit=2&", respond_with_page("first", "second", count=3)),
    (r"/conversations\?", respond_with_page("first", "second", count=2)),
]


@attrs.frozen
class Method:
    """A method of the client, and the part of it that fails.

    Attributes:
        call: Calls the method; returns the errors that the method reports instead of raising them.
        failing_path: Matches the requests that fail.
        other_requests: Number of requests before those, which succeed.
        failing_calls: Number of exchanges that fail, each with its own retries.
        idempotent: Whether the server may receive the request twice.

    """

    call: Callable[[ConversationsClient, Path], Any]
    failing_path: str = ""
    other_requests: int = 0
    failing_calls: int = 1
    idempotent: bool = True


def open_audio(client: ConversationsClient, _: Path) -> None:
    with client.open_audio("first") as recording:
        for _chunk in recording.iter_bytes():
            pass


def save_audio_batch(client: ConversationsClient, directory: Path) -> Iterable[Exception]:
    return client.save_audio_batch(["first", "second"], directory).failed.values()


RECORDING_METHODS: Final = {
    "read_audio": Method(lambda client, _: client.read_audio("first")),
    "open_audio": Method(open_audio),
    "save_audio": Method(lambda client, path: client.save_audio("first", path / "call.wav")),
    "save_audio_batch": Method(save_audio_batch, failing_calls=2),
    "export of recordings": Method(
        lambda client, path: run_export(client, path, audio="combined").failures,
        failing_path="/audio",
        other_requests=1,
        failing_calls=2,
    ),
}
METHODS: Final = {
    "get_conversation": Method(lambda client, _: client.get_conversation("first")),
    "list_page": Method(lambda client, _: client.list_page()),
    "list_conversations": Method(lambda client, _: list(client.list_conversations())),
    "second page of list_conversations": Method(
        lambda client, _: list(client.list_conversations(page_size=2)),
        failing_path="offset=1",
        other_requests=1,
    ),
    "upsert_note": Method(lambda client, _: client.upsert_note("first", "note")),
    "add_annotations": Method(
        lambda client, _: client.add_annotations("first", [ANNOTATION]), idempotent=False
    ),
    "list of an export": Method(run_export),
    "export of details": Method(
        lambda client, path: run_export(client, path, details=True).failures,
        failing_path="/conversations/",
        other_requests=1,
        failing_calls=2,
    ),
    **RECORDING_METHODS,
}
TRANSIENT: Final[dict[str, Responder]] = {
    **{str(status): respond(status) for status in (408, 500, 502, 503, 504)},
    "connection closed": close_connection,
    "connection reset": reset_connection,
    "truncated body": respond_with_part(b""),
}
RATE_LIMITED: Final = {"429": respond(429)}
PERMANENT: Final = {
    str(status): respond(status) for status in (400, 403, 404, 409, 416, 422, 501, 520)
}
FAULTS: Final = {**TRANSIENT, **RATE_LIMITED, **PERMANENT}


def errors_of(method: Method, client: ConversationsClient, directory: Path) -> list[Any]:
    try:
        return list(method.call(client, directory))
    except ConversationsError as error:
        return [error]


def check_requests(
    connect: Connect,
    directory: Path,
    method: Method,
    fault: Responder,
    requests_per_call: int,
    **settings: Any,
) -> None:
    """Let requests fail, and check how many of them each call sends under one correlation id."""
    with RoutedServer((method.failing_path, fault), *GOOD_RESPONSES) as server:
        client = connect(region=None, base_url=server.url, **settings)
        errors = errors_of(method, client, directory)
    failing = [r for r in server.requests if re.search(method.failing_path, r.path)]
    calls = Counter(request.headers["x-polyai-correlation-id"] for request in failing)
    assert list(calls.values()) == [requests_per_call] * method.failing_calls
    assert len(errors) == method.failing_calls
    assert len({request.body for request in failing}) == 1
    assert len(server.requests) - len(failing) == method.other_requests


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("method", METHODS)
def test_a_call_sends_at_most_five_requests(
    connect: Connect, tmp_path: Path, method: str, fault: str
) -> None:
    repeatable = fault in RATE_LIMITED or (fault in TRANSIENT and METHODS[method].idempotent)
    check_requests(connect, tmp_path, METHODS[method], FAULTS[fault], 5 if repeatable else 1)


@pytest.mark.parametrize("max_retries", [0, 1])
@pytest.mark.parametrize("fault", ["429", "503", "connection reset"])
@pytest.mark.parametrize("method", METHODS)
def test_a_call_is_retried_at_most_max_retries_times(
    connect: Connect, tmp_path: Path, method: str, fault: str, max_retries: int
) -> None:
    repeatable = fault in RATE_LIMITED or METHODS[method].idempotent
    requests = max_retries + 1 if repeatable else 1
    check_requests(
        connect, tmp_path, METHODS[method], FAULTS[fault], requests, max_retries=max_retries
    )


@pytest.mark.parametrize("method", METHODS)
def test_a_timeout_counts_as_a_retry(connect: Connect, tmp_path: Path, method: str) -> None:
    requests = 2 if METHODS[method].idempotent else 1
    settings = {"max_retries": 1, "timeout": SHORT_READ_TIMEOUT}
    check_requests(connect, tmp_path, METHODS[method], hang, requests, **settings)


INTERRUPTED_IN_HEADER: Final = {
    "connection closed": (respond_with_part(HEADER_START), 4),
    "timeout": (stall_after(HEADER_START), 1),
}
INTERRUPTED_IN_SAMPLES: Final = {
    "connection closed": (respond_with_part(HALF), 4),
    "connection closed, strong ETag": (respond_with_part(HALF, etag='"1"'), 4),
    "connection closed, weak ETag": (respond_with_part(HALF, etag='W/"1"'), 4),
    "timeout": (stall_after(HALF), 1),
}


@pytest.mark.parametrize(
    ("fault", "max_retries"), INTERRUPTED_IN_HEADER.values(), ids=INTERRUPTED_IN_HEADER
)
@pytest.mark.parametrize("method", RECORDING_METHODS.values(), ids=RECORDING_METHODS)
def test_a_recording_interrupted_in_its_header_is_requested_again(
    connect: Connect, tmp_path: Path, method: Method, fault: Responder, max_retries: int
) -> None:
    settings = {"max_retries": max_retries, "timeout": SHORT_READ_TIMEOUT}
    check_requests(connect, tmp_path, method, fault, max_retries + 1, **settings)


@pytest.mark.parametrize(
    ("fault", "max_retries"), INTERRUPTED_IN_SAMPLES.values(), ids=INTERRUPTED_IN_SAMPLES
)
@pytest.mark.parametrize("method", RECORDING_METHODS.values(), ids=RECORDING_METHODS)
def test_a_recording_interrupted_in_its_samples_is_requested_again_unless_it_is_streamed(
    connect: Connect, tmp_path: Path, method: Method, fault: Responder, max_retries: int
) -> None:
    settings = {"max_retries": max_retries, "timeout": SHORT_READ_TIMEOUT}
    requests = 1 if method.call is open_audio else max_retries + 1
    check_requests(connect, tmp_path, method, fault, requests, **settings)


MIXED_FAILURES: Final[dict[str, tuple[Responder, ...]]] = {
    "statuses, connections and bodies": (
        respond(503),
        reset_connection,
        respond_with_part(HALF, etag='"1"'),
        respond(429),
        close_connection,
    ),
    "refused ranges": (
        respond_with_part(HALF, etag='"1"'),
        respond(416),
        respond_with_part(HALF, etag='"1"'),
        respond(416),
        respond_with_part(HALF, etag='"1"'),
    ),
}


@pytest.mark.parametrize("failures", MIXED_FAILURES.values(), ids=MIXED_FAILURES)
def test_all_kinds_of_failures_share_one_retry_budget(
    connect: Connect, tmp_path: Path, failures: tuple[Responder, ...]
) -> None:
    with FaultyServer(*failures, respond(200, FILE)) as server:
        client = connect(region=None, base_url=server.url)
        with pytest.raises(ConversationsError):
            client.save_audio("first", tmp_path / "call.wav")
    assert len(server.requests) == 5


def policy_without_delays(backoffs: list[float], max_retries: int = 4) -> RetryPolicy:
    """Make a policy that does not wait, and that lists the upper limits of its delays."""

    def jitter(ceiling: float) -> float:
        backoffs.append(ceiling)
        return 0.0

    return RetryPolicy(max_retries=max_retries, jitter=jitter)


FIRST_REQUEST_FAILS: Final = [name for name, method in METHODS.items() if not method.other_requests]


@pytest.mark.parametrize("method", FIRST_REQUEST_FAILS)
def test_every_method_retries_a_refused_connection(
    connect: Connect, tmp_path: Path, method: str
) -> None:
    backoffs: list[float] = []
    with socket.create_server(("127.0.0.1", 0)) as unused:
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    client = connect(region=None, base_url=url, retry_policy=policy_without_delays(backoffs))
    errors = errors_of(METHODS[method], client, tmp_path)
    assert all("no connection to 127.0.0.1" in str(error) for error in errors)
    assert len(errors) == METHODS[method].failing_calls
    assert len(backoffs) == 4 * METHODS[method].failing_calls


def test_the_longest_delay_doubles_up_to_8_seconds(
    connect: Connect,
) -> None:
    backoffs: list[float] = []
    with FaultyServer(respond(503)) as server:
        client = connect(
            region=None, base_url=server.url, retry_policy=policy_without_delays(backoffs, 7)
        )
        with pytest.raises(ServerError):
            client.get_conversation("first")
    assert backoffs == [0.5, 1, 2, 4, 8, 8, 8]


def test_retry_after_replaces_the_backoff(
    connect: Connect,
) -> None:
    backoffs: list[float] = []
    with FaultyServer(respond(503, retry_after="1")) as server:
        client = connect(
            region=None, base_url=server.url, retry_policy=policy_without_delays(backoffs, 1)
        )
        started = time.monotonic()
        with pytest.raises(ServerError):
            client.get_conversation("first")
    assert time.monotonic() - started >= 1
    assert (len(server.requests), backoffs) == (2, [])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("status", [429, 503])
def test_a_retry_after_of_more_than_a_minute_ends_the_call(
    connect: Connect, tmp_path: Path, method: str, status: int
) -> None:
    fault = respond(status, retry_after="61")
    check_requests(connect, tmp_path, METHODS[method], fault, requests_per_call=1)


class LoopLeftError(Exception):
    """Raised by a test to leave a loop."""


def leave_loop(*_: object) -> None:
    raise LoopLeftError


def leave_pager(client: ConversationsClient, _: Path) -> None:
    for summary in client.list_conversations(page_size=2):
        if summary.conversation_id == "third":
            leave_loop()


LOOPS: Final[dict[str, Callable[[ConversationsClient, Path], object]]] = {
    "list_conversations": leave_pager,
    "save_audio_batch": lambda client, path: client.save_audio_batch(
        ["first", "second"], path, on_result=leave_loop
    ),
    "export": lambda client, path: run_export(
        client, path, audio="combined", on_progress=lambda p: leave_loop() if p.done else None
    ),
}


@pytest.mark.parametrize("loop", LOOPS.values(), ids=LOOPS)
def test_leaving_a_loop_interrupts_the_delay_before_a_retry(
    connect: Connect, tmp_path: Path, loop: Callable[[ConversationsClient, Path], object]
) -> None:
    """One exchange waits for its retry while another one succeeds and its result ends the loop."""
    waiting = threading.Event()

    def wait_long(_: float) -> float:
        waiting.set()
        return 20.0

    def once_waiting(responder: Responder) -> Responder:
        return lambda connection: waiting.wait(10) and responder(connection)

    with RoutedServer(
        (r"limit=100", respond_with_page("first", "second", count=2)),
        (r"offset=0", respond_with_page("first", "second", count=9)),
        (r"offset=1", once_waiting(respond_with_page("second", "third", count=9, offset=1))),
        (r"offset=", respond(503)),
        (r"second", respond(503)),
        (r"first", once_waiting(respond(200, FILE))),
    ) as server:
        client = connect(
            region=None, base_url=server.url, retry_policy=RetryPolicy(jitter=wait_long)
        )
        started = time.monotonic()
        with pytest.raises(LoopLeftError):
            loop(client, tmp_path)
    assert waiting.is_set()
    assert time.monotonic() - started < 10
