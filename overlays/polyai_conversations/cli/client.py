"""The client of the commands: it also gives what was sent, word for word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from polyai_conversations.client import ConversationsClient
from polyai_conversations.operation import result
from polyai_conversations.pagination import ConversationPager
from polyai_conversations.status import correlation_id_of
from polyai_conversations.verbatim import SentSummary, sent_page, sent_text
from polyai_conversations_api.api.conversations import get_conversation, list_conversations

if TYPE_CHECKING:
    from collections.abc import Iterator

_PAGE_SIZE = 100
_PREFETCH = 4


class CommandClient(ConversationsClient):
    """A `ConversationsClient` whose answers keep the words in which they were sent."""

    def pager(self, max_items: int | None, start: int) -> ConversationPager:
        """Walk the list as `list_conversations` does; the conversations are `SentSummary`."""
        return ConversationPager(
            self._fetch_page,
            sent_page,
            page_size=_PAGE_SIZE,
            max_items=max_items,
            start=start,
            prefetch=_PREFETCH,
        )

    def sent_conversation(self, conversation_id: str) -> str:
        """Get the JSON text of a conversation, on one line."""
        response = self.send(get_conversation, conversation_id)
        result(get_conversation, response)
        return sent_text(response)

    def count(self) -> tuple[int, str | None]:
        """Ask how many conversations there are; give the correlation id too."""
        response = self.send(list_conversations, limit=1, offset=0)
        return result(list_conversations, response).count, correlation_id_of(response)


def sent_summaries(pager: ConversationPager) -> Iterator[SentSummary]:
    """Walk a pager of `CommandClient`."""
    for summary in pager:
        assert isinstance(summary, SentSummary)  # noqa: S101 - `sent_page` made it
        yield summary
