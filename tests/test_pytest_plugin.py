"""The pytest plugin, as the tests of a user's own program use it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from polyai_conversations import (
    APIConnectionError,
    ConversationsClient,
    RateLimitError,
    ServerError,
)
from polyai_conversations.sandbox import Sandbox
from readme import ROOT, blocks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

USES_SANDBOX = """
import pytest

from polyai_conversations import ConversationsClient


def test_default(polyai_sandbox):
    with ConversationsClient() as client:
        assert client.base_url == polyai_sandbox.url
        assert client.list_page().count == 40


@pytest.mark.polyai_sandbox(conversations=5)
def test_marker(polyai_sandbox):
    polyai_sandbox.fail_next(503, retry_after=0)
    with ConversationsClient() as client:
        assert client.list_page().count == 5
    assert polyai_sandbox.requests["listConversations", 200] == 1
"""
RECORDS = """
import pytest

from polyai_conversations import ConversationsClient


@pytest.mark.vcr
def test_recorded():
    with ConversationsClient() as client:
        client.list_page(limit=1)
"""
IMPORTS_NOTHING = """
import sys


def test_nothing_was_imported():
    loaded = {name for name in sys.modules if name.startswith("polyai_conversations")}
    assert loaded <= {
        "polyai_conversations",
        "polyai_conversations._version",
        "polyai_conversations.pytest_plugin",
    }
    assert "httpx" not in sys.modules
"""


def run_pytest(
    folder: Path, source: str, *options: str, exit_code: int = 0, **variables: str
) -> str:
    """Run a user's tests, and return what pytest printed."""
    (folder / "test_mine.py").write_text(source)
    finished = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:schemathesis", "-p", "no:anyio", *options],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == exit_code, finished.stdout
    return finished.stdout


def test_the_examples_of_the_guide_pass(tmp_path: Path) -> None:
    page = ROOT / "docs" / "guides" / "testing.md"
    test, settings = (block.text for block in blocks(page) if block.heading == "In pytest")
    assert "1 passed" in run_pytest(tmp_path, test)
    use = 'def test_settings(vcr_config):\n    assert {*vcr_config} > {"filter_headers"}\n'
    assert "1 passed" in run_pytest(tmp_path, f"{settings}\n\n{use}")


def test_a_test_gets_a_sandbox_that_clients_connect_to(tmp_path: Path) -> None:
    assert "2 passed" in run_pytest(tmp_path, USES_SANDBOX, "--strict-markers")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("5", "polyai_sandbox takes keyword arguments, such as conversations=5, not 5"),
        ("conversation=5", "polyai_sandbox has no argument 'conversation'; it has: conversations,"),
    ],
)
def test_a_marker_with_arguments_that_the_sandbox_does_not_accept_fails_the_test(
    tmp_path: Path, arguments: str, message: str
) -> None:
    source = USES_SANDBOX.replace("polyai_sandbox(conversations=5)", f"polyai_sandbox({arguments})")
    printed = run_pytest(tmp_path, source, exit_code=pytest.ExitCode.TESTS_FAILED)
    assert f"UsageError: the marker {message}" in printed
    assert "1 passed, 1 error" in printed


def test_a_cassette_does_not_contain_the_key(tmp_path: Path) -> None:
    with Sandbox(conversations=2, api_key="key-to-hide") as sandbox:
        run_pytest(
            tmp_path,
            RECORDS,
            "--record-mode=once",
            POLYAI_API_KEY="key-to-hide",
            POLYAI_AGENT_ID=sandbox.agent_id,
            POLYAI_BASE_URL=sandbox.url,
        )
        assert sandbox.requests["listConversations", 200] == 1
    (cassette,) = (tmp_path / "cassettes").rglob("*.yaml")
    assert "key-to-hide" not in cassette.read_text()
    assert "conversationId" in cassette.read_text()


def test_a_plugin_that_is_not_used_imports_nothing(tmp_path: Path) -> None:
    run_pytest(tmp_path, IMPORTS_NOTHING, "-p", "no:recording")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(conversations=3) as sandbox:
        yield sandbox


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[ConversationsClient]:
    with ConversationsClient(
        api_key=sandbox.api_key, agent_id=sandbox.agent_id, base_url=sandbox.url, max_retries=0
    ) as client:
        yield client


def test_a_planned_error_is_met_as_often_as_planned(
    sandbox: Sandbox, client: ConversationsClient
) -> None:
    sandbox.fail_next(429, times=2, retry_after=7)
    for _ in range(2):
        with pytest.raises(RateLimitError) as caught:
            client.list_page()
        assert caught.value.retry_after == 7
        assert caught.value.error_id == caught.value.correlation_id
    assert client.list_page().count == 3


def test_faults_are_met_in_order(sandbox: Sandbox, client: ConversationsClient) -> None:
    sandbox.disconnect_next()
    sandbox.fail_next(500)
    with pytest.raises(APIConnectionError):
        client.list_page()
    with pytest.raises(ServerError):
        client.list_page()


def test_a_planned_delay_lets_a_call_time_out(
    sandbox: Sandbox, client: ConversationsClient
) -> None:
    sandbox.delay_next(1)
    with pytest.raises(APIConnectionError):
        client.with_options(timeout=0.1).list_page()
    assert client.list_page().count == 3


def test_planned_faults_can_be_cleared(sandbox: Sandbox, client: ConversationsClient) -> None:
    sandbox.fail_next(500, times=3)
    sandbox.clear_faults()
    assert client.list_page().count == 3


@pytest.mark.parametrize("status", [200, 399, 600, 499, "503"])
def test_a_status_that_is_not_an_error_is_refused(sandbox: Sandbox, status: int) -> None:
    with pytest.raises(ValueError, match="status must be an error status"):
        sandbox.fail_next(status)
