"""The command `annotate`: mark a turn as faulty."""

from __future__ import annotations

from polyai_conversations.cli.console import write_line
from polyai_conversations.cli.formatting import sanitize
from polyai_conversations.cli.options import ConnectionOptions
from polyai_conversations.models import AnnotationItem


def annotate_turn(
    options: ConnectionOptions, conversation_id: str, turn: int, role: str, kind: str
) -> None:
    """Add an annotation to a turn and confirm it."""
    annotation = AnnotationItem.from_dict({"turnId": turn, "role": role, "annotationType": kind})
    with options.client() as client:
        client.add_annotations(conversation_id, [annotation])
    write_line(f"Annotated turn {turn} ({role}) of {sanitize(conversation_id)}: {kind}")
