"""Reading of query parameters, by the rules of the contract."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, get_args

from .answers import RefusedError
from .voice import Direction

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams

_DEFAULT_LIMIT: Final = 50
_LARGEST: Final = 2**63 - 1
_INTEGER: Final = re.compile(r"-?[0-9]{1,19}", re.ASCII)
_DIRECTIONS: Final[tuple[Direction, ...]] = get_args(Direction)


def page_window(query: QueryParams, max_limit: int) -> tuple[int, int]:
    """Read `limit`, capped, and `offset`.

    Raises:
        RefusedError: One of them breaks its rule.

    """
    limit = _integer(query, "limit", _DEFAULT_LIMIT, at_least=1)
    return min(limit, max_limit), _integer(query, "offset", 0, at_least=0)


def audio_choice(query: QueryParams) -> tuple[Direction, bool]:
    """Read `direction` and `redacted`.

    Raises:
        RefusedError: One of them breaks its rule.

    """
    wanted = _single(query, "direction", "combined")
    for direction in _DIRECTIONS:
        if direction == wanted:
            return direction, _boolean(query, "redacted")
    raise _broken("direction", f"must be one of {', '.join(_DIRECTIONS)}")


def _integer(query: QueryParams, name: str, default: int, *, at_least: int) -> int:
    text = _single(query, name, str(default))
    if not _INTEGER.fullmatch(text) or abs(int(text)) > _LARGEST:
        raise _broken(name, "must be an integer of at most 64 bits")
    if int(text) < at_least:
        raise _broken(name, f"must be at least {at_least}")
    return int(text)


def _boolean(query: QueryParams, name: str) -> bool:
    text = _single(query, name, "false")
    if text not in {"true", "false"}:
        raise _broken(name, "must be true or false")
    return text == "true"


def _single(query: QueryParams, name: str, default: str) -> str:
    values = query.getlist(name)
    if len(values) > 1:
        raise _broken(name, "must be given once")
    return values[0] if values else default


def _broken(name: str, rule: str) -> RefusedError:
    return RefusedError(HTTPStatus.BAD_REQUEST, "CONVERSATIONS_VALIDATION_FAILED", f"{name} {rule}")
