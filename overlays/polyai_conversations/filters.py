"""Selects conversations by values that their rows in the list contain.

```python
from polyai_conversations import ConversationFilter

bad_calls = ConversationFilter(channel="VOICE-SIP", max_score=2)
for summary in client.list_conversations(where=bad_calls):
    print(summary.conversation_id)
```
"""

from __future__ import annotations

import inspect
import math
import sys
from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any

import attrs

from .views import Conversation, ConversationView, view

Where = Callable[[ConversationView], object]
"""Returns something true if a conversation is selected; such as a `ConversationFilter`."""


def _check_names(_: object, attribute: attrs.Attribute[Any], names: object) -> None:
    if names is None or (isinstance(names, str) and names):
        return
    if not isinstance(names, Collection) or not names or not all(map(_is_name, names)):
        raise ValueError(
            f"{attribute.name} must be a string that is not empty, or a list of such strings, "
            f"not {names!r}"
        )


def _is_name(name: object) -> bool:
    return isinstance(name, str) and bool(name)


def _check_flag(_: object, attribute: attrs.Attribute[Any], flag: object) -> None:
    if flag is not None and not isinstance(flag, bool):
        raise ValueError(f"{attribute.name} must be True, False or None, not {flag!r}")


def _check_score(_: object, attribute: attrs.Attribute[Any], score: object) -> None:
    if score is None:
        return
    is_number = isinstance(score, int | float) and not isinstance(score, bool)
    if not is_number or (isinstance(score, float) and math.isnan(score)):
        raise ValueError(f"{attribute.name} must be a number, not {score!r}")
    if isinstance(score, int) and abs(score) > sys.float_info.max:
        raise ValueError(f"{attribute.name} must be a number that fits into a float")


def _check_duration(_: object, attribute: attrs.Attribute[Any], duration: object) -> None:
    if duration is None:
        return
    if not isinstance(duration, timedelta) or duration < timedelta():
        raise ValueError(
            f"{attribute.name} must be a timedelta of at least 0, such as timedelta(seconds=30), "
            f"not {duration!r}"
        )


@attrs.frozen(kw_only=True)
class ConversationFilter:
    """Selects the conversations that match every argument.

    It is called with a conversation as `views.view` returns it. A conversation without a value does
    not match an argument about that value: one without a score matches neither `min_score` nor
    `max_score`, and a call in progress, which has no duration yet, does not match `min_duration`.

    Args:
        channel: The channel, such as `VOICE-SIP` or `WEBCHAT`, or a list of channels. Capitals do
            not matter, here and in the next two arguments.
        client_env: The environment, such as `live` or `sandbox`, or a list of environments.
        direction: `inbound` or `outbound`, or a list of directions.
        handoff: True for conversations that were handed off, False for those that were not.
        min_score: The lowest `poly_score`.
        max_score: The highest `poly_score`.
        min_duration: The shortest `duration`.

    Raises:
        ValueError: An argument is invalid.
    """

    channel: str | Collection[str] | None = attrs.field(default=None, validator=_check_names)
    client_env: str | Collection[str] | None = attrs.field(default=None, validator=_check_names)
    direction: str | Collection[str] | None = attrs.field(default=None, validator=_check_names)
    handoff: bool | None = attrs.field(default=None, validator=_check_flag)
    min_score: float | None = attrs.field(default=None, validator=_check_score)
    max_score: float | None = attrs.field(default=None, validator=_check_score)
    min_duration: timedelta | None = attrs.field(default=None, validator=_check_duration)

    def __attrs_post_init__(self) -> None:
        if None not in (self.min_score, self.max_score) and self.min_score > self.max_score:  # type: ignore[operator]
            raise ValueError(
                f"min_score must not be greater than max_score: {self.min_score} > {self.max_score}"
            )

    def __call__(self, conversation: ConversationView) -> bool:
        """Return whether a conversation matches."""
        return (
            _is_one_of(self.channel, conversation.channel)
            and _is_one_of(self.client_env, conversation.client_env)
            and _is_one_of(self.direction, conversation.direction)
            and self.handoff in {None, conversation.handoff}
            and self._matches_score(conversation.poly_score)
            and self._matches_duration(conversation.duration)
        )

    def _matches_score(self, score: float | None) -> bool:
        if score is None:
            return self.min_score is None and self.max_score is None
        return (self.min_score is None or score >= self.min_score) and (
            self.max_score is None or score <= self.max_score
        )

    def _matches_duration(self, duration: timedelta | None) -> bool:
        if self.min_duration is None:
            return True
        return duration is not None and duration >= self.min_duration


def check_where(where: object) -> None:
    """Check the argument `where`.

    Raises:
        ValueError: It is neither None nor a function that can be called without `await`.
    """
    if where is None:
        return
    if not callable(where) or isinstance(where, type):
        raise ValueError(f"where must be a ConversationFilter or a function, not {where!r}")
    if inspect.iscoroutinefunction(where):
        raise ValueError("where must be a function without async, because nothing awaits it")


def to_predicate(where: Where | None) -> Callable[[Conversation], object] | None:
    """Return a function that applies `where` to a model, or None if everything is selected."""
    if where is None:
        return None
    return lambda conversation: where(view(conversation))


def _is_one_of(names: str | Collection[str] | None, name: str | None) -> bool:
    if names is None:
        return True
    accepted = [names] if isinstance(names, str) else names
    return name is not None and name.casefold() in map(str.casefold, accepted)
