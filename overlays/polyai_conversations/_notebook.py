"""Renders conversations and recordings as HTML for notebooks; all values are escaped."""

from __future__ import annotations

import base64
import sys
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any, Final

from polyai_conversations_api.models import ConversationDetailResponse, ConversationSummaryResponse

from .views import Conversation, ConversationView, Summary, Turn, format_duration, view

_MAX_PLAYER_SIZE: Final = 16 * 2**20


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


def conversation_html(conversation: Conversation) -> str:
    """Return a table with the fields of a conversation, and its turns if it has any."""
    call = view(conversation)
    fields = {
        "Started": _time(call.started_at),
        "Length": "" if call.duration is None else format_duration(call.duration),
        "From": call.from_number,
        "To": call.to_number,
        "Channel": call.channel,
        "Language": call.language,
        "Handed off to": call.handoff_destination,
        "Score": "" if call.poly_score is None else f"{call.poly_score:g}",
        "Tags": ", ".join(call.tags),
        "Note": call.note,
    }
    rows = "".join(
        f"<tr><th>{name}</th><td>{escape(text)}</td></tr>" for name, text in fields.items() if text
    )
    title, summary = escape(call.conversation_id), _summary(call.summary)
    return f"<section><h4>{title}</h4>{summary}<table>{rows}</table>{_dialogue(call)}</section>"


def _summary(summary: Summary | None) -> str:
    if summary is None:
        return ""
    heading = f"<b>{escape(summary.heading)}</b>" if summary.heading else ""
    return f"<p>{' '.join(filter(None, [heading, escape(summary.content)]))}</p>"


def _player(path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_PLAYER_SIZE:
            return "<p>Too large to play here.</p>"
        data = base64.b64encode(path.read_bytes()).decode()
    except OSError as error:
        return f"<p>{escape(str(error))}</p>"
    return f'<audio controls preload="none" src="data:audio/wav;base64,{data}"></audio>'


def _dialogue(call: ConversationView) -> str:
    rows = [
        f"<tr><td>{_time(turn.time)}</td><th>{turn.speaker.title()}</th><td>{_said(turn)}</td></tr>"
        for turn in call.turns
        if turn.spoken or turn.remarks
    ]
    return f"<table>{''.join(rows)}</table>" if rows else ""


def _said(turn: Turn) -> str:
    remarks = (f"<i>({escape(remark)})</i>" for remark in turn.remarks)
    return " ".join(filter(None, [escape(turn.spoken), *remarks]))


def _time(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else ""
