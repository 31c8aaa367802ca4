from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="ErrorEnvelope")


@_attrs_define
class ErrorEnvelope:
    """The body of an error. Every field may be missing, because a gateway may respond instead of
    the API.
    """

    success: bool | None | Unset = UNSET
    """ Always false. """

    error: None | str | Unset = UNSET
    """ What went wrong, for people; mostly the same as `error_message`. """

    error_id: None | str | Unset = UNSET
    """ The correlation id of the exchange, for support. """

    error_code: None | str | Unset = UNSET
    """ What went wrong, for programs. New codes appear without notice. Known codes by status:

    - 400: `CONVERSATIONS_VALIDATION_FAILED`, `SCHEMA_VALIDATION_FAILED`,
      `GET_CONVERSATIONS_FILTER_PARSE_ERROR`, `GET_CONVERSATIONS_INVALID_SORT_PARAMETER`; the
      last two concern filters and sorting, for which no parameters are documented
    - 401: `AUTH_USER_UNAUTHORISED`, `AUTH_USER_INVALID_TOKEN`, `AUTH_USER_NOT_FOUND`
    - 403: `USER_ACCESS_FORBIDDEN`, `EXTERNAL_USER_FORBIDDEN`,
      `ACCOUNT_INSUFFICIENT_PERMISSIONS`
    - 404: `CONVERSATIONS_NOT_FOUND`, `PROJECT_NOT_FOUND`, and for recordings
      `CONVERSATIONS_RECORDING_NOT_FOUND`

    The codes of other statuses are not documented.
     """

    error_message: None | str | Unset = UNSET
    """ What went wrong, for people. """

    data: Any | Unset = UNSET
    """ Always null. """

    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        if not isinstance(self.success, Unset):
            field_dict["success"] = self.success
        if not isinstance(self.error, Unset):
            field_dict["error"] = self.error
        if not isinstance(self.error_id, Unset):
            field_dict["error_id"] = self.error_id
        if not isinstance(self.error_code, Unset):
            field_dict["error_code"] = self.error_code
        if not isinstance(self.error_message, Unset):
            field_dict["error_message"] = self.error_message
        if not isinstance(self.data, Unset):
            field_dict["data"] = self.data
        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        model = cls(
            d.pop("success", UNSET),
            d.pop("error", UNSET),
            d.pop("error_id", UNSET),
            d.pop("error_code", UNSET),
            d.pop("error_message", UNSET),
            d.pop("data", UNSET),
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
