"""`annotate` and `note`: what a person adds to a conversation."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from .plain import plain
from .terminal import write_line

if TYPE_CHECKING:
    from .connection import Connection


def annotate(connection: Connection, conversation_id: str, turn: int, role: str, kind: str) -> None:
    """Add an annotation, and say so."""
    annotation = {"turnId": turn, "role": role, "annotationType": kind}
    with connection.client() as client:
        client.add_annotations(conversation_id, [annotation])
    write_line(f"Annotated turn {turn} ({role}) of {plain(conversation_id)}: {kind}")


def note(connection: Connection, conversation_id: str, text: str) -> None:
    """Set the note, and say so."""
    wanted = _from_stdin() if text == "-" else text
    with connection.client() as client:
        client.upsert_note(conversation_id, wanted)
    done = "Set" if wanted else "Cleared"
    write_line(f"{done} the note of {plain(conversation_id)}")


def _from_stdin() -> str:
    try:
        text = sys.stdin.buffer.read().decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise ValueError("the note on stdin is not UTF-8 text") from None
    if not text:
        # A command that failed before the pipe should not wipe a note out.
        raise ValueError("no note came on stdin; to clear the note, pass '' as its text")
    return text
