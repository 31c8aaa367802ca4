"""`show`: one conversation, its facts and its transcript."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from rich.table import Table
from rich.text import Text

from . import terminal
from .dialogue import lines
from .facts import facts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .connection import Connection

_LEAST_WIDTH: Final = 60
_STYLES: Final = {"agent": "cyan", "user": "green"}


def show(connection: Connection, conversation_id: str, *, as_json: bool) -> None:
    """Print a conversation for a person, or as it was sent."""
    with connection.client() as client:
        sent = client.sent_conversation(conversation_id)
    if as_json:
        terminal.write_line(sent)
        return
    conversation = json.loads(sent)
    terminal.show(_facts(conversation), _LEAST_WIDTH)
    terminal.show("")
    terminal.show(_dialogue(conversation), _LEAST_WIDTH)


def _facts(conversation: Mapping[str, Any]) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in facts(conversation):
        grid.add_row(name, value)
    return grid


def _dialogue(conversation: Mapping[str, Any]) -> Table | Text:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", justify="right", no_wrap=True)
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_column(style="dim", justify="right", no_wrap=True)
    for line in lines(conversation.get("turns") or ()):
        speaker = Text(line.speaker, _STYLES.get(line.speaker, "dim"))
        words = Text(line.words, "" if line.speaker else "dim")
        grid.add_row(line.turn, line.time, speaker, words, line.latency)
    return grid if grid.row_count else Text("No transcript.", "dim")
