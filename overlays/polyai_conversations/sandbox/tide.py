"""Conversations that arrive and leave while the list is read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from .dice import Dice

if TYPE_CHECKING:
    from .world import World

    Flow = float | Mapping[int, int]


class Tide:
    """Changes a world before each request for its list, in the same way for the same seed.

    Args:
        world: The conversations.
        arrivals: How many arrive before a request: an average, or a script that says for the nth
            request (the first is 1) how many. They are the newest, so they come first.
        departures: Likewise, how many leave, from anywhere.
        seed: Which of them leave.

    """

    def __init__(self, world: World, arrivals: Flow, departures: Flow, seed: int) -> None:
        self._world = world
        self._arrivals = arrivals
        self._departures = departures
        self._dice = Dice(f"{seed}:tide")
        self._requests = 0

    def turn(self) -> None:
        """Let happen what happens before the next request."""
        self._requests += 1
        for _ in range(_flown(self._arrivals, self._requests)):
            self._world.arrive()
        for _ in range(min(_flown(self._departures, self._requests), self._world.count)):
            self._world.leave(self._dice.whole(0, self._world.count - 1))


def check_flow(name: str, flow: object) -> None:
    """Insist on an average, or on a script of whole numbers.

    Raises:
        ValueError: It is neither, or below zero.

    """
    amounts = [*flow, *flow.values()] if isinstance(flow, Mapping) else [flow]
    kinds = int if isinstance(flow, Mapping) else (int, float)
    if not all(isinstance(amount, kinds) and 0 <= amount < math.inf for amount in amounts):
        raise ValueError(
            f"{name} must be how many before a request on average, or a mapping from the number "
            f"of a request to how many before it, not {flow!r}"
        )


def _flown(flow: Flow, request: int) -> int:
    if isinstance(flow, Mapping):
        return flow.get(request, 0)
    return math.floor(request * flow) - math.floor((request - 1) * flow)
