from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.added_state import AddedState
    from ..models.updated_state import UpdatedState


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
        from ..models.added_state import AddedState  # noqa: PLC0415
        from ..models.updated_state import UpdatedState  # noqa: PLC0415

        added: dict[str, Any] | None | Unset
        if isinstance(self.added, Unset):
            added = UNSET
        elif isinstance(self.added, AddedState):
            added = self.added.to_dict()
        else:
            added = self.added

        updated: dict[str, Any] | None | Unset
        if isinstance(self.updated, Unset):
            updated = UNSET
        elif isinstance(self.updated, UpdatedState):
            updated = self.updated.to_dict()
        else:
            updated = self.updated

        removed: list[Any] | None | Unset
        if isinstance(self.removed, Unset):
            removed = UNSET
        elif isinstance(self.removed, list):
            removed = self.removed

        else:
            removed = self.removed

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if added is not UNSET:
            field_dict["added"] = added
        if updated is not UNSET:
            field_dict["updated"] = updated
        if removed is not UNSET:
            field_dict["removed"] = removed

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.added_state import AddedState  # noqa: PLC0415
        from ..models.updated_state import UpdatedState  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_added(data: object) -> AddedState | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                added_type_0 = AddedState.from_dict(data)

                return added_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("AddedState | None | Unset", data)

        added = _parse_added(d.pop("added", UNSET))

        def _parse_updated(data: object) -> None | Unset | UpdatedState:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                updated_type_0 = UpdatedState.from_dict(data)

                return updated_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("None | Unset | UpdatedState", data)

        updated = _parse_updated(d.pop("updated", UNSET))

        def _parse_removed(data: object) -> list[Any] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                removed_type_0 = cast("list[Any]", data)

                return removed_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("list[Any] | None | Unset", data)

        removed = _parse_removed(d.pop("removed", UNSET))

        state_changes = cls(
            added=added,
            updated=updated,
            removed=removed,
        )

        state_changes.additional_properties = d
        return state_changes

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
