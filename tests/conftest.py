"""What every test may use: a client of either kind, and an environment without settings."""

from __future__ import annotations

import asyncio
import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from clients import Connect, make

if TYPE_CHECKING:
    from collections.abc import Iterator

    from polyai_conversations import ConversationsClient


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("POLYAI_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def connect(kind: str) -> Iterator[Connect]:
    with asyncio.Runner() as runner, ExitStack() as clients:

        def connect(**settings: Any) -> ConversationsClient:
            defaults = {"api_key": "test-key", "agent_id": "PROJECT-TEST", "region": "us"}
            client = make(kind, runner, **{**defaults, **settings})
            clients.callback(client.close)
            return client

        yield connect
