from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.candidate_transcript import CandidateTranscript
    from ..models.function_event import FunctionEvent
    from ..models.turn_safety import TurnSafety


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
        from ..models.turn_safety import TurnSafety  # noqa: PLC0415

        asr_corrected_user_input: None | str | Unset
        if isinstance(self.asr_corrected_user_input, Unset):
            asr_corrected_user_input = UNSET
        else:
            asr_corrected_user_input = self.asr_corrected_user_input

        current_node: None | str | Unset
        if isinstance(self.current_node, Unset):
            current_node = UNSET
        else:
            current_node = self.current_node

        entities: list[Any] | None | Unset
        if isinstance(self.entities, Unset):
            entities = UNSET
        elif isinstance(self.entities, list):
            entities = self.entities

        else:
            entities = self.entities

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

        retrieved_topics: list[str] | None | Unset
        if isinstance(self.retrieved_topics, Unset):
            retrieved_topics = UNSET
        elif isinstance(self.retrieved_topics, list):
            retrieved_topics = self.retrieved_topics

        else:
            retrieved_topics = self.retrieved_topics

        safety: dict[str, Any] | None | Unset
        if isinstance(self.safety, Unset):
            safety = UNSET
        elif isinstance(self.safety, TurnSafety):
            safety = self.safety.to_dict()
        else:
            safety = self.safety

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

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if asr_corrected_user_input is not UNSET:
            field_dict["asr_corrected_user_input"] = asr_corrected_user_input
        if current_node is not UNSET:
            field_dict["current_node"] = current_node
        if entities is not UNSET:
            field_dict["entities"] = entities
        if function_events is not UNSET:
            field_dict["function_events"] = function_events
        if retrieved_topics is not UNSET:
            field_dict["retrieved_topics"] = retrieved_topics
        if safety is not UNSET:
            field_dict["safety"] = safety
        if top_transcripts is not UNSET:
            field_dict["top_transcripts"] = top_transcripts

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.candidate_transcript import CandidateTranscript  # noqa: PLC0415
        from ..models.function_event import FunctionEvent  # noqa: PLC0415
        from ..models.turn_safety import TurnSafety  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_asr_corrected_user_input(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        asr_corrected_user_input = _parse_asr_corrected_user_input(
            d.pop("asr_corrected_user_input", UNSET)
        )

        def _parse_current_node(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        current_node = _parse_current_node(d.pop("current_node", UNSET))

        def _parse_entities(data: object) -> list[Any] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                entities_type_0 = cast("list[Any]", data)

                return entities_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("list[Any] | None | Unset", data)

        entities = _parse_entities(d.pop("entities", UNSET))

        def _parse_function_events(data: object) -> list[FunctionEvent] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
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
            return cast("list[FunctionEvent] | None | Unset", data)

        function_events = _parse_function_events(d.pop("function_events", UNSET))

        def _parse_retrieved_topics(data: object) -> list[str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                retrieved_topics_type_0 = cast("list[str]", data)

                return retrieved_topics_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("list[str] | None | Unset", data)

        retrieved_topics = _parse_retrieved_topics(d.pop("retrieved_topics", UNSET))

        def _parse_safety(data: object) -> None | TurnSafety | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                safety_type_0 = TurnSafety.from_dict(data)

                return safety_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("None | TurnSafety | Unset", data)

        safety = _parse_safety(d.pop("safety", UNSET))

        def _parse_top_transcripts(
            data: object,
        ) -> list[CandidateTranscript] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
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
            return cast("list[CandidateTranscript] | None | Unset", data)

        top_transcripts = _parse_top_transcripts(d.pop("top_transcripts", UNSET))

        turn_metadata = cls(
            asr_corrected_user_input=asr_corrected_user_input,
            current_node=current_node,
            entities=entities,
            function_events=function_events,
            retrieved_topics=retrieved_topics,
            safety=safety,
            top_transcripts=top_transcripts,
        )

        turn_metadata.additional_properties = d
        return turn_metadata

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
