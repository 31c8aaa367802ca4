"""A sandbox for tests under load: several agents, a rate limit and cached recordings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from polyai_conversations import ConversationsClient, RetryPolicy
from polyai_conversations.sandbox import Sandbox
from polyai_conversations.sandbox.audio.source import call_audio
from polyai_conversations.sandbox.server.error_responses import ApiError
from polyai_conversations.sandbox.server.rate_limit import RateLimit

if TYPE_CHECKING:
    from polyai_conversations.sandbox.audio.source import AudioSource


def connect(sandbox: Sandbox, **settings: Any) -> ConversationsClient:
    return ConversationsClient(
        api_key=sandbox.api_key, agent_id=sandbox.agent_id, base_url=sandbox.url, **settings
    )


def test_each_agent_has_its_own_conversations() -> None:
    with (
        Sandbox(conversations=40, other_agents=["PROJECT B", "PROJECT-C"]) as sandbox,
        connect(sandbox) as client,
    ):
        lists = [
            [call.conversation_id for call in client.for_agent(agent).list_conversations()]
            for agent in (sandbox.agent_id, "PROJECT B", "PROJECT-C")
        ]
        assert [len(ids) for ids in lists] == [40, 40, 40]
        assert lists[0] != lists[1] != lists[2] != lists[0]
        its_id = next(each for each in lists[1] if each.startswith("CA"))
        assert client.for_agent("project-b").get_conversation(its_id).project_id == "PROJECT B"
        assert its_id in sandbox.store_of("PROJECT B")
        assert its_id not in sandbox.store


def test_a_note_changes_the_conversation_of_one_agent() -> None:
    """Some ids occur with several agents."""
    with Sandbox(other_agents=["PROJECT-B"]) as sandbox, connect(sandbox) as client:
        other = client.for_agent("PROJECT-B")
        ids = {call.conversation_id for call in client.list_conversations()}
        shared = next(
            call.conversation_id
            for call in other.list_conversations()
            if call.conversation_id in ids
        )
        other.upsert_note(shared, "only here")
        assert other.get_conversation(shared).note == "only here"
        assert client.get_conversation(shared).note != "only here"


@pytest.mark.parametrize(
    ("others", "rule"),
    [
        ("PROJECT-B", "must be a sequence of ids"),
        ([""], "must be text that is not empty"),
        (["PROJECT-B", "project_b"], "must have different ids and slugs"),
        (["PROJECT-SANDBOX"], "must have different ids and slugs"),
    ],
)
def test_invalid_other_agents_raise_a_value_error(others: Any, rule: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"other_agents {rule}")):
        Sandbox(other_agents=others)


def test_requests_above_the_rate_limit_get_status_429_with_retry_after() -> None:
    with Sandbox(conversations=1, rate_limit=3) as sandbox:
        url = f"{sandbox.url}/v1/agents/{sandbox.agent_id}/conversations"
        with httpx.Client(headers={"X-API-KEY": sandbox.api_key}) as http:
            responses = [http.get(url) for _ in range(5)]
        assert [response.status_code for response in responses] == [200, 200, 200, 429, 429]
        assert responses[-1].headers["Retry-After"] == "1"
        assert responses[-1].json()["error_message"] == "Too many requests"
        counts = {("listConversations", 200): 3, ("listConversations", 429): 2}
        assert sandbox.requests == counts


def test_the_rate_limit_applies_to_any_second() -> None:
    now = 0.0
    limit = RateLimit(2, clock=lambda: now)
    for moment, accepted in [(0.0, True), (0.9, True), (0.99, False), (1.0, True), (1.5, False)]:
        now = moment
        if accepted:
            limit.check()
        else:
            with pytest.raises(ApiError):
                limit.check()


def test_a_client_within_retry_after_gets_through() -> None:
    with (
        Sandbox(conversations=1, rate_limit=1) as sandbox,
        connect(sandbox, retry_policy=RetryPolicy(max_retries=2)) as client,
    ):
        client.list_page()
        client.list_page()
        assert sandbox.requests["listConversations", 200] == 2


def test_cached_recordings_are_synthesized_once(monkeypatch: pytest.MonkeyPatch) -> None:
    synthesized: list[object] = []

    def count(timeline: Any, direction: Any, *, redacted: bool) -> AudioSource:
        synthesized.append((timeline, direction, redacted))
        return call_audio(timeline, direction, redacted=redacted)

    monkeypatch.setattr("polyai_conversations.sandbox.server.app.call_audio", count)
    with Sandbox(conversations=1, cached_recordings=2) as sandbox, connect(sandbox) as client:
        (call,) = client.list_conversations()
        recordings = [client.read_audio(call.conversation_id) for _ in range(3)]
        assert recordings[0] == recordings[1] == recordings[2]
        assert len(synthesized) == 1
        assert client.read_audio(call.conversation_id, "user") != recordings[0]


def test_requests_are_unknown_before_the_start() -> None:
    with pytest.raises(RuntimeError, match="before it starts"):
        _ = Sandbox().requests
