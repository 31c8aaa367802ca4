from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="AddAnnotationsBody")


@_attrs_define
class AddAnnotationsBody:
    """Annotations to add to a conversation."""

    annotations: list[AnnotationItem]
    """ The annotations, at least one. """

    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        annotations = []
        for annotations_item_data in self.annotations:
            annotations_item = annotations_item_data.to_dict()
            annotations.append(annotations_item)

        field_dict["annotations"] = annotations
        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        model = cls(
            _parse_annotations(d.pop("annotations")),
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


def _parse_annotations(data: Any) -> Any:
    annotations = []
    _annotations = data
    for annotations_item_data in _annotations:
        annotations_item = AnnotationItem.from_dict(annotations_item_data)

        annotations.append(annotations_item)

    return annotations


from ..models.annotation_item import AnnotationItem
