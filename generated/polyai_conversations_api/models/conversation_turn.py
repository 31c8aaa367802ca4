from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.turn_entity import TurnEntity
    from ..models.turn_latency import TurnLatency
    from ..models.turn_metadata import TurnMetadata


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
    """ When the agent had the user's input; for speech, when it was transcribed. It has the
    format of `createdAt`.
     """
    user_input_audio_url: None | str | Unset = UNSET
    """ URI reference of the recording of the user's input, such as
    `conversations/KA-123/turns/5/audio`; empty if there is none. Its base is that of
    `audioUrl`. Whether the API serves it is not documented.
     """
    agent_response: None | str | Unset = UNSET
    """ What the agent said; empty if nothing. """
    agent_response_datetime: None | str | Unset = UNSET
    """ When the agent started to respond, in the format of `createdAt`. """
    latency: float | None | TurnLatency | Unset = UNSET
    """ Time from the user's input to the start of the agent's response: a number of seconds, or
    an object that contains it.
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
        from ..models.turn_latency import TurnLatency  # noqa: PLC0415
        from ..models.turn_metadata import TurnMetadata  # noqa: PLC0415

        turn_id: int | None | Unset
        if isinstance(self.turn_id, Unset):
            turn_id = UNSET
        else:
            turn_id = self.turn_id

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

        user_input_dtmf_finish_key: None | str | Unset
        if isinstance(self.user_input_dtmf_finish_key, Unset):
            user_input_dtmf_finish_key = UNSET
        else:
            user_input_dtmf_finish_key = self.user_input_dtmf_finish_key

        user_input_datetime: None | str | Unset
        if isinstance(self.user_input_datetime, Unset):
            user_input_datetime = UNSET
        else:
            user_input_datetime = self.user_input_datetime

        user_input_audio_url: None | str | Unset
        if isinstance(self.user_input_audio_url, Unset):
            user_input_audio_url = UNSET
        else:
            user_input_audio_url = self.user_input_audio_url

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

        latency: dict[str, Any] | float | None | Unset
        if isinstance(self.latency, Unset):
            latency = UNSET
        elif isinstance(self.latency, TurnLatency):
            latency = self.latency.to_dict()
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

        asr_lang_code: None | str | Unset
        if isinstance(self.asr_lang_code, Unset):
            asr_lang_code = UNSET
        else:
            asr_lang_code = self.asr_lang_code

        tts_lang_code: None | str | Unset
        if isinstance(self.tts_lang_code, Unset):
            tts_lang_code = UNSET
        else:
            tts_lang_code = self.tts_lang_code

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

        metadata: dict[str, Any] | None | Unset
        if isinstance(self.metadata, Unset):
            metadata = UNSET
        elif isinstance(self.metadata, TurnMetadata):
            metadata = self.metadata.to_dict()
        else:
            metadata = self.metadata

        llm_requests: list[Any] | None | Unset
        if isinstance(self.llm_requests, Unset):
            llm_requests = UNSET
        elif isinstance(self.llm_requests, list):
            llm_requests = self.llm_requests

        else:
            llm_requests = self.llm_requests

        reviews: list[Any] | None | Unset
        if isinstance(self.reviews, Unset):
            reviews = UNSET
        elif isinstance(self.reviews, list):
            reviews = self.reviews

        else:
            reviews = self.reviews

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if turn_id is not UNSET:
            field_dict["turn_id"] = turn_id
        if user_input is not UNSET:
            field_dict["user_input"] = user_input
        if user_input_dtmf is not UNSET:
            field_dict["user_input_dtmf"] = user_input_dtmf
        if user_input_dtmf_finish_key is not UNSET:
            field_dict["user_input_dtmf_finish_key"] = user_input_dtmf_finish_key
        if user_input_datetime is not UNSET:
            field_dict["user_input_datetime"] = user_input_datetime
        if user_input_audio_url is not UNSET:
            field_dict["user_input_audio_url"] = user_input_audio_url
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
        if asr_lang_code is not UNSET:
            field_dict["asr_lang_code"] = asr_lang_code
        if tts_lang_code is not UNSET:
            field_dict["tts_lang_code"] = tts_lang_code
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
        if metadata is not UNSET:
            field_dict["metadata"] = metadata
        if llm_requests is not UNSET:
            field_dict["llm_requests"] = llm_requests
        if reviews is not UNSET:
            field_dict["reviews"] = reviews

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.turn_entity import TurnEntity  # noqa: PLC0415
        from ..models.turn_latency import TurnLatency  # noqa: PLC0415
        from ..models.turn_metadata import TurnMetadata  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_turn_id(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("int | None | Unset", data)

        turn_id = _parse_turn_id(d.pop("turn_id", UNSET))

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

        def _parse_user_input_dtmf_finish_key(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        user_input_dtmf_finish_key = _parse_user_input_dtmf_finish_key(
            d.pop("user_input_dtmf_finish_key", UNSET)
        )

        def _parse_user_input_datetime(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        user_input_datetime = _parse_user_input_datetime(
            d.pop("user_input_datetime", UNSET)
        )

        def _parse_user_input_audio_url(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        user_input_audio_url = _parse_user_input_audio_url(
            d.pop("user_input_audio_url", UNSET)
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

        def _parse_latency(data: object) -> float | None | TurnLatency | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                latency_type_1 = TurnLatency.from_dict(data)

                return latency_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("float | None | TurnLatency | Unset", data)

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

        def _parse_asr_lang_code(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        asr_lang_code = _parse_asr_lang_code(d.pop("asr_lang_code", UNSET))

        def _parse_tts_lang_code(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        tts_lang_code = _parse_tts_lang_code(d.pop("tts_lang_code", UNSET))

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

        def _parse_metadata(data: object) -> None | TurnMetadata | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                metadata_type_0 = TurnMetadata.from_dict(data)

                return metadata_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("None | TurnMetadata | Unset", data)

        metadata = _parse_metadata(d.pop("metadata", UNSET))

        def _parse_llm_requests(data: object) -> list[Any] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                llm_requests_type_0 = cast("list[Any]", data)

                return llm_requests_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("list[Any] | None | Unset", data)

        llm_requests = _parse_llm_requests(d.pop("llm_requests", UNSET))

        def _parse_reviews(data: object) -> list[Any] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                reviews_type_0 = cast("list[Any]", data)

                return reviews_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("list[Any] | None | Unset", data)

        reviews = _parse_reviews(d.pop("reviews", UNSET))

        conversation_turn = cls(
            turn_id=turn_id,
            user_input=user_input,
            user_input_dtmf=user_input_dtmf,
            user_input_dtmf_finish_key=user_input_dtmf_finish_key,
            user_input_datetime=user_input_datetime,
            user_input_audio_url=user_input_audio_url,
            agent_response=agent_response,
            agent_response_datetime=agent_response_datetime,
            latency=latency,
            translated_user_input=translated_user_input,
            english_agent_response=english_agent_response,
            asr_lang_code=asr_lang_code,
            tts_lang_code=tts_lang_code,
            intents=intents,
            entities=entities,
            is_ood=is_ood,
            is_silence=is_silence,
            barge_in=barge_in,
            metadata=metadata,
            llm_requests=llm_requests,
            reviews=reviews,
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
