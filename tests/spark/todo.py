"""The to-do list of a sandbox, and a task that fetches it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from polyai_conversations.spark.schemas import TODO_ARROW, record_batch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from polyai_conversations.sandbox import Sandbox
    from polyai_conversations.spark import FetchConversations

Row = dict[str, Any]
Key = tuple[str, str]


def all_rows(sandbox: Sandbox, agent_id: str) -> list[Row]:
    store = sandbox.store_of(agent_id)
    return store.page(store.count, 0)


def ended(sandbox: Sandbox, *agents: str) -> dict[Key, Row]:
    """Return the conversations that have ended, by agent and id."""
    return {
        (agent_id, row["conversationId"]): row
        for agent_id in agents
        for row in all_rows(sandbox, agent_id)
        if not row["inProgress"]
    }


def recorded(conversations: dict[Key, Row]) -> set[Key]:
    # The list leaves out some URLs. Of the conversations that have ended, all calls are recorded.
    return {key for key, row in conversations.items() if row["channel"] == "VOICE-SIP"}


def todo(keys: Iterable[Key]) -> list[Row]:
    return [
        {"agent_id": agent_id, "conversation_id": its_id, "revision": "r1", "changed": False}
        for agent_id, its_id in keys
    ]


def run(fetch: FetchConversations, rows: list[Row], size: int = 20) -> list[Row]:
    """Fetch as a task of Spark does, and return the rows."""
    batches = (record_batch(rows[at : at + size], TODO_ARROW) for at in range(0, len(rows), size))
    return [row for batch in fetch(batches) for row in batch.to_pylist()]


def keys_of(rows: Iterable[Row]) -> Iterator[Key]:
    return ((row["agent_id"], row["conversation_id"]) for row in rows)
