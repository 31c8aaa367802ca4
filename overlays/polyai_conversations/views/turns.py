"""What the user and the agent said, as separate turns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final, Literal

import attrs

from polyai_conversations_api.models import ConversationTurn, TurnLatency

from .fields import Fields, to_json
from .values import parse_flag, parse_number, parse_text, parse_time

Speaker = Literal["user", "agent"]

_REMARKS: Final = {
    "is_silence": "the user said nothing",
    "is_ood": "out of the agent's domain",
    "barge_in": "the user interrupted",
}


@attrs.frozen(kw_only=True)
class Turn:
    """What the user or the agent said in one turn.

    A turn of the API is an exchange: what the user said, and the agent's response. Here, each of
    the two is a `Turn`.

    Attributes:
        index: Index of the exchange in the model's `turns`, from 0; annotations refer to it.
        speaker: `user` or `agent`.
        text: What was said; empty if nothing.
        time: For the agent, when it started to speak; for the user, when the agent had the input,
            which for speech is when it was transcribed.
        latency: Seconds from the user's input to the start of the agent's response; None for the
            user.
        keys: The keys that the user pressed on the phone; None for the agent.
        translation: The text in the agent's working language (the user's), or in English (the
            agent's).
        is_silence: Whether the user was silent; false if unknown.
        is_ood: Whether the user's input was out of the agent's domain; false if unknown.
        barge_in: Whether the user interrupted the agent; false if unknown.
        other: Values of unknown forms. The agent's turn also has the fields outside the contract.
    """

    index: int
    speaker: Speaker
    text: str = ""
    time: datetime | None = None
    latency: float | None = None
    keys: str | None = None
    translation: str | None = None
    is_silence: bool = False
    is_ood: bool = False
    barge_in: bool = False
    other: Mapping[str, Any] = attrs.field(factory=dict)

    @property
    def spoken(self) -> str:
        """The text with the pressed keys, such as `My number is [keys 4155]`."""
        keys = f"[keys {self.keys}]" if self.keys else ""
        return f"{self.text} {keys}".strip()

    @property
    def remarks(self) -> tuple[str, ...]:
        """The translation, and in English what the transcript does not show."""
        remarks = (remark for name, remark in _REMARKS.items() if getattr(self, name))
        return (*filter(None, [self.translation]), *remarks)


def parse_turns(models: object) -> tuple[Turn, ...] | None:
    """Split turns of the API by speaker; return None for anything but a list of turns."""
    if not isinstance(models, list) or not all(isinstance(m, ConversationTurn) for m in models):
        return None
    return tuple(turn for index, model in enumerate(models) for turn in _turn(index, model))


def _turn(index: int, model: ConversationTurn) -> Iterator[Turn]:
    user, agent = _user_turn(index, model), _agent_turn(index, model)
    has_input = bool(user.spoken or user.remarks or user.other)
    if has_input:
        yield user
    if not has_input or agent.text or agent.remarks or agent.other:
        yield agent


def _user_turn(index: int, model: ConversationTurn) -> Turn:
    fields = Fields(model, {})
    return Turn(
        index=index,
        speaker="user",
        text=fields.read("user_input", parse_text) or "",
        time=fields.read("user_input_datetime", parse_time),
        keys=fields.read("user_input_dtmf", parse_text),
        translation=fields.read("translated_user_input", parse_text),
        is_silence=fields.read("is_silence", parse_flag) or False,
        is_ood=fields.read("is_ood", parse_flag) or False,
        barge_in=fields.read("barge_in", parse_flag) or False,
        other=fields.other,
    )


def _agent_turn(index: int, model: ConversationTurn) -> Turn:
    fields = Fields(model, model.additional_properties)
    return Turn(
        index=index,
        speaker="agent",
        text=fields.read("agent_response", parse_text) or "",
        time=fields.read("agent_response_datetime", parse_time),
        latency=fields.read("latency", parse_latency, rest_of_latency),
        translation=fields.read("english_agent_response", parse_text),
        other=fields.other,
    )


def parse_latency(value: object) -> float | None:
    """Return the seconds of a latency, which is a number or an object that contains it."""
    return parse_number(value.perceived_latency if isinstance(value, TurnLatency) else value)


def rest_of_latency(value: object) -> dict[str, Any] | None:
    """Return what a latency contains besides the seconds."""
    if not isinstance(value, TurnLatency):
        return None
    return {name: each for name, each in to_json(value).items() if name != "perceived_latency"}
