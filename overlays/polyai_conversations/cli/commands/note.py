"""The command `note`: set or clear the note of a conversation."""

from __future__ import annotations

import sys

from polyai_conversations.cli.console import write_line
from polyai_conversations.cli.formatting import sanitize
from polyai_conversations.cli.options import ConnectionOptions


def set_note(options: ConnectionOptions, conversation_id: str, text: str) -> None:
    """Set the note and confirm it; `-` reads the text from stdin, and an empty text clears it."""
    note = _read_stdin() if text == "-" else text
    with options.client() as client:
        client.upsert_note(conversation_id, note)
    action = "Set" if note else "Cleared"
    write_line(f"{action} the note of {sanitize(conversation_id)}")


def _read_stdin() -> str:
    try:
        text = sys.stdin.buffer.read().decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise ValueError("the note on stdin is not valid UTF-8") from None
    if not text:
        # Otherwise, a failed command in front of the pipe would delete the note.
        raise ValueError("stdin contains no note; to clear the note, pass '' as TEXT")
    return text
