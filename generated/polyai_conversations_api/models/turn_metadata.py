from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="TurnMetadata")


@_attrs_define
class TurnMetadata:
    """How the agent arrived at its response."""

    asr_corrected_user_input: None | str | Unset = UNSET
    """ The user's input after correction of the speech recognition; may be empty. """

    current_node: None | str | Unset = UNSET
    """ The node of the agent's flow; may be empty. """

    entities: list[Any] | None | Unset = UNSET
    """ Entities; only an empty array was recorded. """

    function_events: list[FunctionEvent] | None | Unset = UNSET
    """ The function calls of this turn. In the recorded responses they have fewer fields than in
    `functionEvents`.
     """

    retrieved_topics: list[str] | None | Unset = UNSET
    """ Names of the topics that the agent retrieved. """

    safety: None | TurnSafety | Unset = UNSET
    """ Results of content filters, whose fields are not documented. """

    top_transcripts: list[CandidateTranscript] | None | Unset = UNSET
    """ Candidate transcripts of the user's speech. """

    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        if not isinstance(self.asr_corrected_user_input, Unset):
            field_dict["asr_corrected_user_input"] = self.asr_corrected_user_input
        if not isinstance(self.current_node, Unset):
            field_dict["current_node"] = self.current_node
        if not isinstance(self.entities, Unset):
            field_dict["entities"] = self.entities
        function_events: list[dict[str, Any]] | None | Unset
        if isinstance(self.function_events, Unset):
            function_events = UNSET
        elif isinstance(self.function_events, list):
            function_events = []
            for function_events_type_0_item_data in self.function_events:
                function_events_type_0_item = function_events_type_0_item_data.to_dict()
                function_events.append(function_events_type_0_item)

        else:
            function_events = self.function_events

        if not isinstance(function_events, Unset):
            field_dict["function_events"] = function_events
        if not isinstance(self.retrieved_topics, Unset):
            field_dict["retrieved_topics"] = self.retrieved_topics
        safety: dict[str, Any] | None | Unset
        if isinstance(self.safety, Unset):
            safety = UNSET
        elif isinstance(self.safety, TurnSafety):
            safety = self.safety.to_dict()
        else:
            safety = self.safety

        if not isinstance(safety, Unset):
            field_dict["safety"] = safety
        top_transcripts: list[dict[str, Any]] | None | Unset
        if isinstance(self.top_transcripts, Unset):
            top_transcripts = UNSET
        elif isinstance(self.top_transcripts, list):
            top_transcripts = []
            for top_transcripts_type_0_item_data in self.top_transcripts:
                top_transcripts_type_0_item = top_transcripts_type_0_item_data.to_dict()
                top_transcripts.append(top_transcripts_type_0_item)

        else:
            top_transcripts = self.top_transcripts

        if not isinstance(top_transcripts, Unset):
            field_dict["top_transcripts"] = top_transcripts
        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        model = cls(
            d.pop("asr_corrected_user_input", UNSET),
            d.pop("current_node", UNSET),
            d.pop("entities", UNSET),
            _parse_function_events(d.pop("function_events", UNSET)),
            d.pop("retrieved_topics", UNSET),
            _parse_safety(d.pop("safety", UNSET)),
            _parse_top_transcripts(d.pop("top_transcripts", UNSET)),
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


def _parse_function_events(data: Any) -> Any:
    if isinstance(data, list):
        try:
            function_events_type_0 = []
            _function_events_type_0 = data
            for function_events_type_0_item_data in _function_events_type_0:
                function_events_type_0_item = FunctionEvent.from_dict(
                    function_events_type_0_item_data
                )

                function_events_type_0.append(function_events_type_0_item)

            return function_events_type_0
        except (TypeError, ValueError, AttributeError, KeyError):
            pass
    return data


def _parse_safety(data: Any) -> Any:
    if isinstance(data, dict):
        try:
            safety_type_0 = TurnSafety.from_dict(data)

            return safety_type_0
        except (TypeError, ValueError, AttributeError, KeyError):
            pass
    return data


def _parse_top_transcripts(data: Any) -> Any:
    if isinstance(data, list):
        try:
            top_transcripts_type_0 = []
            _top_transcripts_type_0 = data
            for top_transcripts_type_0_item_data in _top_transcripts_type_0:
                top_transcripts_type_0_item = CandidateTranscript.from_dict(
                    top_transcripts_type_0_item_data
                )

                top_transcripts_type_0.append(top_transcripts_type_0_item)

            return top_transcripts_type_0
        except (TypeError, ValueError, AttributeError, KeyError):
            pass
    return data


from ..models.candidate_transcript import CandidateTranscript
from ..models.function_event import FunctionEvent
from ..models.turn_safety import TurnSafety
