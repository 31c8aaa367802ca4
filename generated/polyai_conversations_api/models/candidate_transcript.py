from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

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
        text: None | str | Unset
        if isinstance(self.text, Unset):
            text = UNSET
        else:
            text = self.text

        intents: list[Any] | None | Unset
        if isinstance(self.intents, Unset):
            intents = UNSET
        elif isinstance(self.intents, list):
            intents = self.intents

        else:
            intents = self.intents

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if text is not UNSET:
            field_dict["text"] = text
        if intents is not UNSET:
            field_dict["intents"] = intents

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_text(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        text = _parse_text(d.pop("text", UNSET))

        def _parse_intents(data: object) -> list[Any] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                intents_type_0 = cast("list[Any]", data)

                return intents_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("list[Any] | None | Unset", data)

        intents = _parse_intents(d.pop("intents", UNSET))

        candidate_transcript = cls(
            text=text,
            intents=intents,
        )

        candidate_transcript.additional_properties = d
        return candidate_transcript

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
