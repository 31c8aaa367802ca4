"""The `Sandbox` class and its command: arguments, start and stop, and reproducible data."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from polyai_conversations.sandbox import Sandbox
from polyai_conversations.sandbox.data.store import ConversationStore
from polyai_conversations.sandbox.server.faults import LatencyMiddleware

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send


def generate(seed: int) -> list[dict[str, Any]]:
    store = ConversationStore(conversations=12, seed=seed, agent_id="PROJECT-SANDBOX")
    return [store.detail(row["conversationId"]) for row in store.page(12, 0)]


def test_the_same_seed_generates_the_same_conversations() -> None:
    assert generate(7) == generate(7)
    assert generate(7) != generate(8)


INVALID = {
    "conversations": (-1, "must be at least 0"),
    "port": (70_000, "must be at most 65535"),
    "max_page_size": (0, "must be at least 1"),
    "latency": (-0.1, "must be a number of seconds"),
    "rate_limit": (0, "must be at least 1"),
    "cached_recordings": (-1, "must be at least 0"),
    "insertions": (-1, "must be an average per list request"),
    "deletions": ({1: -2}, "must be an average per list request"),
    "api_key": ("", "must not be empty"),
    "agent_id": ("", "must be text that is not empty"),
}


@pytest.mark.parametrize("name", INVALID)
def test_an_invalid_argument_raises_a_value_error_that_names_it(name: str) -> None:
    value, rule = INVALID[name]
    with pytest.raises(ValueError, match=f"{name} {rule}"):
        Sandbox(**{name: value})  # type: ignore[arg-type]


def test_an_argument_of_the_wrong_type_raises_a_value_error() -> None:
    with pytest.raises(ValueError, match="port must be a whole number"):
        Sandbox(port="8400")  # type: ignore[arg-type]


def test_an_api_key_that_a_header_cannot_contain_raises_a_value_error() -> None:
    with pytest.raises(ValueError, match="api_key must not be empty, nor start or end"):
        Sandbox(api_key=" key ")


def test_repr_shows_the_url_but_not_the_api_key() -> None:
    with Sandbox(conversations=0, api_key="not-to-be-shown") as sandbox:
        assert sandbox.url in repr(sandbox)
        assert sandbox.api_key not in repr(sandbox)


def test_starting_a_running_sandbox_raises_a_runtime_error() -> None:
    with (
        Sandbox(conversations=0) as sandbox,
        pytest.raises(RuntimeError, match="is already running"),
    ):
        sandbox.__enter__()


@pytest.mark.parametrize("name", ["url", "store"])
def test_url_and_store_are_unavailable_before_the_start(name: str) -> None:
    with pytest.raises(RuntimeError, match="before it starts"):
        getattr(Sandbox(), name)


def test_changes_of_the_list_can_be_scripted_by_request() -> None:
    with Sandbox(conversations=30, insertions={2: 25}, deletions={3: 4}) as sandbox:
        url = f"{sandbox.url}/v1/agents/{sandbox.agent_id}/conversations"
        with httpx.Client(headers={"X-API-KEY": sandbox.api_key}) as http:
            assert [http.get(url).json()["count"] for _ in range(4)] == [30, 55, 51, 51]


def test_latency_delays_every_response() -> None:
    with Sandbox(conversations=1, latency=0.05) as sandbox:
        response = httpx.get(sandbox.url)
    assert response.status_code == 404
    assert response.elapsed.total_seconds() >= 0.05


def test_stopping_ends_a_delay_at_once() -> None:
    handled: list[Scope] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        handled.append(scope)

    async def receive() -> Message:
        return {}

    async def send(_: Message) -> None:
        return

    async def stop_during_delay() -> None:
        middleware = LatencyMiddleware(app, latency=60)
        request = asyncio.create_task(middleware({}, receive, send))
        await asyncio.sleep(0)
        assert handled == []
        middleware.stop()
        await asyncio.wait_for(request, 5)

    asyncio.run(stop_during_delay())
    assert len(handled) == 1


def start(*options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "polyai_conversations.sandbox", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_prints_its_settings_and_stops_without_a_traceback(
    signal_number: signal.Signals,
) -> None:
    with start("--port", "0", "--conversations", "3", "--seed", "1") as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().strip() for _ in range(4)]
        settings = dict(line.removeprefix("export ").split("=", 1) for line in lines[1:])
        headers = {"X-API-KEY": settings["POLYAI_API_KEY"]}
        path = f"/v1/agents/{settings['POLYAI_AGENT_ID']}/conversations"
        page = httpx.get(settings["POLYAI_BASE_URL"] + path, headers=headers).json()
        process.send_signal(signal_number)
        assert process.wait(10) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert page["count"] == 3


def test_the_command_reports_a_port_in_use_in_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        with start("--port", port) as process:
            _, error = process.communicate(timeout=20)
    assert (process.returncode, error.count("\n")) == (1, 1)
    assert port in error


def test_the_command_reports_an_invalid_option_in_one_line() -> None:
    with start("--conversations", "-1", "--port", "0") as process:
        _, error = process.communicate(timeout=20)
    assert (process.returncode, error.count("\n")) == (2, 1)
    assert "error: conversations must be at least 0" in error
