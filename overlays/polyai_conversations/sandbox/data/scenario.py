"""Templates of conversations: what users and agents say, with placeholders for what varies.

A name in braces is a placeholder. Its value differs between conversations, and a user's line that
contains one produces an entity of that name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from string import Formatter
from typing import Final

_PERSONAL: Final = frozenset({"full_name", "phone_number", "card_number", "address"})


@dataclass(frozen=True, slots=True)
class Exchange:
    """What the user says and how the agent responds; both may contain placeholders."""

    user: str
    agent: str
    intents: tuple[str, ...] = ()
    keypad: str = ""
    """What the user may enter on the keypad instead of saying it."""
    is_ood: bool = False
    user_english: str = ""
    agent_english: str = ""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One possible course of a conversation, and what the API reports about it afterwards."""

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
def placeholders(text: str) -> tuple[str, ...]:
    """Return the names of the placeholders in a text, in order."""
    return tuple(name for _, name, _, _ in Formatter().parse(text) if name)


@cache
def is_personal(text: str) -> bool:
    """Return whether a text contains personal data."""
    return not _PERSONAL.isdisjoint(placeholders(text))
