from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="ConversationTurn")


@_attrs_define
class ConversationTurn:
    """One exchange: what the user said, and the agent's response. Unlike the record around it, its
    fields are in snake_case.
    """

    turn_id: int | None | Unset = UNSET
    """ Identification number of the turn. It is not the index of the turn in `turns`. """

    user_input: None | str | Unset = UNSET
    """ What the user said or typed; empty if there was no input. """

    user_input_dtmf: None | str | Unset = UNSET
    """ Keys that the user pressed on the phone; empty if none. """

    user_input_dtmf_finish_key: None | str | Unset = UNSET
    """ The key that ended the user's input on the phone; empty if none. """

    user_input_datetime: None | str | Unset = UNSET
    """ When the agent received the user's input, in the format of `createdAt`; for speech,
    according to the vendor's reference of v3, when it was transcribed.
     """

    user_input_audio_url: None | str | Unset = UNSET
    """ URI reference of the recording of the user's input, such as
    `conversations/KA-123/turns/5/audio`; empty if there is none. Its base is that of
    `audioUrl`. Whether the API serves it is not documented.
     """

    agent_response: None | str | Unset = UNSET
    """ What the agent said; empty if nothing. """

    agent_response_datetime: None | str | Unset = UNSET
    """ When the agent responded, in the format of `createdAt`; according to the vendor's reference
    of v3, when it started to speak.
     """

    latency: float | None | TurnLatency | Unset = UNSET
    """ How long the user waited for the agent's response: a number of seconds, or an object that
    contains it. In the recorded turns it was much less than the difference between the two
    times of the turn (3.9 s of 14.5 s, 1.6 s of 11.7 s), so do not compute it from them.
     """

    translated_user_input: None | str | Unset = UNSET
    """ What the user said, translated into the agent's working language; empty if it was not
    translated.
     """

    english_agent_response: None | str | Unset = UNSET
    """ What the agent said, translated into English; empty if it was not translated. """

    asr_lang_code: None | str | Unset = UNSET
    """ Language of speech recognition, such as `en-US`; may be empty. """

    tts_lang_code: None | str | Unset = UNSET
    """ Language of speech synthesis, such as `en-US`; may be empty. """

    intents: list[str] | None | Unset = UNSET
    """ Names of the intents recognised in the user's input. """

    entities: list[TurnEntity] | None | Unset = UNSET
    """ Entities recognised in the user's input. Each object maps the name of an entity to its
    value or to a list of its values.
     """

    is_ood: bool | None | Unset = UNSET
    """ Whether the user's input was out of the agent's domain. """

    is_silence: bool | None | Unset = UNSET
    """ Whether the user was silent. """

    barge_in: bool | None | Unset = UNSET
    """ Whether the user interrupted the agent. """

    metadata: None | TurnMetadata | Unset = UNSET
    """ How the agent arrived at its response. """

    llm_requests: list[Any] | None | Unset = UNSET
    """ Requests to language models; only an empty array was recorded. """

    reviews: list[Any] | None | Unset = UNSET
    """ Reviews of the turn; only an empty array was recorded. """

    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        if not isinstance(self.turn_id, Unset):
            field_dict["turn_id"] = self.turn_id
        if not isinstance(self.user_input, Unset):
            field_dict["user_input"] = self.user_input
        if not isinstance(self.user_input_dtmf, Unset):
            field_dict["user_input_dtmf"] = self.user_input_dtmf
        if not isinstance(self.user_input_dtmf_finish_key, Unset):
            field_dict["user_input_dtmf_finish_key"] = self.user_input_dtmf_finish_key
        if not isinstance(self.user_input_datetime, Unset):
            field_dict["user_input_datetime"] = self.user_input_datetime
        if not isinstance(self.user_input_audio_url, Unset):
            field_dict["user_input_audio_url"] = self.user_input_audio_url
        if not isinstance(self.agent_response, Unset):
            field_dict["agent_response"] = self.agent_response
        if not isinstance(self.agent_response_datetime, Unset):
            field_dict["agent_response_datetime"] = self.agent_response_datetime
        latency: dict[str, Any] | float | None | Unset
        if isinstance(self.latency, Unset):
            latency = UNSET
        elif isinstance(self.latency, TurnLatency):
            latency = self.latency.to_dict()
        else:
            latency = self.latency

        if not isinstance(latency, Unset):
            field_dict["latency"] = latency
        if not isinstance(self.translated_user_input, Unset):
            field_dict["translated_user_input"] = self.translated_user_input
        if not isinstance(self.english_agent_response, Unset):
            field_dict["english_agent_response"] = self.english_agent_response
        if not isinstance(self.asr_lang_code, Unset):
            field_dict["asr_lang_code"] = self.asr_lang_code
        if not isinstance(self.tts_lang_code, Unset):
            field_dict["tts_lang_code"] = self.tts_lang_code
        if not isinstance(self.intents, Unset):
            field_dict["intents"] = self.intents
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

        if not isinstance(entities, Unset):
            field_dict["entities"] = entities
        if not isinstance(self.is_ood, Unset):
            field_dict["is_ood"] = self.is_ood
        if not isinstance(self.is_silence, Unset):
            field_dict["is_silence"] = self.is_silence
        if not isinstance(self.barge_in, Unset):
            field_dict["barge_in"] = self.barge_in
        metadata: dict[str, Any] | None | Unset
        if isinstance(self.metadata, Unset):
            metadata = UNSET
        elif isinstance(self.metadata, TurnMetadata):
            metadata = self.metadata.to_dict()
        else:
            metadata = self.metadata

        if not isinstance(metadata, Unset):
            field_dict["metadata"] = metadata
        if not isinstance(self.llm_requests, Unset):
            field_dict["llm_requests"] = self.llm_requests
        if not isinstance(self.reviews, Unset):
            field_dict["reviews"] = self.reviews
        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        model = cls(
            d.pop("turn_id", UNSET),
            d.pop("user_input", UNSET),
            d.pop("user_input_dtmf", UNSET),
            d.pop("user_input_dtmf_finish_key", UNSET),
            d.pop("user_input_datetime", UNSET),
            d.pop("user_input_audio_url", UNSET),
            d.pop("agent_response", UNSET),
            d.pop("agent_response_datetime", UNSET),
            _parse_latency(d.pop("latency", UNSET)),
            d.pop("translated_user_input", UNSET),
            d.pop("english_agent_response", UNSET),
            d.pop("asr_lang_code", UNSET),
            d.pop("tts_lang_code", UNSET),
            d.pop("intents", UNSET),
            _parse_entities(d.pop("entities", UNSET)),
            d.pop("is_ood", UNSET),
            d.pop("is_silence", UNSET),
            d.pop("barge_in", UNSET),
            _parse_metadata(d.pop("metadata", UNSET)),
            d.pop("llm_requests", UNSET),
            d.pop("reviews", UNSET),
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


def _parse_latency(data: Any) -> Any:
    if isinstance(data, dict):
        try:
            latency_type_1 = TurnLatency.from_dict(data)

            return latency_type_1
        except (TypeError, ValueError, AttributeError, KeyError):
            pass
    return data


def _parse_entities(data: Any) -> Any:
    if isinstance(data, list):
        try:
            entities_type_0 = []
            _entities_type_0 = data
            for entities_type_0_item_data in _entities_type_0:
                entities_type_0_item = TurnEntity.from_dict(entities_type_0_item_data)

                entities_type_0.append(entities_type_0_item)

            return entities_type_0
        except (TypeError, ValueError, AttributeError, KeyError):
            pass
    return data


def _parse_metadata(data: Any) -> Any:
    if isinstance(data, dict):
        try:
            metadata_type_0 = TurnMetadata.from_dict(data)

            return metadata_type_0
        except (TypeError, ValueError, AttributeError, KeyError):
            pass
    return data


from ..models.turn_entity import TurnEntity
from ..models.turn_latency import TurnLatency
from ..models.turn_metadata import TurnMetadata
