from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.conversation_summary_response import ConversationSummaryResponse


T = TypeVar("T", bound="GetConversationsResponse")


@_attrs_define
class GetConversationsResponse:
    """A page of conversations, and its position in the list."""

    conversations: list[ConversationSummaryResponse]
    """ The conversations of this page; empty beyond the end of the list. """
    count: int
    """ Number of conversations in the whole list. """
    limit: int
    """ Number of conversations on this page at most, as the server applied it. """
    offset: int
    """ Number of conversations before this page. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        conversations = []
        for conversations_item_data in self.conversations:
            conversations_item = conversations_item_data.to_dict()
            conversations.append(conversations_item)

        count = self.count

        limit = self.limit

        offset = self.offset

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "conversations": conversations,
                "count": count,
                "limit": limit,
                "offset": offset,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.conversation_summary_response import ConversationSummaryResponse  # noqa: PLC0415

        d = dict(src_dict)
        conversations = []
        _conversations = d.pop("conversations")
        for conversations_item_data in _conversations:
            conversations_item = ConversationSummaryResponse.from_dict(
                conversations_item_data
            )

            conversations.append(conversations_item)

        count = d.pop("count")

        limit = d.pop("limit")

        offset = d.pop("offset")

        get_conversations_response = cls(
            conversations=conversations,
            count=count,
            limit=limit,
            offset=offset,
        )

        get_conversations_response.additional_properties = d
        return get_conversations_response

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
