"""Checks of the arguments of `Sandbox`; each raises a `ValueError` that names the argument."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from .data.agents import agent_names


def check_integer(name: str, value: object, low: int, high: int | None = None) -> None:
    """Require an integer from `low` to `high`, both included."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{name} must be a whole number, not {value!r}")
    if value < low:
        raise ValueError(f"{name} must be at least {low}, not {value}")
    if high is not None and value > high:
        raise ValueError(f"{name} must be at most {high}, not {value}")


def check_seconds(name: str, value: object) -> None:
    """Require a finite number of seconds, 0 or more."""
    if not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise ValueError(f"{name} must be a number of seconds, 0 or more, not {value!r}")


def check_change_rate(name: str, value: object) -> None:
    """Require an average of 0 or more, or a mapping between whole numbers."""
    numbers = [*value, *value.values()] if isinstance(value, Mapping) else [value]
    types = int if isinstance(value, Mapping) else (int, float)
    if not all(isinstance(number, types) and 0 <= number < math.inf for number in numbers):
        raise ValueError(
            f"{name} must be an average per list request, or a mapping from the number of a "
            f"request to a count, not {value!r}"
        )


def check_disconnect_schedule(name: str, value: object) -> None:
    """Require a mapping between whole numbers of 0 or more."""
    numbers = [*value, *value.values()] if isinstance(value, Mapping) else [None]
    if not all(isinstance(number, int) and number >= 0 for number in numbers):
        raise ValueError(
            f"{name} must be a mapping from the number of a recording response to the number of "
            f"bytes after which to disconnect, not {value!r}"
        )


def check_api_key(name: str, value: object) -> None:
    """Require text that a header can contain; the error does not show the value."""
    if not isinstance(value, str) or not value.isascii() or not value.isprintable():
        raise ValueError(f"{name} must be printable ASCII text")
    if not value or value.strip() != value:
        raise ValueError(f"{name} must not be empty, nor start or end with a space")


def check_agent_ids(agent_id: object, other_agents: object) -> None:
    """Require ids that are text, and of which no two address the same agent."""
    _check_text("agent_id", agent_id)
    if isinstance(other_agents, str) or not isinstance(other_agents, Sequence):
        raise ValueError(f"other_agents must be a sequence of ids, not {other_agents!r}")
    used: set[str] = agent_names(str(agent_id))
    for other in other_agents:
        _check_text("other_agents", other)
        if used & agent_names(other):
            raise ValueError(f"other_agents must have different ids and slugs, unlike {other!r}")
        used |= agent_names(other)


def _check_text(name: str, value: object) -> None:
    """Require text that is not empty."""
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} must be text that is not empty, not {value!r}")
