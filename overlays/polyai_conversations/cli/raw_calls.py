"""Calls that also return the JSON text that the server sent."""

from __future__ import annotations

from functools import partial

from polyai_conversations import ConversationsClient
from polyai_conversations._http.raw_json import RawSummary, parse_raw_page, raw_json
from polyai_conversations._http.response_parsing import parse_response
from polyai_conversations._paging.list_operation import LIST_CONVERSATIONS
from polyai_conversations._sync.pager import OffsetPager
from polyai_conversations_api.api.conversations import get_conversation, list_conversations
from polyai_conversations_api.models import GetConversationsResponse

RawPager = OffsetPager[RawSummary, GetConversationsResponse]


def list_raw(client: ConversationsClient, max_items: int | None, start: int) -> RawPager:
    """List conversations like `list_conversations`."""
    return OffsetPager(
        partial(client.send, list_conversations),
        parse_raw_page,
        LIST_CONVERSATIONS,
        max_items=max_items,
        start=start,
    )


def get_raw_conversation(client: ConversationsClient, conversation_id: str) -> str:
    """Get the JSON text of a conversation, on one line."""
    response = client.send(get_conversation, conversation_id)
    parse_response(get_conversation, response)
    return raw_json(response)
