"""All conversations of the sandbox, with the notes and annotations that clients have added."""

from __future__ import annotations

import copy
import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from .conversation import generate
from .details import detail
from .ids import index_of
from .seeded_random import SeededRandom
from .summaries import Tenant, summary

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from polyai_conversations.sandbox.audio.timeline import Timeline

    from .conversation import Conversation

_to_json: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class ConversationStore:
    """The conversations of one agent, newest first; the same on every machine for the same seed.

    Each conversation is generated on first use, from the seed and its own index alone. Notes and
    annotations are kept in memory. Callers may modify what the methods return.

    Args:
        conversations: How many conversations there are initially.
        seed: Determines the conversations.
        agent_id: The agent that held the conversations; their `projectId`.
        account_id: The account that the agent belongs to.

    """

    def __init__(
        self, conversations: int, seed: int, agent_id: str, account_id: str = "ws-5a4db0c5"
    ) -> None:
        self._indices = list(range(conversations))
        self._present = set(self._indices)
        self._newest = 0
        self._seed = seed
        self._tenant = Tenant(account_id, agent_id)
        self._conversations: dict[int, Conversation] = {}
        self._summaries: dict[int, dict[str, Any]] = {}
        self._summaries_json: dict[int, str] = {}
        self._notes: dict[str, str] = {}
        self._annotations: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)

    def __repr__(self) -> str:
        return f"ConversationStore(conversations={self.count}, seed={self._seed})"

    @property
    def count(self) -> int:
        """How many conversations there are now."""
        return len(self._indices)

    def insert(self) -> str:
        """Add a conversation that is newer than all others, and return its id."""
        self._newest -= 1
        self._indices.insert(0, self._newest)
        self._present.add(self._newest)
        return self._at(self._newest).conversation_id

    def delete(self, position: int) -> str:
        """Delete the conversation at a position in the list, and return its id."""
        index = self._indices.pop(position)
        self._present.discard(index)
        return self._at(index).conversation_id

    def __contains__(self, conversation_id: object) -> bool:
        return isinstance(conversation_id, str) and self._find(conversation_id) is not None

    def page(self, limit: int, offset: int) -> list[dict[str, Any]]:
        """Return the summaries of up to `limit` conversations, skipping the first `offset`."""
        return [self._summary(index) for index in self._indices[offset : offset + limit]]

    def page_json(self, limit: int, offset: int) -> str:
        """Return what `page` returns as JSON; the JSON of each summary is cached."""
        rows = (self._summary_json(index) for index in self._indices[offset : offset + limit])
        return f"[{','.join(rows)}]"

    def detail(self, conversation_id: str) -> dict[str, Any]:
        """Return the full record of a conversation.

        Raises:
            KeyError: The conversation does not exist.

        """
        conversation = self._get(conversation_id)
        return {
            **self._summary(conversation.index),
            **detail(conversation, self._random(conversation.index)),
        }

    def timeline(self, conversation_id: str) -> Timeline | None:
        """Return who speaks when in the recording of a conversation; None if it has no recording.

        Raises:
            KeyError: The conversation does not exist.

        """
        conversation = self._get(conversation_id)
        return conversation.timeline if conversation.recorded else None

    def annotations(self, conversation_id: str) -> list[dict[str, Any]]:
        """Return the annotations of a conversation, oldest first.

        Raises:
            KeyError: The conversation does not exist.

        """
        self._get(conversation_id)
        return [dict(item) for item in self._annotations.get(conversation_id, ())]

    def set_note(self, conversation_id: str, note: str) -> None:
        """Replace the note of a conversation.

        Raises:
            KeyError: The conversation does not exist.

        """
        conversation = self._get(conversation_id)
        self._notes[conversation_id] = note
        self._summaries_json.pop(conversation.index, None)

    def add_annotations(
        self, conversation_id: str, annotations: Iterable[Mapping[str, Any]]
    ) -> None:
        """Append annotations to those that a conversation has.

        Raises:
            KeyError: The conversation does not exist.

        """
        self._get(conversation_id)
        self._annotations[conversation_id] += [dict(item) for item in annotations]

    def _summary(self, index: int) -> dict[str, Any]:
        if index not in self._summaries:
            self._summaries[index] = summary(self._at(index), self._tenant, self._random(index))
        cached = self._summaries[index]
        note = self._notes.get(cached["conversationId"], cached["note"])
        return {**copy.deepcopy(cached), "note": note}

    def _summary_json(self, index: int) -> str:
        if index not in self._summaries_json:
            self._summaries_json[index] = _to_json(self._summary(index))
        return self._summaries_json[index]

    def _get(self, conversation_id: str) -> Conversation:
        conversation = self._find(conversation_id)
        if conversation is None:
            raise KeyError(conversation_id)
        return conversation

    def _find(self, conversation_id: str) -> Conversation | None:
        index = index_of(conversation_id)
        if index is None or index not in self._present:
            return None
        conversation = self._at(index)
        return conversation if conversation.conversation_id == conversation_id else None

    def _at(self, index: int) -> Conversation:
        if index not in self._conversations:
            self._conversations[index] = generate(self._seed, index)
        return self._conversations[index]

    def _random(self, index: int) -> SeededRandom:
        return SeededRandom(f"{self._seed}:{index}:record")
