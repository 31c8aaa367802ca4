"""The paging algorithm in the contract's introduction, followed word for word."""

from __future__ import annotations

from typing import Any

import pytest

from polyai_conversations.sandbox.data.list_mutator import ListMutator
from polyai_conversations.sandbox.data.store import ConversationStore

COUNT = 120
MAX_LIMIT = 15
"""The server uses this limit if the requested one is higher."""
RATES = {
    "an unchanged list": (0, 0),
    "arrivals": (2.5, 0),
    "more arrivals than a page has rows": ({4: 35, 9: 60}, 0),
    "departures": (0, 1.5),
    "a list that becomes shorter than the next offset": (0, {4: 80, 5: 30}),
    "a list that becomes empty": (0, {3: COUNT}),
    "arrivals and departures": (1.5, 1.5),
}


class ChangingList:
    """A list that changes before each request, and knows what stayed in it all the time."""

    def __init__(self, insertions: Any, deletions: Any, seed: int) -> None:
        self.store = ConversationStore(COUNT, seed, "PROJECT-TEST")
        self.stayed = self.ids()
        self._mutator = ListMutator(self.store, insertions, deletions, seed)

    def ids(self) -> set[str]:
        return {row["conversationId"] for row in self.store.page(self.store.count, 0)}

    def request(self, offset: int, limit: int) -> tuple[list[str], int]:
        self._mutator.before_request()
        self.stayed &= self.ids()
        rows = self.store.page(min(limit, MAX_LIMIT), offset)
        return [row["conversationId"] for row in rows], self.store.count


def page_through(conversations: ChangingList, limit: int) -> list[str]:
    """Return the ids of the rows used, in order."""
    used: list[str] = []
    offset, n = 0, limit
    while True:
        rows, count = conversations.request(offset, limit)
        if offset > 0 and not rows:
            offset = max(min(offset, count) - (n - 1), 0)  # step 5
        elif offset > 0 and rows[0] not in used:
            offset = max(offset - (n - 1), 0)  # step 4
        else:
            used += [row for row in rows if row not in used]  # steps 1 and 3
            n = len(rows)
            if offset + n >= count:
                return used
            assert n > 1
            offset += n - 1  # step 2


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("limit", [10, 2 * MAX_LIMIT])
@pytest.mark.parametrize(("insertions", "deletions"), RATES.values(), ids=RATES)
def test_each_conversation_that_stays_is_returned_once(
    insertions: Any, deletions: Any, limit: int, seed: int
) -> None:
    conversations = ChangingList(insertions, deletions, seed)
    returned = page_through(conversations, limit)
    assert conversations.stayed <= set(returned)
    assert len(set(returned)) == len(returned)
