from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="TurnLatency")


@_attrs_define
class TurnLatency:
    """The latency of a turn."""

    label: Any | Unset = UNSET
    """ Only null was recorded; its type is not documented. """
    perceived_latency: float | None | Unset = UNSET
    """ Time that the user waited for the response, in seconds. """
    perceived_latency_percentile_1d: Any | Unset = UNSET
    """ Only null was recorded; its type is not documented. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        label = self.label

        perceived_latency: float | None | Unset
        if isinstance(self.perceived_latency, Unset):
            perceived_latency = UNSET
        else:
            perceived_latency = self.perceived_latency

        perceived_latency_percentile_1d = self.perceived_latency_percentile_1d

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if label is not UNSET:
            field_dict["label"] = label
        if perceived_latency is not UNSET:
            field_dict["perceived_latency"] = perceived_latency
        if perceived_latency_percentile_1d is not UNSET:
            field_dict["perceived_latency_percentile_1d"] = (
                perceived_latency_percentile_1d
            )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        label = d.pop("label", UNSET)

        def _parse_perceived_latency(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("float | None | Unset", data)

        perceived_latency = _parse_perceived_latency(d.pop("perceived_latency", UNSET))

        perceived_latency_percentile_1d = d.pop(
            "perceived_latency_percentile_1d", UNSET
        )

        turn_latency = cls(
            label=label,
            perceived_latency=perceived_latency,
            perceived_latency_percentile_1d=perceived_latency_percentile_1d,
        )

        turn_latency.additional_properties = d
        return turn_latency

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
