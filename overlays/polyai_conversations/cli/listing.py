"""`list`: the conversations, a line each."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any, Final

from rich.table import Table
from rich.text import Text

from polyai_conversations.errors import ConversationsError

from . import plain
from .client import sent_summaries
from .terminal import messages, show, write_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from polyai_conversations.pagination import ConversationPager
    from polyai_conversations.verbatim import SentSummary

    from .connection import Connection

DEFAULT_LIMIT: Final = 50
_LEAST_WIDTH: Final = 120
_CSV_FIELDS: Final = (
    *("conversationId", "startedAt", "duration", "fromNumber", "channel", "handoff"),
)


def list_conversations(
    connection: Connection,
    max_items: int | None,
    offset: int,
    write: Callable[[ConversationPager], None],
) -> None:
    """Walk the list from an offset, and write what comes as it is wanted."""
    with connection.client() as client:
        write(client.pager(max_items, offset))


def json_lines(pager: ConversationPager) -> None:
    """Write conversations as they were sent, one a line, as they come."""
    for summary in _as_they_come(pager):
        write_line(summary.sent)


def csv_lines(pager: ConversationPager) -> None:
    """Write the table's columns as CSV, as they come, with the contract's names and values."""
    writer = csv.writer(_Lines(), lineterminator="")
    writer.writerow((*_CSV_FIELDS, "summary"))
    for summary in _as_they_come(pager):
        conversation = summary.to_dict()
        cells = [plain.plain(conversation.get(name)) for name in _CSV_FIELDS]
        writer.writerow((*cells, plain.summary(conversation)[0]))


def table(pager: ConversationPager) -> None:
    """Write conversations as a table, once all are there; then say how many others there are."""
    rows = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("id", "started", "length", "caller", "channel", "handoff"):
        rows.add_column(name, no_wrap=True, justify="right" if name == "length" else "left")
    rows.add_column("summary")  # the one to give way where the terminal is narrow
    with messages().status("Listing…"):
        for summary in sent_summaries(pager):
            rows.add_row(*_cells(summary.to_dict()))
    if rows.row_count:
        show(rows, _LEAST_WIDTH)
    if messages().is_terminal:
        messages().print(f"{rows.row_count} of {pager.total or 0}", style="dim")


def _as_they_come(pager: ConversationPager) -> Iterator[SentSummary]:
    try:
        yield from sent_summaries(pager)
    except ConversationsError as error:
        if pager.next_offset:
            error.add_note(f"all before it were listed: --offset {pager.next_offset} goes on")
        raise


class _Lines:
    """A file for `csv`, which writes a line at a time."""

    def write(self, line: str) -> None:
        write_line(line)


def _cells(conversation: Mapping[str, Any]) -> tuple[str | Text, ...]:
    going_on = conversation.get("inProgress") is True
    return (
        plain.plain(conversation.get("conversationId")),
        plain.local_time(conversation.get("startedAt")),
        "going on" if going_on else plain.duration(conversation.get("duration")),
        plain.plain(conversation.get("fromNumber")),
        plain.plain(conversation.get("channel")),
        plain.handoff(conversation),
        Text(plain.summary(conversation)[0], no_wrap=True, overflow="ellipsis"),
    )
