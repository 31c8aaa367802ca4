"""Every kind of misbehaviour, for every operation and both clients.

Whatever the server does, a call succeeds or raises the documented error, no connection stays busy,
no file is half written, and the next call on the same client is answered correctly.
`nox -s faults` prints the table.
"""

from __future__ import annotations

import asyncio
import datetime
import ssl
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import attrs
import pytest
import trustme

from clients import busy_connections, make_client, no_delays
from fault_expectations import DEADLINE, MAX_BODY_BYTES, PATIENCE, TIMEOUT, TOO_LATE
from fault_kinds import FAULTS, Fault
from fault_operations import FILE, OPERATIONS, Operation
from faulty_server import FaultyServer, respond
from polyai_conversations import APIConnectionError, ConversationsError
from polyai_conversations._http import transport

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from _pytest.mark.structures import ParameterSet

KEY = "the-secret-key"


@attrs.frozen
class Certificates:
    """The TLS contexts of servers, and that of a client which trusts one authority."""

    servers: dict[str, ssl.SSLContext | None]
    client: ssl.SSLContext


@pytest.fixture(scope="session")
def certificates() -> Certificates:
    authority, stranger = trustme.CA(), trustme.CA()
    yesterday = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    servers: dict[str, ssl.SSLContext | None] = {"": None, "none": None}
    for name, issued in {
        "trusted": authority.issue_cert("127.0.0.1"),
        "untrusted": stranger.issue_cert("127.0.0.1"),
        "other host": authority.issue_cert("other.example"),
        "expired": authority.issue_cert("127.0.0.1", not_after=yesterday),
    }.items():
        server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        issued.configure_cert(server)
        servers[name] = server
    client = ssl.create_default_context()
    authority.configure_trust(client)
    return Certificates(servers, client)


@attrs.define
class Observation:
    """What one call did."""

    error: Exception | None
    result: Any
    attempts: int


def observe(
    operation: Operation, client: Any, directory: Path, server: FaultyServer, expected: int
) -> Observation:
    error = result = None
    try:
        result = operation.call(client, directory)
    except Exception as raised:  # noqa: BLE001 - the test checks which error it is
        error = raised
    # A client that gives up early may be faster than the server.
    wait_until(lambda: server.attempts >= expected, seconds=2)
    return Observation(error, result, server.attempts)


def wait_until(condition: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.005)


SHORT_RUN = {"get_conversation", "add_annotations", "save_audio"}
"""Operations that a slow server is tried on without `--long`."""


def cell(fault: Fault, name: str) -> ParameterSet:
    is_long = fault.is_slow and name not in SHORT_RUN
    marks = [pytest.mark.long] if is_long else []
    return pytest.param(fault, name, id=f"{name}-{fault.group}: {fault.name}", marks=marks)


LEFT_OVER = {"a second response after it", "garbage after it"}
"""Faults that leave bytes on the connection, where the next call meets them."""
CELLS = [cell(fault, name) for fault in FAULTS for name in fault.operations]


@pytest.mark.parametrize(("fault", "name"), CELLS)
def test_a_fault_is_answered_as_documented(
    fault: Fault,
    name: str,
    kind: str,
    tmp_path: Path,
    certificates: Certificates,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    operation = OPERATIONS[name]
    monkeypatch.setattr(transport, "_tls", lambda: certificates.client)
    responder = fault.respond(operation.answer)
    tls = certificates.servers[fault.tls]
    with (
        FaultyServer(responder, tls=tls, greet=fault.on_connect) as server,
        asyncio.Runner() as runner,
        closing(
            make_client(
                kind,
                runner,
                api_key=KEY,
                agent_id="agent",
                base_url=server.url.replace("http:", "https:") if fault.tls else server.url,
                timeout=TIMEOUT if fault.falls_silent else PATIENCE,
                deadline=DEADLINE if fault.expected is TOO_LATE else 10,
                max_body_bytes=MAX_BODY_BYTES,
                retry_policy=no_delays(1),
            )
        ) as client,
    ):
        observed = observe(operation, client, tmp_path, server, fault.expected.attempts(name))
        record_property("fault", [fault.group, fault.name, name, kind, describe(observed)])
        check(observed, fault, name)
        assert busy_connections(client) == []
        check_files(tmp_path, observed)
        if fault.tls in {"", "trusted"}:
            server.recover(respond(200, operation.answer.body))
            if fault.name in LEFT_OVER and name == "add_annotations":  # it must not be repeated
                with pytest.raises(APIConnectionError):
                    operation.call(client, tmp_path)
            assert operation.is_correct(operation.call(client, tmp_path)), "the next call"
            assert busy_connections(client) == []


def describe(observed: Observation) -> str:
    outcome = "success" if observed.error is None else type(observed.error).__name__
    return outcome if observed.attempts <= 1 else f"{outcome}, {observed.attempts} requests"


def check(observed: Observation, fault: Fault, name: str) -> None:
    expected = fault.expected.outcome(name)
    if expected is None:
        assert observed.error is None
        assert OPERATIONS[name].is_correct(observed.result)
    else:
        assert isinstance(observed.error, ConversationsError), repr(observed.error)
        assert type(observed.error) is expected, observed.error
        assert KEY not in str(observed.error)
    assert observed.attempts == fault.expected.attempts(name)


def check_files(directory: Path, observed: Observation) -> None:
    files = {path.name: path.read_bytes() for path in directory.iterdir()}
    whole = {name: data for name, data in files.items() if not name.startswith(".")}
    assert set(whole.values()) <= {FILE}, "a file is half written"
    if observed.error is None:
        assert set(files) == set(whole), "temporary files remain"
