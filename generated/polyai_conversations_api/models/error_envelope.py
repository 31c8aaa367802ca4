from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

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
      `GET_CONVERSATIONS_FILTER_PARSE_ERROR`, `GET_CONVERSATIONS_INVALID_SORT_PARAMETER`
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
        success: bool | None | Unset
        if isinstance(self.success, Unset):
            success = UNSET
        else:
            success = self.success

        error: None | str | Unset
        if isinstance(self.error, Unset):
            error = UNSET
        else:
            error = self.error

        error_id: None | str | Unset
        if isinstance(self.error_id, Unset):
            error_id = UNSET
        else:
            error_id = self.error_id

        error_code: None | str | Unset
        if isinstance(self.error_code, Unset):
            error_code = UNSET
        else:
            error_code = self.error_code

        error_message: None | str | Unset
        if isinstance(self.error_message, Unset):
            error_message = UNSET
        else:
            error_message = self.error_message

        data = self.data

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if success is not UNSET:
            field_dict["success"] = success
        if error is not UNSET:
            field_dict["error"] = error
        if error_id is not UNSET:
            field_dict["error_id"] = error_id
        if error_code is not UNSET:
            field_dict["error_code"] = error_code
        if error_message is not UNSET:
            field_dict["error_message"] = error_message
        if data is not UNSET:
            field_dict["data"] = data

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_success(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("bool | None | Unset", data)

        success = _parse_success(d.pop("success", UNSET))

        def _parse_error(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        error = _parse_error(d.pop("error", UNSET))

        def _parse_error_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        error_id = _parse_error_id(d.pop("error_id", UNSET))

        def _parse_error_code(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        error_code = _parse_error_code(d.pop("error_code", UNSET))

        def _parse_error_message(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        error_message = _parse_error_message(d.pop("error_message", UNSET))

        data = d.pop("data", UNSET)

        error_envelope = cls(
            success=success,
            error=error,
            error_id=error_id,
            error_code=error_code,
            error_message=error_message,
            data=data,
        )

        error_envelope.additional_properties = d
        return error_envelope

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
