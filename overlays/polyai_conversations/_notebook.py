"""How conversations and recordings look in a notebook; all values are escaped in the HTML."""

from __future__ import annotations

import base64
import json
import sys
from html import escape
from typing import TYPE_CHECKING, Any, Final

from polyai_conversations_api.models import (
    ConversationDetailResponse,
    ConversationShortSummary,
    ConversationSummaryResponse,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from polyai_conversations_api.models import ConversationTurn

    from ._audio.saved import SavedRecording

_MAX_PLAYED: Final = 16 * 2**20
_SUMMARY_FIELDS: Final = {
    "Started": "started_at",
    "Seconds": "total_duration",
    "From": "from_number",
    "To": "to_number",
    "Channel": "channel",
    "Language": "language",
    "Handed off to": "handoff_destination",
    "Score": "poly_score",
    "Tags": "tags",
    "Note": "note",
}


def register_formatters() -> None:
    """Let IPython show conversations as HTML, if this process runs it."""
    ipython: Any = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None:
        return
    formatter = shell.display_formatter.formatters["text/html"]
    for model in (ConversationDetailResponse, ConversationSummaryResponse):
        formatter.for_type(model, conversation_html)


def recording_html(recording: SavedRecording) -> str:
    """Return a player for a recording, with a caption.

    Recordings beyond 16 MiB get no player, because the notebook would contain them.
    """
    wav = recording.format
    caption = (
        f"{recording.path} ({recording.bytes:,} bytes; {_seconds(wav.duration)}, "
        f"{wav.sample_rate:,} Hz, {wav.channels} channel{'s' * (wav.channels != 1)})"
    )
    return f"<figure>{_player(recording)}<figcaption>{escape(caption)}</figcaption></figure>"


def conversation_html(
    conversation: ConversationSummaryResponse | ConversationDetailResponse,
) -> str:
    """Return a table with the fields of a conversation, and its turns if it has any."""
    fields = ((name, getattr(conversation, field)) for name, field in _SUMMARY_FIELDS.items())
    rows = "".join(
        f"<tr><th>{name}</th><td>{_text(value)}</td></tr>"
        for name, value in fields
        if _has_value(value)
    )
    heading, content = summary_of(conversation)
    parts = [f"<b>{escape(heading)}</b>"] * bool(heading) + [escape(content)] * bool(content)
    summary = f"<p>{' '.join(parts)}</p>" if parts else ""
    turns = getattr(conversation, "turns", None) or []
    title = escape(conversation.conversation_id)
    return f"<section><h4>{title}</h4>{summary}<table>{rows}</table>{_dialogue(turns)}</section>"


def summary_of(
    conversation: ConversationSummaryResponse | ConversationDetailResponse,
) -> tuple[str, str]:
    """Return heading and content of the summary; the heading of plain text is empty."""
    summary: Any = conversation.short_summary
    if isinstance(summary, str):
        try:
            parsed = json.loads(summary)
        except ValueError:
            return "", summary
        summary = parsed if isinstance(parsed, dict) else summary
    if isinstance(summary, ConversationShortSummary):
        summary = summary.to_dict()
    if isinstance(summary, dict):
        return str(summary.get("heading") or ""), str(summary.get("content") or "")
    return "", str(summary or "")


def _player(recording: SavedRecording) -> str:
    if recording.bytes > _MAX_PLAYED:
        return "<p>Too large to play here.</p>"
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
        if _has_value(said)
    ]
    return f"<table>{''.join(rows)}</table>" if rows else ""


def _has_value(value: object) -> bool:
    return bool(value) or (isinstance(value, int | float) and not isinstance(value, bool))


def _text(value: object) -> str:
    parts = value if isinstance(value, list) else [value]
    return escape(", ".join(str(part) for part in parts if _has_value(part)))


def _seconds(duration: float | None) -> str:
    return "of unknown length" if duration is None else f"{duration:.1f} s"
