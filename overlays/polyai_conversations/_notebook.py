"""Renders conversations and recordings as HTML for notebooks; all values are escaped."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any, Final

from polyai_conversations_api.models import (
    ConversationDetailResponse,
    ConversationShortSummary,
    ConversationSummaryResponse,
    ConversationTurn,
)

_MAX_PLAYER_SIZE: Final = 16 * 2**20
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


def audio_html(path: Path, caption: str) -> str:
    """Return a player for a WAV file, with a caption.

    Files beyond 16 MiB get no player, because the notebook would embed them.
    """
    return f"<figure>{_player(path)}<figcaption>{escape(caption)}</figcaption></figure>"


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
    """Return the heading and the content of the summary; plain text has an empty heading."""
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


def _player(path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_PLAYER_SIZE:
            return "<p>Too large to play here.</p>"
        data = base64.b64encode(path.read_bytes()).decode()
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
