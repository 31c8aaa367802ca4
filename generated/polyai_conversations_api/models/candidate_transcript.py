from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="CandidateTranscript")


@_attrs_define
class CandidateTranscript:
    """A candidate transcript of the user's speech."""

    text: None | str | Unset = UNSET
    """ The transcript. """

    intents: list[Any] | None | Unset = UNSET
    """ Intents; only an empty array was recorded. """

    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        if not isinstance(self.text, Unset):
            field_dict["text"] = self.text
        if not isinstance(self.intents, Unset):
            field_dict["intents"] = self.intents
        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        model = cls(
            d.pop("text", UNSET),
            d.pop("intents", UNSET),
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
