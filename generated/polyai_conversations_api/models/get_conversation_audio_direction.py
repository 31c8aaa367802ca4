from typing import Literal

GetConversationAudioDirection = Literal["agent", "combined", "user"]

GET_CONVERSATION_AUDIO_DIRECTION_VALUES: set[GetConversationAudioDirection] = {
    "agent",
    "combined",
    "user",
}


def check_get_conversation_audio_direction(value: str) -> GetConversationAudioDirection:
    if value in GET_CONVERSATION_AUDIO_DIRECTION_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {GET_CONVERSATION_AUDIO_DIRECTION_VALUES!r}"
    )
