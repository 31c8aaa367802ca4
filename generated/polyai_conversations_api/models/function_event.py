from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.function_arguments import FunctionArguments
    from ..models.function_handoff import FunctionHandoff
    from ..models.state_changes import StateChanges


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
        from ..models.function_arguments import FunctionArguments  # noqa: PLC0415
        from ..models.function_handoff import FunctionHandoff  # noqa: PLC0415
        from ..models.state_changes import StateChanges  # noqa: PLC0415

        id: None | str | Unset
        if isinstance(self.id, Unset):
            id = UNSET
        else:
            id = self.id

        conversation_id: None | str | Unset
        if isinstance(self.conversation_id, Unset):
            conversation_id = UNSET
        else:
            conversation_id = self.conversation_id

        turn_id: int | None | Unset
        if isinstance(self.turn_id, Unset):
            turn_id = UNSET
        else:
            turn_id = self.turn_id

        name: None | str | Unset
        if isinstance(self.name, Unset):
            name = UNSET
        else:
            name = self.name

        function_id: None | str | Unset
        if isinstance(self.function_id, Unset):
            function_id = UNSET
        else:
            function_id = self.function_id

        function_version = self.function_version

        llm_request_id: None | str | Unset
        if isinstance(self.llm_request_id, Unset):
            llm_request_id = UNSET
        else:
            llm_request_id = self.llm_request_id

        arguments: dict[str, Any] | None | Unset
        if isinstance(self.arguments, Unset):
            arguments = UNSET
        elif isinstance(self.arguments, FunctionArguments):
            arguments = self.arguments.to_dict()
        else:
            arguments = self.arguments

        start_time: None | str | Unset
        if isinstance(self.start_time, Unset):
            start_time = UNSET
        else:
            start_time = self.start_time

        duration: float | None | Unset
        if isinstance(self.duration, Unset):
            duration = UNSET
        else:
            duration = self.duration

        utterance: None | str | Unset
        if isinstance(self.utterance, Unset):
            utterance = UNSET
        else:
            utterance = self.utterance

        handoff: dict[str, Any] | None | Unset
        if isinstance(self.handoff, Unset):
            handoff = UNSET
        elif isinstance(self.handoff, FunctionHandoff):
            handoff = self.handoff.to_dict()
        else:
            handoff = self.handoff

        state_changes: dict[str, Any] | None | Unset
        if isinstance(self.state_changes, Unset):
            state_changes = UNSET
        elif isinstance(self.state_changes, StateChanges):
            state_changes = self.state_changes.to_dict()
        else:
            state_changes = self.state_changes

        content = self.content

        error = self.error

        hangup = self.hangup

        logs = self.logs

        transition = self.transition

        variant_id_change = self.variant_id_change

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if id is not UNSET:
            field_dict["id"] = id
        if conversation_id is not UNSET:
            field_dict["conversation_id"] = conversation_id
        if turn_id is not UNSET:
            field_dict["turn_id"] = turn_id
        if name is not UNSET:
            field_dict["name"] = name
        if function_id is not UNSET:
            field_dict["function_id"] = function_id
        if function_version is not UNSET:
            field_dict["function_version"] = function_version
        if llm_request_id is not UNSET:
            field_dict["llm_request_id"] = llm_request_id
        if arguments is not UNSET:
            field_dict["arguments"] = arguments
        if start_time is not UNSET:
            field_dict["start_time"] = start_time
        if duration is not UNSET:
            field_dict["duration"] = duration
        if utterance is not UNSET:
            field_dict["utterance"] = utterance
        if handoff is not UNSET:
            field_dict["handoff"] = handoff
        if state_changes is not UNSET:
            field_dict["state_changes"] = state_changes
        if content is not UNSET:
            field_dict["content"] = content
        if error is not UNSET:
            field_dict["error"] = error
        if hangup is not UNSET:
            field_dict["hangup"] = hangup
        if logs is not UNSET:
            field_dict["logs"] = logs
        if transition is not UNSET:
            field_dict["transition"] = transition
        if variant_id_change is not UNSET:
            field_dict["variant_id_change"] = variant_id_change

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.function_arguments import FunctionArguments  # noqa: PLC0415
        from ..models.function_handoff import FunctionHandoff  # noqa: PLC0415
        from ..models.state_changes import StateChanges  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        id = _parse_id(d.pop("id", UNSET))

        def _parse_conversation_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        conversation_id = _parse_conversation_id(d.pop("conversation_id", UNSET))

        def _parse_turn_id(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("int | None | Unset", data)

        turn_id = _parse_turn_id(d.pop("turn_id", UNSET))

        def _parse_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        name = _parse_name(d.pop("name", UNSET))

        def _parse_function_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        function_id = _parse_function_id(d.pop("function_id", UNSET))

        function_version = d.pop("function_version", UNSET)

        def _parse_llm_request_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        llm_request_id = _parse_llm_request_id(d.pop("llm_request_id", UNSET))

        def _parse_arguments(data: object) -> FunctionArguments | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                arguments_type_0 = FunctionArguments.from_dict(data)

                return arguments_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("FunctionArguments | None | Unset", data)

        arguments = _parse_arguments(d.pop("arguments", UNSET))

        def _parse_start_time(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        start_time = _parse_start_time(d.pop("start_time", UNSET))

        def _parse_duration(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("float | None | Unset", data)

        duration = _parse_duration(d.pop("duration", UNSET))

        def _parse_utterance(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        utterance = _parse_utterance(d.pop("utterance", UNSET))

        def _parse_handoff(data: object) -> FunctionHandoff | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                handoff_type_0 = FunctionHandoff.from_dict(data)

                return handoff_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("FunctionHandoff | None | Unset", data)

        handoff = _parse_handoff(d.pop("handoff", UNSET))

        def _parse_state_changes(data: object) -> None | StateChanges | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                state_changes_type_0 = StateChanges.from_dict(data)

                return state_changes_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("None | StateChanges | Unset", data)

        state_changes = _parse_state_changes(d.pop("state_changes", UNSET))

        content = d.pop("content", UNSET)

        error = d.pop("error", UNSET)

        hangup = d.pop("hangup", UNSET)

        logs = d.pop("logs", UNSET)

        transition = d.pop("transition", UNSET)

        variant_id_change = d.pop("variant_id_change", UNSET)

        function_event = cls(
            id=id,
            conversation_id=conversation_id,
            turn_id=turn_id,
            name=name,
            function_id=function_id,
            function_version=function_version,
            llm_request_id=llm_request_id,
            arguments=arguments,
            start_time=start_time,
            duration=duration,
            utterance=utterance,
            handoff=handoff,
            state_changes=state_changes,
            content=content,
            error=error,
            hangup=hangup,
            logs=logs,
            transition=transition,
            variant_id_change=variant_id_change,
        )

        function_event.additional_properties = d
        return function_event

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
