"""Conversation ids that encode the index of the conversation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .seeded_random import SeededRandom

_NEWEST_NUMBER: Final = 9_000_000
_WORD: Final = 2**32
_MULTIPLIER: Final = 2_654_435_761
_INVERSE: Final = pow(_MULTIPLIER, -1, _WORD)

_CALL_ID: Final = re.compile(r"CA[0-9a-f]{24}([0-9a-f]{8})", re.ASCII)
_NUMBERED_ID: Final = re.compile(r"KA-([1-9][0-9]{0,8})", re.ASCII)


def conversation_id(index: int, random: SeededRandom) -> str:
    """Return the id of the conversation at an index: `CA…` for most, `KA-…` for one in ten.

    Conversations that are inserted later have negative indices.

    The last eight digits of a `CA…` id are the index times a constant modulo 2^32. The
    multiplication can be inverted, so ids are unique and finding a conversation needs no table.
    """
    if random.chance(0.1):
        return f"KA-{_NEWEST_NUMBER - index}"
    prefix = "".join(f"{random.integer(0, _WORD - 1):08x}" for _ in range(3))
    return f"CA{prefix}{(index + 1) * _MULTIPLIER % _WORD:08x}"


def index_of(conversation_id: str) -> int | None:
    """Return the index that an id encodes, or None if it is not a valid id.

    The caller must check whether the conversation at that index really has this id.
    """
    if call := _CALL_ID.fullmatch(conversation_id):
        position = int(call[1], 16) * _INVERSE % _WORD
        return (position if position < _WORD // 2 else position - _WORD) - 1
    if numbered := _NUMBERED_ID.fullmatch(conversation_id):
        return _NEWEST_NUMBER - int(numbered[1])
    return None
