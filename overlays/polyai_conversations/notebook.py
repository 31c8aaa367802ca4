"""How conversations and recordings look in a notebook: HTML in which everything is escaped."""

from __future__ import annotations

import base64
import json
from html import escape
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from polyai_conversations_api.models import (
        ConversationDetailResponse,
        ConversationSummaryResponse,
        ConversationTurn,
    )

    from .download import SavedRecording

_LARGEST_PLAYED: Final = 16 * 2**20
_FACTS: Final = {
    "Started": "started_at",
    "Seconds": "total_duration",
    "From": "from_number",
    "To": "to_number",
    "Channel": "channel",
    "Language": "language",
    "Handed over to": "handoff_destination",
    "Score": "poly_score",
    "Tags": "tags",
    "Note": "note",
}


def recording_html(recording: SavedRecording) -> str:
    """Show a recording: a player, and what is known of it.

    Recordings beyond 16 MiB are not played, since the notebook would hold them.
    """
    wav = recording.format
    about = (
        f"{recording.path} ({recording.bytes:,} bytes; {_seconds(wav.duration)}, "
        f"{wav.sample_rate:,} Hz, {wav.channels} channel{'s' * (wav.channels != 1)})"
    )
    return f"<figure>{_player(recording)}<figcaption>{escape(about)}</figcaption></figure>"


def conversation_html(
    conversation: ConversationSummaryResponse | ConversationDetailResponse,
) -> str:
    """Show a conversation: what is known of it, and its turns where it has them."""
    facts = ((name, getattr(conversation, field)) for name, field in _FACTS.items())
    known = "".join(
        f"<tr><th>{name}</th><td>{_text(value)}</td></tr>"
        for name, value in facts
        if _is_told(value)
    )
    heading, content = summary_of(conversation)
    told = [f"<b>{escape(heading)}</b>"] * bool(heading) + [escape(content)] * bool(content)
    summary = f"<p>{' '.join(told)}</p>" if told else ""
    turns = getattr(conversation, "turns", None) or []
    title = escape(conversation.conversation_id)
    return f"<section><h4>{title}</h4>{summary}<table>{known}</table>{_dialogue(turns)}</section>"


def summary_of(
    conversation: ConversationSummaryResponse | ConversationDetailResponse,
) -> tuple[str, str]:
    """Give heading and content of the summary; one of them is empty where it is plain text."""
    told: Any = conversation.short_summary
    if isinstance(told, str):
        try:
            parsed = json.loads(told)
        except ValueError:
            return "", told
        told = parsed if isinstance(parsed, dict) else told
    if isinstance(told, dict):
        return str(told.get("heading") or ""), str(told.get("content") or "")
    return "", str(told or "")


def _player(recording: SavedRecording) -> str:
    if recording.bytes > _LARGEST_PLAYED:
        return "<p>Too large to be played here.</p>"
    try:
        data = base64.b64encode(recording.path.read_bytes()).decode()
    except OSError as error:
        return f"<p>{escape(str(error))}</p>"
    return f'<audio controls preload="none" src="data:audio/wav;base64,{data}"></audio>'


def _dialogue(turns: Iterable[ConversationTurn]) -> str:
    rows = [
        f"<tr><td>{_text(at)}</td><th>{who}</th><td>{_text(said)}</td></tr>"
        for turn in turns
        for at, who, said in (
            (turn.user_input_datetime, "User", turn.user_input),
            (turn.user_input_datetime, "Keypad", turn.user_input_dtmf),
            (turn.agent_response_datetime, "Agent", turn.agent_response),
        )
        if _is_told(said)
    ]
    return f"<table>{''.join(rows)}</table>" if rows else ""


def _is_told(value: object) -> bool:
    return bool(value) or (isinstance(value, int | float) and not isinstance(value, bool))


def _text(value: object) -> str:
    parts = value if isinstance(value, list) else [value]
    return escape(", ".join(str(part) for part in parts if _is_told(part)))


def _seconds(duration: float | None) -> str:
    return "of unknown length" if duration is None else f"{duration:.1f} s"
