"""All the conversations of the stand-in server, and what was written on them."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from . import record
from .dice import Dice
from .identity import index_of
from .record import Home
from .story import tell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .story import Story
    from .voice import Timeline

_to_json: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class World:
    """Conversations of one agent, newest first, the same for the same seed on every machine.

    Each is made when it is first asked for, from the seed and its own index alone. Notes and
    annotations are kept in memory. Whatever is handed out is the caller's own copy.

    Args:
        conversations: How many there are at first.
        seed: Which world it is.
        agent_id: The agent that held the conversations, their `projectId`.
        account_id: The account that the agent belongs to.
        base_url: Address at which the recordings are served, without a path.

    """

    def __init__(
        self,
        conversations: int,
        seed: int,
        agent_id: str,
        account_id: str = "ws-5a4db0c5",
        base_url: str = "http://127.0.0.1",
    ) -> None:
        self._indices = list(range(conversations))
        self._present = set(self._indices)
        self._newest = 0
        self._seed = seed
        self._home = Home(account_id, agent_id, base_url)
        self._stories: dict[int, Story] = {}
        self._summaries: dict[int, dict[str, Any]] = {}
        self._written: dict[int, str] = {}
        self._notes: dict[str, str] = {}
        self._annotations: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)

    def __repr__(self) -> str:
        return f"World(conversations={self.count}, seed={self._seed})"

    @property
    def count(self) -> int:
        """How many conversations there are now."""
        return len(self._indices)

    def arrive(self) -> str:
        """Let one more conversation begin, the newest of all; give its id."""
        self._newest -= 1
        self._indices.insert(0, self._newest)
        self._present.add(self._newest)
        return self._story(self._newest).conversation_id

    def leave(self, place: int) -> str:
        """Let the conversation at a place of the list be deleted; give its id."""
        index = self._indices.pop(place)
        self._present.discard(index)
        return self._story(index).conversation_id

    def __contains__(self, conversation_id: object) -> bool:
        return isinstance(conversation_id, str) and self._find(conversation_id) is not None

    def page(self, limit: int, offset: int) -> list[dict[str, Any]]:
        """Give the summaries of up to `limit` conversations, after skipping `offset`."""
        return [self._summary(index) for index in self._indices[offset : offset + limit]]

    def written_page(self, limit: int, offset: int) -> str:
        """Give what `page` gives as JSON; each summary is written once and kept."""
        rows = (self._write(index) for index in self._indices[offset : offset + limit])
        return f"[{','.join(rows)}]"

    def detail(self, conversation_id: str) -> dict[str, Any]:
        """Give the full record of a conversation.

        Raises:
            KeyError: There is no such conversation.

        """
        story = self._story_of(conversation_id)
        return {
            **self._summary(story.index),
            **record.detail(story, self._dice(story.index)),
            "annotations": self.annotations(conversation_id),
        }

    def turn_count(self, conversation_id: str) -> int:
        """Give the number of turns of a conversation.

        Raises:
            KeyError: There is no such conversation.

        """
        return len(self._story_of(conversation_id).dialogue.turns)

    def timeline(self, conversation_id: str) -> Timeline | None:
        """Give what the recording of a conversation holds; None where it has no recording.

        Raises:
            KeyError: There is no such conversation.

        """
        story = self._story_of(conversation_id)
        return story.timeline if story.recorded else None

    def annotations(self, conversation_id: str) -> list[dict[str, Any]]:
        """Give the annotations of a conversation, in the order in which they were added.

        Raises:
            KeyError: There is no such conversation.

        """
        self._story_of(conversation_id)
        return [dict(item) for item in self._annotations.get(conversation_id, ())]

    def set_note(self, conversation_id: str, note: str) -> None:
        """Set the note of a conversation, in place of the note that was there.

        Raises:
            KeyError: There is no such conversation.

        """
        story = self._story_of(conversation_id)
        self._notes[conversation_id] = note
        self._written.pop(story.index, None)

    def add_annotations(
        self, conversation_id: str, annotations: Iterable[Mapping[str, Any]]
    ) -> None:
        """Add annotations to those that a conversation has.

        Raises:
            KeyError: There is no such conversation.

        """
        self._story_of(conversation_id)
        self._annotations[conversation_id] += [dict(item) for item in annotations]

    def _summary(self, index: int) -> dict[str, Any]:
        if index not in self._summaries:
            made = record.summary(self._story(index), self._home, self._dice(index))
            self._summaries[index] = made
        kept = self._summaries[index]
        note = self._notes.get(kept["conversationId"], kept["note"])
        return {**kept, "tags": [*kept["tags"]], "note": note}

    def _write(self, index: int) -> str:
        if index not in self._written:
            self._written[index] = _to_json(self._summary(index))
        return self._written[index]

    def _story_of(self, conversation_id: str) -> Story:
        story = self._find(conversation_id)
        if story is None:
            raise KeyError(conversation_id)
        return story

    def _find(self, conversation_id: str) -> Story | None:
        index = index_of(conversation_id)
        if index is None or index not in self._present:
            return None
        story = self._story(index)
        return story if story.conversation_id == conversation_id else None

    def _story(self, index: int) -> Story:
        if index not in self._stories:
            self._stories[index] = tell(self._seed, index)
        return self._stories[index]

    def _dice(self, index: int) -> Dice:
        return Dice(f"{self._seed}:{index}:record")
