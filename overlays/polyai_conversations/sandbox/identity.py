"""Ids of conversations, from which their place in the world can be read back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .dice import Dice

_NEWEST: Final = 9_000_000
_WORD: Final = 2**32
_SPREAD: Final = 2_654_435_761
_GATHER: Final = pow(_SPREAD, -1, _WORD)

_CALL_ID: Final = re.compile(r"CA[0-9a-f]{24}([0-9a-f]{8})", re.ASCII)
_NUMBER_ID: Final = re.compile(r"KA-([1-9][0-9]{0,8})", re.ASCII)


def conversation_id(index: int, dice: Dice) -> str:
    """Make the id of the conversation at an index: mostly of a call's kind, some numbered.

    Conversations that arrive later have indices below zero.

    The last eight digits of a call's id are the index, spread over all values, so no two ids are
    alike and finding a conversation needs no table.
    """
    if dice.chance(0.1):
        return f"KA-{_NEWEST - index}"
    head = "".join(f"{dice.whole(0, _WORD - 1):08x}" for _ in range(3))
    return f"CA{head}{(index + 1) * _SPREAD % _WORD:08x}"


def index_of(conversation_id: str) -> int | None:
    """Read the index that a conversation of this id would have; None where no id reads so."""
    if call := _CALL_ID.fullmatch(conversation_id):
        place = int(call[1], 16) * _GATHER % _WORD
        return (place if place < _WORD // 2 else place - _WORD) - 1
    if number := _NUMBER_ID.fullmatch(conversation_id):
        return _NEWEST - int(number[1])
    return None
