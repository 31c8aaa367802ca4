"""The summary of a conversation, in any of its forms."""

from __future__ import annotations

import json
from typing import Any, Final

import attrs

from polyai_conversations_api.models import ConversationShortSummary

from .fields import to_json

_PARTS: Final = ("heading", "content")


@attrs.frozen
class Summary:
    """What a conversation was about.

    Attributes:
        heading: The subject in a few words; empty if the server sent plain text.
        content: What happened, in a few sentences; may be empty.
    """

    heading: str
    content: str

    @property
    def title(self) -> str:
        """The heading, or the content of a summary without one."""
        return self.heading or self.content

    def __str__(self) -> str:
        """Return the heading and the content as one text."""
        if not (self.heading and self.content):
            return self.title
        return f"{self.heading.rstrip('.')}. {self.content}"


def parse_summary(value: object) -> Summary | None:
    """Return a summary that is an object, JSON of such an object in a string, or plain text.

    Its heading and its content may both be empty.
    """
    if isinstance(value, ConversationShortSummary):
        return _summary(to_json(value))
    if not isinstance(value, str):
        return None
    return _summary(_parse_json(value)) or Summary("", value)


def rest_of_summary(value: object) -> dict[str, Any] | None:
    """Return what a summary contains besides its heading and content."""
    fields = _parse_json(value) if isinstance(value, str) else to_json(value)
    if _summary(fields) is None:
        return None
    return {name: each for name, each in fields.items() if name not in _PARTS}


def _parse_json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _summary(value: Any) -> Summary | None:
    """Return an object as a summary, or None if it has another form."""
    if not isinstance(value, dict) or not any(name in value for name in _PARTS):
        return None
    heading, content = ("" if value.get(name) is None else value[name] for name in _PARTS)
    if not (isinstance(heading, str) and isinstance(content, str)):
        return None
    return Summary(heading, content)
