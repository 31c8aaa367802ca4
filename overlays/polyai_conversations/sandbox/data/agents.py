"""The agents of the sandbox, each with conversations of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .ids import slug

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .list_mutator import ListMutator
    from .store import ConversationStore


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent.

    Attributes:
        agent_id: Its id.
        store: Its conversations.
        list_mutator: Changes its conversations before each list request.

    """

    agent_id: str
    store: ConversationStore
    list_mutator: ListMutator


def agents_by_name(agents: Iterable[Agent]) -> dict[str, Agent]:
    """Return agents by each name that addresses them: their id and their slug."""
    return {name: agent for agent in agents for name in agent_names(agent.agent_id)}


def agent_names(agent_id: str) -> set[str]:
    """Return the id of an agent and its slug."""
    return {agent_id, slug(agent_id)}
