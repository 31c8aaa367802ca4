"""Renders conversations and recordings as HTML for notebooks; all values are escaped."""

from __future__ import annotations

import base64
import sys
from collections.abc import Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any, Final

from polyai_conversations_api.models import (
    ConversationDetailResponse,
    ConversationSummaryResponse,
    GetConversationsResponse,
)

from .views import Conversation, ConversationView, Summary, Turn, format_duration, view
from .views.values import format_local

_MAX_PLAYER_SIZE: Final = 16 * 2**20
_MAX_ROWS: Final = 100
_MODELS: Final = (ConversationDetailResponse, ConversationSummaryResponse)
_LEFT: Final = ' style="text-align: left"'
_ONE_LINE: Final = ' style="text-align: left; white-space: nowrap"'
_COLUMNS: Final = ("Id", "Started", "Length", "From", "Channel", "Score", "Summary")
_ONE_LINE_COLUMNS: Final = ("Started", "Length", "Channel")


def register_formatters() -> None:
    """Let IPython show conversations as HTML, if this process runs it."""
    ipython: Any = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None:
        return
    formatter = shell.display_formatter.formatters["text/html"]
    for model in _MODELS:
        formatter.for_type(model, conversation_html)
    formatter.for_type(GetConversationsResponse, page_html)
    formatter.for_type(list, list_html)


def audio_html(path: Path, caption: str) -> str:
    """Return a player for a WAV file, with a caption.

    Files beyond 16 MiB get no player, because the notebook would embed them.
    """
    return f"<figure>{_player(path)}<figcaption>{escape(caption)}</figcaption></figure>"


def page_html(page: GetConversationsResponse) -> str:
    """Return a table of the conversations of a page, and its place in the list."""
    first, last = page.offset + 1, page.offset + len(page.conversations)
    place = f"{first} to {last} of {page.count}" if page.conversations else f"none of {page.count}"
    return f"<p>Conversations {place}</p>{_table(page.conversations)}"


def list_html(items: list[Any]) -> str | None:
    """Return a table of conversations; None for a list that contains something else."""
    if not items or not all(isinstance(item, _MODELS) for item in items):
        return None
    rest = len(items) - _MAX_ROWS
    return _table(items[:_MAX_ROWS]) + (f"<p>and {rest} more</p>" if rest > 0 else "")


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
        f"<tr><th{_LEFT}>{name}</th><td{_LEFT}>{escape(text)}</td></tr>"
        for name, text in fields.items()
        if text
    )
    title, summary = escape(call.conversation_id), _summary(call.summary)
    return f"<section><h4>{title}</h4>{summary}<table>{rows}</table>{_dialogue(call)}</section>"


def _table(conversations: Sequence[Conversation]) -> str:
    head = "".join(f"<th{_LEFT}>{name}</th>" for name in _COLUMNS)
    rows = "".join(_row(view(conversation)) for conversation in conversations)
    return f"<table><tr>{head}</tr>{rows}</table>"


def _row(call: ConversationView) -> str:
    length = "" if call.duration is None else format_duration(call.duration)
    cells = (
        call.conversation_id,
        _time(call.started_at),
        "in progress" if call.in_progress else length,
        call.from_number,
        call.channel,
        "" if call.poly_score is None else f"{call.poly_score:g}",
        call.summary.title if call.summary else "",
    )
    columns = (
        f"<td{_ONE_LINE if name in _ONE_LINE_COLUMNS else _LEFT}>{escape(cell or '')}</td>"
        for name, cell in zip(_COLUMNS, cells, strict=True)
    )
    return f"<tr>{''.join(columns)}</tr>"


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
        f"<tr><td>{_clock(turn.time)}</td><th{_LEFT}>{turn.speaker.title()}</th>"
        f"<td{_LEFT}>{_said(turn)}</td></tr>"
        for turn in call.turns
        if turn.spoken or turn.remarks
    ]
    return f"<table>{''.join(rows)}</table>" if rows else ""


def _said(turn: Turn) -> str:
    remarks = (f"<i>({escape(remark)})</i>" for remark in turn.remarks)
    return " ".join(filter(None, [escape(turn.spoken), *remarks]))


def _time(moment: datetime | None) -> str:
    """Format a moment in local time, to the minute, with its zone."""
    return escape(format_local(moment, "%Y-%m-%d %H:%M %Z"))


def _clock(moment: datetime | None) -> str:
    return format_local(moment, "%H:%M:%S")
