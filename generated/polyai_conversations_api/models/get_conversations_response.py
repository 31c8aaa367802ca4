from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

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
        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        conversations = []
        for conversations_item_data in self.conversations:
            conversations_item = conversations_item_data.to_dict()
            conversations.append(conversations_item)

        field_dict["conversations"] = conversations
        field_dict["count"] = self.count
        field_dict["limit"] = self.limit
        field_dict["offset"] = self.offset
        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        model = cls(
            _parse_conversations(d.pop("conversations")),
            d.pop("count"),
            d.pop("limit"),
            d.pop("offset"),
        )
        model.additional_properties = d
        return model

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties)

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties

    __iter__ = None  # otherwise Python would iterate by calling __getitem__ with 0


def _parse_conversations(data: Any) -> Any:
    conversations = []
    _conversations = data
    for conversations_item_data in _conversations:
        conversations_item = ConversationSummaryResponse.from_dict(
            conversations_item_data
        )

        conversations.append(conversations_item)

    return conversations


from ..models.conversation_summary_response import ConversationSummaryResponse
