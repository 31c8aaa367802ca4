"""The form of a scenario: what people and agents say, with slots for what differs each time.

A name in braces is a slot. Its value differs from conversation to conversation, and a user's line
that holds one yields an entity of that name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from string import Formatter
from typing import Final

PERSONAL: Final = frozenset({"full_name", "phone_number", "card_number", "address"})
"""Slots that hold personal data."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """What the user says and what the agent answers; texts may hold slots."""

    user: str
    agent: str
    intents: tuple[str, ...] = ()
    keypad: str = ""
    """What the user may press on the phone instead of saying it."""
    is_ood: bool = False
    user_english: str = ""
    agent_english: str = ""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A course that a conversation may take, and what is said of it afterwards."""

    heading: str
    content: str
    exchanges: tuple[Exchange, ...]
    handoff_destination: str
    handoff_reason: str
    tags: tuple[str, ...]
    flows: tuple[str, ...]
    functions: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("en-US", "en-US", "en-GB")
    direction: str = "inbound"
    handoff: Exchange = field(
        default=Exchange(
            "I would rather speak to a person.",
            "Of course, I am putting you through now.",
            ("speak_to_person",),
        )
    )
    silence: Exchange = field(default=Exchange("", "Sorry, I did not hear you. Are you there?"))


@cache
def slots(text: str) -> tuple[str, ...]:
    """Name the slots of a text, in their order."""
    return tuple(name for _, name, _, _ in Formatter().parse(text) if name)


@cache
def is_personal(text: str) -> bool:
    """Tell whether a text holds personal data."""
    return not PERSONAL.isdisjoint(slots(text))
