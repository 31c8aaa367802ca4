"""The turns of a conversation, in the shapes of recorded responses and of the documentation."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from .conversation import CALL
from .scenario import placeholders

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .conversation import Conversation
    from .dialogue import Turn
    from .formats import Format
    from .scenario import Exchange
    from .seeded_random import SeededRandom

    Events = Mapping[str, Sequence[Mapping[str, Any]]]

_SMALLEST_TURN_ID: Final = 700_000_000
_FINISH_KEY: Final = "#"
_SHORT_EVENT: Final = ("name", "function_id", "arguments", "duration", "utterance", "handoff")


def recorded_turns(
    conversation: Conversation, form: Format, events: Events, random: SeededRandom
) -> list[dict[str, Any]]:
    """Return turns in which every field is present, and the latency is an object."""
    first_id = _SMALLEST_TURN_ID + random.integer(0, 50_000_000)
    return [
        {
            "turn_id": first_id + 300 * index,
            **_texts(turn, conversation, form),
            **_keys(turn, conversation),
            "user_input_datetime": _time_of(_user_at(turn), conversation, form),
            "user_input_audio_url": _user_audio_url(index, turn, conversation),
            "latency": {
                "label": None,
                "perceived_latency": turn.latency / 1_000,
                "perceived_latency_percentile_1d": None,
            },
            **_translations(turn.exchange, conversation.values),
            "asr_lang_code": conversation.language if _is_spoken(turn, conversation) else "",
            "tts_lang_code": conversation.language if conversation.channel == CALL else "",
            **dict.fromkeys(("intents", "entities", "is_ood", "is_silence")),
            "barge_in": turn.barge_in,
            "metadata": _metadata(turn, conversation, events.get(str(index + 1), ())),
            "llm_requests": [],
            "reviews": [],
        }
        for index, turn in enumerate(conversation.dialogue.turns)
    ]


def documented_turns(conversation: Conversation, form: Format) -> list[dict[str, Any]]:
    """Return turns without the fields that have no value, and with the latency as a number.

    The latency is null if the agent spoke first, because it did not respond to anything.
    """
    return [_documented_turn(turn, conversation, form) for turn in conversation.dialogue.turns]


def _documented_turn(turn: Turn, conversation: Conversation, form: Format) -> dict[str, Any]:
    exchange, values = turn.exchange, conversation.values
    user_side: dict[str, Any] = {}
    if turn.user_at is not None:
        user_side["user_input_datetime"] = _time_of(turn.user_at, conversation, form)
    if turn.keyed:
        user_side["user_input_dtmf"] = _keys(turn, conversation)["user_input_dtmf"]
    translations = _translations(exchange, values)
    return {
        **_texts(turn, conversation, form),
        **user_side,
        "latency": None if turn.user_at is None else turn.latency / 1_000,
        **{name: text or form.turn_blank for name, text in translations.items()},
        "intents": list(exchange.intents),
        "entities": [
            {name: str(values[name])}
            for name in placeholders(exchange.keypad if turn.keyed else exchange.user)
        ],
        "is_ood": exchange.is_ood,
        "is_silence": exchange is conversation.scenario.silence,
        "barge_in": turn.barge_in,
    }


def _texts(turn: Turn, conversation: Conversation, form: Format) -> dict[str, str | None]:
    return {
        "user_input": _speech(turn, conversation) or form.turn_blank,
        "agent_response": turn.exchange.agent.format_map(conversation.values),
        "agent_response_datetime": _time_of(turn.agent_at, conversation, form),
    }


def _speech(turn: Turn, conversation: Conversation) -> str:
    return "" if turn.keyed else turn.exchange.user.format_map(conversation.values)


def _is_spoken(turn: Turn, conversation: Conversation) -> bool:
    return conversation.channel == CALL and bool(_speech(turn, conversation))


def _keys(turn: Turn, conversation: Conversation) -> dict[str, str]:
    if not turn.keyed:
        return {"user_input_dtmf": "", "user_input_dtmf_finish_key": ""}
    keys = turn.exchange.keypad.format_map(conversation.values).lstrip("+")
    return {"user_input_dtmf": keys, "user_input_dtmf_finish_key": _FINISH_KEY}


def _user_at(turn: Turn) -> int:
    """Return when the user's input was there; an agent that speaks first waits for none."""
    return turn.agent_at - turn.latency if turn.user_at is None else turn.user_at


def _user_audio_url(index: int, turn: Turn, conversation: Conversation) -> str:
    if not _is_spoken(turn, conversation):
        return ""
    return f"conversations/{conversation.conversation_id}/turns/{index}/audio"


def _translations(exchange: Exchange, values: Mapping[str, Any]) -> dict[str, str]:
    return {
        "translated_user_input": exchange.user_english.format_map(values),
        "english_agent_response": exchange.agent_english.format_map(values),
    }


def _metadata(
    turn: Turn, conversation: Conversation, events: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    speech = _speech(turn, conversation)
    return {
        "asr_corrected_user_input": speech,
        "current_node": "",
        "entities": [],
        "function_events": [
            {name: event[name] for name in _SHORT_EVENT if event[name] is not None}
            for event in events
        ],
        "retrieved_topics": list(turn.exchange.intents),
        "safety": {},
        "top_transcripts": [{"text": speech, "intents": []}] if speech else [],
    }


def _time_of(milliseconds: int, conversation: Conversation, form: Format) -> str:
    return form.time(conversation.started + timedelta(milliseconds=milliseconds))
