from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="FunctionEvent")


@_attrs_define
class FunctionEvent:
    """A call of one of the agent's functions."""

    id: None | str | Unset = UNSET
    """ The id of the event. """

    conversation_id: None | str | Unset = UNSET
    """ The id of the conversation. """

    turn_id: int | None | Unset = UNSET
    """ Number of the turn; the key of `functionEvents` is the same number as text. """

    name: None | str | Unset = UNSET
    """ The name of the function. """

    function_id: None | str | Unset = UNSET
    """ The id of the function. """

    function_version: Any | Unset = UNSET
    """ Only null was recorded; its type is not documented. """

    llm_request_id: None | str | Unset = UNSET
    """ The id of the request to a language model that led to the call. """

    arguments: FunctionArguments | None | Unset = UNSET
    """ Arguments of the call by name. """

    start_time: None | str | Unset = UNSET
    """ When the call started, as an HTTP date such as `Wed, 03 Jun 2026 13:18:09 GMT`.
     """

    duration: float | None | Unset = UNSET
    """ How long the call took, in milliseconds. """

    utterance: None | str | Unset = UNSET
    """ What the function made the agent say. """

    handoff: FunctionHandoff | None | Unset = UNSET
    """ The handoff that the function started; null if none. """

    state_changes: None | StateChanges | Unset = UNSET
    """ What the function changed in the state of the conversation; null if nothing. """

    content: Any | Unset = UNSET
    """ Only null was recorded; its type is not documented. """

    error: Any | Unset = UNSET
    """ Only null was recorded; its type is not documented. """

    hangup: Any | Unset = UNSET
    """ Only null was recorded; its type is not documented. """

    logs: Any | Unset = UNSET
    """ Only null was recorded; its type is not documented. """

    transition: Any | Unset = UNSET
    """ Only null was recorded; its type is not documented. """

    variant_id_change: Any | Unset = UNSET
    """ Only null was recorded; its type is not documented. """

    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        if not isinstance(self.id, Unset):
            field_dict["id"] = self.id
        if not isinstance(self.conversation_id, Unset):
            field_dict["conversation_id"] = self.conversation_id
        if not isinstance(self.turn_id, Unset):
            field_dict["turn_id"] = self.turn_id
        if not isinstance(self.name, Unset):
            field_dict["name"] = self.name
        if not isinstance(self.function_id, Unset):
            field_dict["function_id"] = self.function_id
        if not isinstance(self.function_version, Unset):
            field_dict["function_version"] = self.function_version
        if not isinstance(self.llm_request_id, Unset):
            field_dict["llm_request_id"] = self.llm_request_id
        arguments: dict[str, Any] | None | Unset
        if isinstance(self.arguments, Unset):
            arguments = UNSET
        elif isinstance(self.arguments, FunctionArguments):
            arguments = self.arguments.to_dict()
        else:
            arguments = self.arguments

        if not isinstance(arguments, Unset):
            field_dict["arguments"] = arguments
        if not isinstance(self.start_time, Unset):
            field_dict["start_time"] = self.start_time
        if not isinstance(self.duration, Unset):
            field_dict["duration"] = self.duration
        if not isinstance(self.utterance, Unset):
            field_dict["utterance"] = self.utterance
        handoff: dict[str, Any] | None | Unset
        if isinstance(self.handoff, Unset):
            handoff = UNSET
        elif isinstance(self.handoff, FunctionHandoff):
            handoff = self.handoff.to_dict()
        else:
            handoff = self.handoff

        if not isinstance(handoff, Unset):
            field_dict["handoff"] = handoff
        state_changes: dict[str, Any] | None | Unset
        if isinstance(self.state_changes, Unset):
            state_changes = UNSET
        elif isinstance(self.state_changes, StateChanges):
            state_changes = self.state_changes.to_dict()
        else:
            state_changes = self.state_changes

        if not isinstance(state_changes, Unset):
            field_dict["state_changes"] = state_changes
        if not isinstance(self.content, Unset):
            field_dict["content"] = self.content
        if not isinstance(self.error, Unset):
            field_dict["error"] = self.error
        if not isinstance(self.hangup, Unset):
            field_dict["hangup"] = self.hangup
        if not isinstance(self.logs, Unset):
            field_dict["logs"] = self.logs
        if not isinstance(self.transition, Unset):
            field_dict["transition"] = self.transition
        if not isinstance(self.variant_id_change, Unset):
            field_dict["variant_id_change"] = self.variant_id_change
        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        model = cls(
            d.pop("id", UNSET),
            d.pop("conversation_id", UNSET),
            d.pop("turn_id", UNSET),
            d.pop("name", UNSET),
            d.pop("function_id", UNSET),
            d.pop("function_version", UNSET),
            d.pop("llm_request_id", UNSET),
            _parse_arguments(d.pop("arguments", UNSET)),
            d.pop("start_time", UNSET),
            d.pop("duration", UNSET),
            d.pop("utterance", UNSET),
            _parse_handoff(d.pop("handoff", UNSET)),
            _parse_state_changes(d.pop("state_changes", UNSET)),
            d.pop("content", UNSET),
            d.pop("error", UNSET),
            d.pop("hangup", UNSET),
            d.pop("logs", UNSET),
            d.pop("transition", UNSET),
            d.pop("variant_id_change", UNSET),
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


def _parse_arguments(data: Any) -> Any:
    if isinstance(data, dict):
        try:
            arguments_type_0 = FunctionArguments.from_dict(data)

            return arguments_type_0
        except (TypeError, ValueError, AttributeError, KeyError):
            pass
    return data


def _parse_handoff(data: Any) -> Any:
    if isinstance(data, dict):
        try:
            handoff_type_0 = FunctionHandoff.from_dict(data)

            return handoff_type_0
        except (TypeError, ValueError, AttributeError, KeyError):
            pass
    return data


def _parse_state_changes(data: Any) -> Any:
    if isinstance(data, dict):
        try:
            state_changes_type_0 = StateChanges.from_dict(data)

            return state_changes_type_0
        except (TypeError, ValueError, AttributeError, KeyError):
            pass
    return data


from ..models.function_arguments import FunctionArguments
from ..models.function_handoff import FunctionHandoff
from ..models.state_changes import StateChanges
