"""Exports the conversations of a fake API, with either kind of client."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import httpx

from clients import no_delays
from polyai_conversations import AsyncConversationsClient, ConversationsClient
from polyai_conversations.export import ExportReport, export, export_async
from wav_factory import wav

RECORDING = wav(bytes(range(256)) * 10)
AUDIO_URL = "https://audio.example/recording.wav"


@attrs.define
class FakeApi:
    """An API without a network; it counts the requests for details and recordings.

    Attributes:
        conversations: What the list contains, by id, newest first.
        failing: The ids of conversations that return 404, or "audio" for all recordings.
        unlisted: The ids of conversations with recordings that the list does not show.
        requests: Number of requests by kind, `detail` or `audio`.
    """

    conversations: dict[str, dict[str, Any]] = attrs.field(factory=dict)
    failing: set[str] = attrs.field(factory=set)
    unlisted: set[str] = attrs.field(factory=set)
    requests: Counter[str] = attrs.field(factory=Counter)

    def add(self, conversation_id: str, **fields: Any) -> None:
        ids = {"conversationId": conversation_id, "accountId": "a", "projectId": "p"}
        self.conversations = {conversation_id: ids | fields} | self.conversations

    def __call__(self, request: httpx.Request) -> httpx.Response:
        _, _, _, _, _, *rest = request.url.path.split("/")
        match rest:
            case []:
                return self._page(request)
            case [conversation_id]:
                self.requests["detail"] += 1
                response = httpx.Response(200, text=self._detail(conversation_id))
            case [conversation_id, _]:
                self.requests["audio"] += 1
                if not self.has_recording(conversation_id):
                    return httpx.Response(404, json={"error_code": "GONE"})
                response = httpx.Response(200, content=RECORDING)
        if self.failing.isdisjoint(rest):
            return response
        return httpx.Response(404, json={"error_code": "GONE"})

    def has_recording(self, conversation_id: str) -> bool:
        conversation = self.conversations[conversation_id]
        return conversation_id in self.unlisted or bool(conversation.get("audioUrl"))

    def _detail(self, conversation_id: str) -> str:
        turns = [{"user_input": "1.0 or 1.00?", "latency": 1}]
        return json.dumps(self.conversations[conversation_id] | {"turns": turns}, indent=1)

    def _page(self, request: httpx.Request) -> httpx.Response:
        offset, limit = (int(request.url.params[name]) for name in ("offset", "limit"))
        rows = list(self.conversations.values())
        page = {"conversations": rows[offset : offset + limit], "count": len(rows)}
        return httpx.Response(200, text=json.dumps({**page, "limit": limit, "offset": offset}))


@attrs.define
class Exporter:
    """Exports into a directory, with a new client each time.

    Attributes:
        kind: `sync` or `async`.
        directory: The directory of the export.
        api: The API.
        server: Answers the requests in place of the API, if it is not None.
        settings: Settings of the client.
    """

    kind: str
    directory: Path
    api: FakeApi = attrs.field(factory=FakeApi)
    server: Callable[[httpx.Request], httpx.Response] | None = None
    settings: dict[str, Any] = attrs.field(factory=dict)

    def run(self, **options: Any) -> ExportReport:
        settings: dict[str, Any] = {
            "api_key": "test-key",
            "agent_id": "PROJECT-TEST",
            "base_url": "https://api.example",
            "retry_policy": no_delays(max_retries=0),
            "transport": httpx.MockTransport(self.server or self.api),
            **self.settings,
        }
        if self.kind == "async":
            return asyncio.run(self._export_async(settings, options))
        with ConversationsClient(**settings) as client:
            return export(client, self.directory, **options)

    async def _export_async(
        self, settings: dict[str, Any], options: dict[str, Any]
    ) -> ExportReport:
        async with AsyncConversationsClient(**settings) as client:
            return await export_async(client, self.directory, **options)

    @property
    def records(self) -> list[dict[str, Any]]:
        """The lines of the file of conversations."""
        text = (self.directory / "conversations.jsonl").read_text()
        return [json.loads(line) for line in text.splitlines()]

    @property
    def ids(self) -> list[str]:
        """The ids in the file of conversations."""
        return [record["conversationId"] for record in self.records]
