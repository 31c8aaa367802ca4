"""Fixtures for all tests: clients of both kinds, and an environment without settings."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import signal
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from clients import busy_connections, make_client, no_delays
from commands import KEY, InProcessCli
from exporter import Exporter
from polyai_conversations.sandbox import Sandbox
from recorded import CASSETTES, Api, recording_api, replayed_api, vcr_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clients import Connect
    from polyai_conversations import ConversationsClient

# `nox -s tests -- tests/test_paginator.py --hypothesis-profile=long` tries more examples.
settings.register_profile("tests", max_examples=500, deadline=None)
settings.register_profile("quick", max_examples=20, deadline=None)
settings.register_profile("long", max_examples=10_000, deadline=None)
settings.load_profile("tests")

# Programs that a shell starts in the background ignore Ctrl-C, and so would those that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def no_settings_in_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("POLYAI_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def connect(kind: str) -> Iterator[Connect]:
    with asyncio.Runner() as runner, ExitStack() as clients:
        made: list[ConversationsClient] = []

        def connect(**settings: Any) -> ConversationsClient:
            defaults = {"api_key": "test-key", "agent_id": "PROJECT-TEST", "region": "us"}
            if "retry_policy" not in settings:
                settings["retry_policy"] = no_delays(settings.pop("max_retries", 4))
            client = make_client(kind, runner, **{**defaults, **settings})
            clients.callback(client.close)
            made.append(client)
            return client

        yield connect
        assert [busy_connections(client) for client in made] == [[] for _ in made]


def _is_recording(config: pytest.Config) -> bool:
    return config.getoption("--record-mode") not in {None, "none"}


@pytest.fixture(scope="session")
def api(pytestconfig: pytest.Config) -> Iterator[Api]:
    if not _is_recording(pytestconfig):
        yield replayed_api()
        return
    with recording_api() as api:
        yield api


@pytest.fixture(scope="session")
def vcr_config(api: Api) -> dict[str, Any]:
    return vcr_settings(api)


@pytest.fixture
def vcr_cassette_dir() -> str:
    return str(CASSETTES)


@pytest.fixture
def default_cassette_name(request: pytest.FixtureRequest) -> str:
    """Both clients replay the same cassette."""
    return re.sub(r"\ba?sync-|\[a?sync\]", "", request.node.name)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--long",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="also run the tests marked as long, and the soak for this many seconds",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the long tests unless they are asked for.

    Recording uses the sync client only, because both clients would write to the same cassette.
    """
    is_recording, is_long = _is_recording(config), config.getoption("--long") > 0
    deselected = [
        item
        for item in items
        if (is_recording and "[async" in item.name)
        or (not is_long and item.get_closest_marker("long"))
    ]
    config.hook.pytest_deselected(items=deselected)
    items[:] = [item for item in items if item not in deselected]


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """A sandbox that all tests share, so they must not change its data."""
    with Sandbox(conversations=120, seed=7, api_key=KEY) as sandbox:
        yield sandbox


@pytest.fixture
def cli(
    capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> Iterator[InProcessCli]:
    yield InProcessCli(capfdbinary, monkeypatch)
    logging.getLogger("polyai_conversations").setLevel(logging.NOTSET)  # undoes --debug


@pytest.fixture
def exporter(kind: str, tmp_path: Path) -> Exporter:
    """Export from an API without conversations into a directory that does not exist yet."""
    return Exporter(kind, tmp_path / "calls")
