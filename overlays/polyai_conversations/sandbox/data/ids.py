"""Creates ids; the id of a conversation encodes its index."""

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
_LOCAL_ID: Final = re.compile(
    r"LOCAL-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{4}([0-9a-f]{8})", re.ASCII
)
_NUMBERED_ID: Final = re.compile(r"KA-([1-9][0-9]{0,8})", re.ASCII)
_LOCAL_PREFIX: Final = "LOCAL-"
_NUMBERED_PERCENT: Final = 10
_LOCAL_PERCENT: Final = 15


def conversation_id(index: int, random: SeededRandom) -> str:
    """Return the id of the conversation at an index: `CA…`, `LOCAL-…` or `KA-…`.

    Conversations that are inserted later have negative indices.

    The last eight digits of a `CA…` or `LOCAL-…` id are the index times a constant modulo 2^32. The
    multiplication can be inverted, so ids are unique and finding a conversation needs no table.
    """
    percentile = random.integer(0, 99)
    if percentile < _NUMBERED_PERCENT:
        return f"KA-{_NEWEST_NUMBER - index}"
    digits = "".join(_hex(random) for _ in range(3))
    digits += f"{(index + 1) * _MULTIPLIER % _WORD:08x}"
    if percentile < _NUMBERED_PERCENT + _LOCAL_PERCENT:
        return _LOCAL_PREFIX + _as_uuid(digits)
    return f"CA{digits}"


def is_local(conversation_id: str) -> bool:
    """Return whether an id is that of a test call from the studio: `LOCAL-…`."""
    return conversation_id.startswith(_LOCAL_PREFIX)


def index_of(conversation_id: str) -> int | None:
    """Return the index that an id encodes, or None if it is not a valid id.

    The caller must check whether the conversation at that index really has this id.
    """
    if call := _CALL_ID.fullmatch(conversation_id) or _LOCAL_ID.fullmatch(conversation_id):
        position = int(call[1], 16) * _INVERSE % _WORD
        return (position if position < _WORD // 2 else position - _WORD) - 1
    if numbered := _NUMBERED_ID.fullmatch(conversation_id):
        return _NEWEST_NUMBER - int(numbered[1])
    return None


def random_uuid(random: SeededRandom) -> str:
    """Return a random UUID."""
    return _as_uuid("".join(_hex(random) for _ in range(4)))


def slug(agent_id: str) -> str:
    """Return the slug of an agent, by which it can be addressed as well as by its id."""
    return re.sub(r"[^a-z0-9]+", "-", agent_id.lower()).strip("-") or agent_id


def _hex(random: SeededRandom) -> str:
    return f"{random.integer(0, _WORD - 1):08x}"


def _as_uuid(digits: str) -> str:
    """Return 32 hexadecimal digits as a UUID of version 4; the last twelve stay the same."""
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"
