"""A client that can also return the JSON text that the server sent."""

from __future__ import annotations

from collections.abc import Iterator

from polyai_conversations._http.raw_json import RawSummary, parse_raw_page, raw_json
from polyai_conversations._http.response_parsing import parse_response
from polyai_conversations._sync.client import ConversationsClient
from polyai_conversations._sync.pager import ConversationPager
from polyai_conversations_api.api.conversations import get_conversation


class RawClient(ConversationsClient):
    """A `ConversationsClient` whose results keep the server's own JSON text."""

    def list_raw(self, max_items: int | None, start: int) -> ConversationPager:
        """List conversations like `list_conversations`; read the pager with `raw_summaries`."""
        return ConversationPager(self.send, parse_raw_page, max_items=max_items, start=start)

    def get_raw_conversation(self, conversation_id: str) -> str:
        """Get the JSON text of a conversation, on one line."""
        response = self.send(get_conversation, conversation_id)
        parse_response(get_conversation, response)
        return raw_json(response)


def raw_summaries(pager: ConversationPager) -> Iterator[RawSummary]:
    """Iterate over a pager returned by `RawClient.list_raw`."""
    for summary in pager:
        assert isinstance(summary, RawSummary)  # noqa: S101 - made by `parse_raw_page`
        yield summary
