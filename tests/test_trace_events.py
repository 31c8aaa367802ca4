"""Calls do not depend on the names of httpcore's trace events."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest

from clients import busy_connections
from faulty_server import FaultyServer, RoutedServer, hang, respond
from polyai_conversations import AsyncConversationsClient
from wav_factory import wav

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILE: Final = wav(bytes(1000))
DETAIL: Final = {"conversationId": "id", "accountId": "a", "projectId": "p"}
PAGE: Final = {"conversations": [DETAIL], "count": 1, "limit": 50, "offset": 0}
RENAMINGS: dict[str, Callable[[str], str | None]] = {
    "renamed": lambda event: event.replace("started", "begin").replace("response", "answer"),
    "without a prefix": lambda event: event.rpartition(".")[2],
    "swapped": lambda event: (
        event.replace("started", "end").replace("complete", "started").replace("end", "complete")
    ),
    "only started": lambda event: event if event.endswith("started") else None,
    "only complete": lambda event: event if event.endswith("complete") else None,
    "omitted": lambda _: None,
}


class RenamingTransport(httpx.AsyncHTTPTransport):
    """Traces with other names than httpcore, and with one more argument."""

    def __init__(self, rename: Callable[[str], str | None]) -> None:
        super().__init__()
        self._rename = rename

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        trace = request.extensions["trace"]

        async def renamed(event: str, info: dict[str, Any]) -> None:
            name = self._rename(event)
            if name is not None:
                await trace(name, info, "new")

        extensions = {**request.extensions, "trace": renamed}
        inner = httpx.Request(
            request.method,
            request.url,
            headers=request.headers,
            stream=request.stream,
            extensions=extensions,
        )
        return await super().handle_async_request(inner)


@pytest.mark.parametrize("rename", RENAMINGS.values(), ids=RENAMINGS)
def test_every_call_works_if_the_trace_events_have_other_names(
    rename: Callable[[str], str | None], tmp_path: Path
) -> None:
    async def calls(url: str) -> None:
        async with AsyncConversationsClient(
            api_key="k",
            agent_id="a",
            base_url=url,
            transport=RenamingTransport(rename),
            max_retries=0,
        ) as client:
            for _ in range(3):
                assert (await client.list_page()).count == 1
                assert [c.account_id async for c in client.list_conversations()] == ["a"]
                assert (await client.get_conversation("id")).account_id == "a"
                assert (await client.upsert_note("id", "note")).success
                assert await client.read_audio("id") == FILE
                async with client.open_audio("id") as recording:
                    assert b"".join([chunk async for chunk in recording.iter_bytes()]) == FILE
                assert (await client.save_audio("id", tmp_path / "call.wav")).bytes == len(FILE)
            assert busy_connections(client) == []

    with RoutedServer(
        ("/audio", respond(200, FILE)),
        ("/note", respond(200, b'{"success": true}')),
        ("/conversations/id$", respond(200, json.dumps(DETAIL).encode())),
        ("/conversations", respond(200, json.dumps(PAGE).encode())),
    ) as server:
        asyncio.run(calls(server.url))


@pytest.mark.parametrize("rename", RENAMINGS.values(), ids=RENAMINGS)
def test_a_cancelled_call_ends_if_the_trace_events_have_other_names(
    rename: Callable[[str], str | None],
) -> None:
    async def cancel(url: str) -> None:
        transport = RenamingTransport(rename)
        async with AsyncConversationsClient(
            api_key="k", agent_id="a", base_url=url, transport=transport
        ) as client:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.list_page(), 0.2)

    with FaultyServer(hang) as server:
        asyncio.run(asyncio.wait_for(cancel(server.url), 10))
