from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.annotation_item_annotation_type import (
    AnnotationItemAnnotationType,
    check_annotation_item_annotation_type,
)
from ..models.annotation_item_role import AnnotationItemRole, check_annotation_item_role

T = TypeVar("T", bound="AnnotationItem")


@_attrs_define
class AnnotationItem:
    """A fault in one turn. The reference says only that it is an object; its fields and their values
    are from the vendor's later description.
    """

    turn_id: int
    """ Index of the turn in `turns`; the first is 0. What a server does with an index beyond the
    last turn is not documented.
     """

    role: AnnotationItemRole
    """ Whose part of the turn is faulty. """

    annotation_type: AnnotationItemAnnotationType
    """ What is wrong: `missing_topic` the agent lacked the topic, `wrong_transcript` the user was
    misheard, `wrong_info` the agent's response was wrong.
     """

    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict["turnId"] = self.turn_id
        role: str = self.role

        field_dict["role"] = role
        annotation_type: str = self.annotation_type

        field_dict["annotationType"] = annotation_type
        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        model = cls(
            d.pop("turnId"),
            _parse_role(d.pop("role")),
            _parse_annotation_type(d.pop("annotationType")),
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


def _parse_role(data: Any) -> Any:
    role = check_annotation_item_role(data)

    return role


def _parse_annotation_type(data: Any) -> Any:
    annotation_type = check_annotation_item_annotation_type(data)

    return annotation_type
