"""What is known of a conversation, apart from its transcript, as names and texts; no I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from .plain import duration, handoff, local_time, plain, summary

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TOLD: Final = {
    *("conversationId", "projectId", "startedAt", "finishedAt", "duration", "inProgress"),
    *("channel", "direction", "fromNumber", "toNumber", "handoff", "handoffDestination"),
    *("handoffReason", "shortSummary", "tags", "polyScore", "note", "audioUrl", "turns"),
}


def facts(conversation: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Give what a person asks for first, then every other field under its own name."""
    told = ((name, text) for name, text in _told(conversation) if text)
    yield from told
    for name, value in conversation.items():
        if name not in _TOLD and value not in (None, "", [], {}):
            yield plain(name), local_time(value)


def _told(conversation: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    get = conversation.get
    heading, content = summary(conversation)
    yield "Conversation", plain(get("conversationId"))
    yield "Agent", plain(get("projectId"))
    yield "Started", local_time(get("startedAt"))
    yield "Finished", "going on" if get("inProgress") is True else local_time(get("finishedAt"))
    yield "Length", duration(get("duration"))
    yield "Channel", _joined(", ", plain(get("channel")), plain(get("direction")))
    yield "Numbers", _joined(" → ", plain(get("fromNumber")), plain(get("toNumber")))
    yield "Handoff", _joined(": ", handoff(conversation), plain(get("handoffReason")))
    yield "Summary", _joined(". ", heading.rstrip("."), content) if content else heading
    yield "Tags", _joined(", ", *map(plain, get("tags") or ()))
    yield "Score", plain(get("polyScore"))
    yield "Note", plain(get("note"))
    yield "Recording", "yes" if get("audioUrl") else "no"


def _joined(between: str, *texts: str) -> str:
    return between.join(filter(None, texts))
