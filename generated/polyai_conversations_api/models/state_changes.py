from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="StateChanges")


@_attrs_define
class StateChanges:
    """What the function changed in the state of the conversation; null if nothing."""

    added: AddedState | None | Unset = UNSET
    """ Values of the variables that were added, by name. """

    updated: None | Unset | UpdatedState = UNSET
    """ Variables that were changed, by name; only an empty object was recorded.
     """

    removed: list[Any] | None | Unset = UNSET
    """ Variables that were removed; only an empty array was recorded. """

    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        added: dict[str, Any] | None | Unset
        if isinstance(self.added, Unset):
            added = UNSET
        elif isinstance(self.added, AddedState):
            added = self.added.to_dict()
        else:
            added = self.added

        if not isinstance(added, Unset):
            field_dict["added"] = added
        updated: dict[str, Any] | None | Unset
        if isinstance(self.updated, Unset):
            updated = UNSET
        elif isinstance(self.updated, UpdatedState):
            updated = self.updated.to_dict()
        else:
            updated = self.updated

        if not isinstance(updated, Unset):
            field_dict["updated"] = updated
        if not isinstance(self.removed, Unset):
            field_dict["removed"] = self.removed
        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        model = cls(
            _parse_added(d.pop("added", UNSET)),
            _parse_updated(d.pop("updated", UNSET)),
            d.pop("removed", UNSET),
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


def _parse_added(data: Any) -> Any:
    if isinstance(data, dict):
        try:
            added_type_0 = AddedState.from_dict(data)

            return added_type_0
        except (TypeError, ValueError, AttributeError, KeyError):
            pass
    return data


def _parse_updated(data: Any) -> Any:
    if isinstance(data, dict):
        try:
            updated_type_0 = UpdatedState.from_dict(data)

            return updated_type_0
        except (TypeError, ValueError, AttributeError, KeyError):
            pass
    return data


from ..models.added_state import AddedState
from ..models.updated_state import UpdatedState
