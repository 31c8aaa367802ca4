from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="ConversationFunctionEvents")


@_attrs_define
class ConversationFunctionEvents:
    """Calls of the agent's functions, by the number of the turn as text. In the recorded
    responses, the first turn has the number `"1"`, and turns without calls are absent.
    """

    additional_properties: dict[str, list[FunctionEvent] | None] = _attrs_field(
        init=False, factory=dict
    )

    def to_dict(self) -> dict[str, Any]:
        field_dict: dict[str, Any] = {}
        for prop_name, prop in self.additional_properties.items():
            if isinstance(prop, list):
                field_dict[prop_name] = []
                for additional_property_type_0_item_data in prop:
                    additional_property_type_0_item = (
                        additional_property_type_0_item_data.to_dict()
                    )
                    field_dict[prop_name].append(additional_property_type_0_item)

            else:
                field_dict[prop_name] = prop

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        model = cls()
        model.additional_properties = {
            key: _parse_additional_property(data) for key, data in d.items()
        }
        return model

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties)

    def __getitem__(self, key: str) -> list[FunctionEvent] | None:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: list[FunctionEvent] | None) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties

    __iter__ = None  # otherwise Python would iterate by calling __getitem__ with 0


def _parse_additional_property(data: Any) -> Any:
    if isinstance(data, list):
        try:
            additional_property_type_0 = []
            _additional_property_type_0 = data
            for additional_property_type_0_item_data in _additional_property_type_0:
                additional_property_type_0_item = FunctionEvent.from_dict(
                    additional_property_type_0_item_data
                )

                additional_property_type_0.append(additional_property_type_0_item)

            return additional_property_type_0
        except (TypeError, ValueError, AttributeError, KeyError):
            pass
    return data


from ..models.function_event import FunctionEvent
