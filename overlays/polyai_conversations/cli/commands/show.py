"""The command `show`: the details and the transcript of one conversation."""

from __future__ import annotations

from typing import Final

from rich.table import Table
from rich.text import Text

from polyai_conversations.cli.console import print_result, write_line
from polyai_conversations.cli.detail_fields import detail_fields
from polyai_conversations.cli.formatting import sanitize
from polyai_conversations.cli.options import ConnectionOptions
from polyai_conversations.cli.raw_calls import get_raw_conversation
from polyai_conversations.cli.transcript import transcript_lines
from polyai_conversations.models import ConversationDetailResponse
from polyai_conversations.transcripts import TranscriptFormat, transcript
from polyai_conversations.views import ConversationView, view

_MIN_WIDTH: Final = 60
_SPEAKER_STYLES: Final = {"agent": "cyan", "user": "green"}


def show_conversation(options: ConnectionOptions, conversation_id: str) -> None:
    """Print the fields of a conversation, then its transcript."""
    conversation = view(_get(options, conversation_id))
    print_result(_details(conversation), _MIN_WIDTH)
    print_result("")
    print_result(_transcript(conversation), _MIN_WIDTH)


def print_json(options: ConnectionOptions, conversation_id: str) -> None:
    """Print a conversation as the server sent it."""
    with options.client() as client:
        write_line(get_raw_conversation(client, conversation_id))


def print_transcript(
    options: ConnectionOptions, conversation_id: str, transcript_format: TranscriptFormat
) -> None:
    """Print the transcript of a conversation in a format for files."""
    text = transcript(_get(options, conversation_id), transcript_format)
    for line in text.splitlines():
        write_line(sanitize(line))


def _get(options: ConnectionOptions, conversation_id: str) -> ConversationDetailResponse:
    with options.client() as client:
        return client.get_conversation(conversation_id)


def _details(conversation: ConversationView) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for label, text in detail_fields(conversation):
        grid.add_row(label, text)
    return grid


def _transcript(conversation: ConversationView) -> Table | Text:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", justify="right", no_wrap=True)
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_column(style="dim", justify="right", no_wrap=True)
    for line in transcript_lines(conversation.turns):
        speaker = Text(line.speaker, _SPEAKER_STYLES.get(line.speaker, "dim"))
        text = Text(line.text, "" if line.speaker else "dim")
        grid.add_row(line.turn, line.time, speaker, text, line.latency)
    return grid if grid.row_count else Text("No transcript.", "dim")
