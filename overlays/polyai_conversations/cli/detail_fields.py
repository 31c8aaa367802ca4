"""The fields that `show` prints above the transcript, as pairs of label and text; no I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from .formatting import duration, handoff, local_time, sanitize, summary

_LABELLED: Final = {
    *("conversationId", "projectId", "startedAt", "finishedAt", "duration", "inProgress"),
    *("channel", "direction", "fromNumber", "toNumber", "handoff", "handoffDestination"),
    *("handoffReason", "shortSummary", "tags", "polyScore", "note", "audioUrl", "turns"),
}


def detail_fields(conversation: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the most important fields first, then every other field under its name in the API.

    Empty fields are left out.
    """
    yield from ((label, text) for label, text in _labelled_fields(conversation) if text)
    for name, value in conversation.items():
        if name not in _LABELLED and value not in (None, "", [], {}):
            yield sanitize(name), local_time(value)


def _labelled_fields(conversation: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    get = conversation.get
    in_progress = get("inProgress") is True
    heading, content = summary(conversation)
    yield "Conversation", sanitize(get("conversationId"))
    yield "Agent", sanitize(get("projectId"))
    yield "Started", local_time(get("startedAt"))
    yield "Finished", "in progress" if in_progress else local_time(get("finishedAt"))
    yield "Length", duration(get("duration"))
    yield "Channel", _join(", ", sanitize(get("channel")), sanitize(get("direction")))
    yield "Numbers", _join(" → ", sanitize(get("fromNumber")), sanitize(get("toNumber")))
    yield "Handoff", _join(": ", handoff(conversation), sanitize(get("handoffReason")))
    yield "Summary", _join(". ", heading.rstrip("."), content) if content else heading
    yield "Tags", _join(", ", *map(sanitize, get("tags") or ()))
    yield "Score", sanitize(get("polyScore"))
    yield "Note", sanitize(get("note"))
    yield "Recording", "yes" if get("audioUrl") else "no"


def _join(separator: str, *texts: str) -> str:
    return separator.join(filter(None, texts))
