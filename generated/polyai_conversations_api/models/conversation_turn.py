from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.turn_entity import TurnEntity


T = TypeVar("T", bound="ConversationTurn")


@_attrs_define
class ConversationTurn:
    """One exchange: what the user said and what the agent answered. Unlike the document around
    it, its fields are in snake_case.

    """

    user_input: None | str | Unset = UNSET
    """ What the user said or typed; empty where there was no input. """
    user_input_dtmf: None | str | Unset = UNSET
    """ Keys that the user pressed on the phone; empty where none were. """
    user_input_datetime: None | str | Unset = UNSET
    """ When the agent had the user's input: for speech, when it was transcribed. A time like
    `startedAt`.
     """
    agent_response: None | str | Unset = UNSET
    """ What the agent answered; empty where it said nothing. """
    agent_response_datetime: None | str | Unset = UNSET
    """ When the agent began to answer, a time like `startedAt`. """
    latency: float | None | Unset = UNSET
    """ Time from having the user's input to the start of the answer, in seconds. """
    translated_user_input: None | str | Unset = UNSET
    """ What the user said, in the language that the agent works in, mostly English, where
    another was spoken.
     """
    english_agent_response: None | str | Unset = UNSET
    """ What the agent answered, in English, where another language was spoken. """
    intents: list[str] | None | Unset = UNSET
    """ Names of the intents recognised in what the user said. """
    entities: list[TurnEntity] | None | Unset = UNSET
    """ Pieces of information recognised in what the user said. Each maps the name of an entity
    to its value, a string, or to a list of its values.
     """
    is_ood: bool | None | Unset = UNSET
    """ Whether what the user said was out of the agent's domain. """
    is_silence: bool | None | Unset = UNSET
    """ Whether the turn passes for a silence of the user. """
    barge_in: bool | None | Unset = UNSET
    """ Whether the user interrupted the agent. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        user_input: None | str | Unset
        if isinstance(self.user_input, Unset):
            user_input = UNSET
        else:
            user_input = self.user_input

        user_input_dtmf: None | str | Unset
        if isinstance(self.user_input_dtmf, Unset):
            user_input_dtmf = UNSET
        else:
            user_input_dtmf = self.user_input_dtmf

        user_input_datetime: None | str | Unset
        if isinstance(self.user_input_datetime, Unset):
            user_input_datetime = UNSET
        else:
            user_input_datetime = self.user_input_datetime

        agent_response: None | str | Unset
        if isinstance(self.agent_response, Unset):
            agent_response = UNSET
        else:
            agent_response = self.agent_response

        agent_response_datetime: None | str | Unset
        if isinstance(self.agent_response_datetime, Unset):
            agent_response_datetime = UNSET
        else:
            agent_response_datetime = self.agent_response_datetime

        latency: float | None | Unset
        if isinstance(self.latency, Unset):
            latency = UNSET
        else:
            latency = self.latency

        translated_user_input: None | str | Unset
        if isinstance(self.translated_user_input, Unset):
            translated_user_input = UNSET
        else:
            translated_user_input = self.translated_user_input

        english_agent_response: None | str | Unset
        if isinstance(self.english_agent_response, Unset):
            english_agent_response = UNSET
        else:
            english_agent_response = self.english_agent_response

        intents: list[str] | None | Unset
        if isinstance(self.intents, Unset):
            intents = UNSET
        elif isinstance(self.intents, list):
            intents = self.intents

        else:
            intents = self.intents

        entities: list[dict[str, Any]] | None | Unset
        if isinstance(self.entities, Unset):
            entities = UNSET
        elif isinstance(self.entities, list):
            entities = []
            for entities_type_0_item_data in self.entities:
                entities_type_0_item = entities_type_0_item_data.to_dict()
                entities.append(entities_type_0_item)

        else:
            entities = self.entities

        is_ood: bool | None | Unset
        if isinstance(self.is_ood, Unset):
            is_ood = UNSET
        else:
            is_ood = self.is_ood

        is_silence: bool | None | Unset
        if isinstance(self.is_silence, Unset):
            is_silence = UNSET
        else:
            is_silence = self.is_silence

        barge_in: bool | None | Unset
        if isinstance(self.barge_in, Unset):
            barge_in = UNSET
        else:
            barge_in = self.barge_in

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if user_input is not UNSET:
            field_dict["user_input"] = user_input
        if user_input_dtmf is not UNSET:
            field_dict["user_input_dtmf"] = user_input_dtmf
        if user_input_datetime is not UNSET:
            field_dict["user_input_datetime"] = user_input_datetime
        if agent_response is not UNSET:
            field_dict["agent_response"] = agent_response
        if agent_response_datetime is not UNSET:
            field_dict["agent_response_datetime"] = agent_response_datetime
        if latency is not UNSET:
            field_dict["latency"] = latency
        if translated_user_input is not UNSET:
            field_dict["translated_user_input"] = translated_user_input
        if english_agent_response is not UNSET:
            field_dict["english_agent_response"] = english_agent_response
        if intents is not UNSET:
            field_dict["intents"] = intents
        if entities is not UNSET:
            field_dict["entities"] = entities
        if is_ood is not UNSET:
            field_dict["is_ood"] = is_ood
        if is_silence is not UNSET:
            field_dict["is_silence"] = is_silence
        if barge_in is not UNSET:
            field_dict["barge_in"] = barge_in

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.turn_entity import TurnEntity  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_user_input(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        user_input = _parse_user_input(d.pop("user_input", UNSET))

        def _parse_user_input_dtmf(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        user_input_dtmf = _parse_user_input_dtmf(d.pop("user_input_dtmf", UNSET))

        def _parse_user_input_datetime(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        user_input_datetime = _parse_user_input_datetime(
            d.pop("user_input_datetime", UNSET)
        )

        def _parse_agent_response(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        agent_response = _parse_agent_response(d.pop("agent_response", UNSET))

        def _parse_agent_response_datetime(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        agent_response_datetime = _parse_agent_response_datetime(
            d.pop("agent_response_datetime", UNSET)
        )

        def _parse_latency(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("float | None | Unset", data)

        latency = _parse_latency(d.pop("latency", UNSET))

        def _parse_translated_user_input(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        translated_user_input = _parse_translated_user_input(
            d.pop("translated_user_input", UNSET)
        )

        def _parse_english_agent_response(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        english_agent_response = _parse_english_agent_response(
            d.pop("english_agent_response", UNSET)
        )

        def _parse_intents(data: object) -> list[str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                intents_type_0 = cast("list[str]", data)

                return intents_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("list[str] | None | Unset", data)

        intents = _parse_intents(d.pop("intents", UNSET))

        def _parse_entities(data: object) -> list[TurnEntity] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                entities_type_0 = []
                _entities_type_0 = data
                for entities_type_0_item_data in _entities_type_0:
                    entities_type_0_item = TurnEntity.from_dict(
                        entities_type_0_item_data
                    )

                    entities_type_0.append(entities_type_0_item)

                return entities_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("list[TurnEntity] | None | Unset", data)

        entities = _parse_entities(d.pop("entities", UNSET))

        def _parse_is_ood(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("bool | None | Unset", data)

        is_ood = _parse_is_ood(d.pop("is_ood", UNSET))

        def _parse_is_silence(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("bool | None | Unset", data)

        is_silence = _parse_is_silence(d.pop("is_silence", UNSET))

        def _parse_barge_in(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("bool | None | Unset", data)

        barge_in = _parse_barge_in(d.pop("barge_in", UNSET))

        conversation_turn = cls(
            user_input=user_input,
            user_input_dtmf=user_input_dtmf,
            user_input_datetime=user_input_datetime,
            agent_response=agent_response,
            agent_response_datetime=agent_response_datetime,
            latency=latency,
            translated_user_input=translated_user_input,
            english_agent_response=english_agent_response,
            intents=intents,
            entities=entities,
            is_ood=is_ood,
            is_silence=is_silence,
            barge_in=barge_in,
        )

        conversation_turn.additional_properties = d
        return conversation_turn

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
