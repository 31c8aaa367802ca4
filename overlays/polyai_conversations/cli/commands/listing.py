"""The command `list`: conversations as a table, as CSV or as JSON lines."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from typing import Final

from rich.table import Table
from rich.text import Text

from polyai_conversations._http.raw_json import RawSummary
from polyai_conversations.cli.console import (
    print_result,
    stderr_console,
    terminal_width,
    write_line,
)
from polyai_conversations.cli.detail_fields import handoff, length
from polyai_conversations.cli.formatting import (
    local_minute,
    local_time,
    sanitize,
    shorten_middle,
    without_formula,
)
from polyai_conversations.cli.options import ConnectionOptions
from polyai_conversations.cli.raw_calls import RawPager, list_raw
from polyai_conversations.errors import ConversationsError
from polyai_conversations.views import ConversationView, view

DEFAULT_LIMIT: Final = 50
_WHOLE_ID_WIDTH: Final = 120
"""Terminals that are narrower show short ids."""
_FULL_WIDTH: Final = 150
"""Terminals that are narrower show fewer columns, because the summary needs the space."""
_SHORT_ID: Final = 13
_SHORT_CALLER: Final = 15
_TABLE_COLUMNS: Final = ("id", "started", "length", "caller", "channel", "handoff")
_NARROW_COLUMNS: Final = ("id", "started", "length", "caller")
_CSV_FIELDS: Final = (
    *("conversationId", "startedAt", "duration", "fromNumber", "channel", "handoff"),
)


def list_conversations(
    options: ConnectionOptions,
    max_items: int | None,
    offset: int,
    write: Callable[[RawPager], None],
) -> None:
    """List conversations from an offset and write them with one of the functions below."""
    with options.client() as client:
        write(list_raw(client, max_items, offset))


def write_json(pager: RawPager) -> None:
    """Write each conversation as the server sent it, on one line, as soon as it arrives."""
    for conversation in _with_resume_hint(pager):
        write_line(conversation.raw_json)


def write_csv(pager: RawPager) -> None:
    """Write CSV for spreadsheets: no cell is a formula."""
    _write_csv(pager, without_formula)


def write_raw_csv(pager: RawPager) -> None:
    """Write CSV for programs: a cell may be a formula."""
    _write_csv(pager, str)


def _write_csv(pager: RawPager, clean: Callable[[str], str]) -> None:
    """Write the table's columns as CSV, with the names and values that the API uses."""
    writer = csv.writer(_LineWriter(), lineterminator="")
    writer.writerow((*_CSV_FIELDS, "summary"))
    for row in _with_resume_hint(pager):
        conversation = row.to_dict()
        cells = [sanitize(conversation.get(name)) for name in _CSV_FIELDS]
        writer.writerow(map(clean, (*cells, _summary(view(row)))))


def write_table(pager: RawPager) -> None:
    """Write a table once all conversations have arrived, then how many of the total it has."""
    width = terminal_width()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in _NARROW_COLUMNS if width < _FULL_WIDTH else _TABLE_COLUMNS:
        table.add_column(name, no_wrap=True, justify="right" if name == "length" else "left")
    table.add_column("summary")  # it gets the width that the others leave
    make_cells = _cells_for(width)
    with stderr_console().status("Listing…"):
        for conversation in pager:
            call = view(conversation)
            summary = Text(_summary(call), no_wrap=True, overflow="ellipsis")
            table.add_row(*make_cells(call), summary)
    if table.row_count:
        print_result(table)
    if stderr_console().is_terminal:
        is_narrow = width < _WHOLE_ID_WIDTH
        hint = "; a wider terminal or a pipe shows whole ids" if is_narrow else ""
        stderr_console().print(f"{table.row_count} of {pager.total or 0}{hint}", style="dim")


def _cells_for(width: int) -> Callable[[ConversationView], tuple[str, ...]]:
    if width < _WHOLE_ID_WIDTH:
        return _narrow_cells
    return _medium_cells if width < _FULL_WIDTH else _cells


def _cells(conversation: ConversationView) -> tuple[str, ...]:
    return (
        sanitize(conversation.conversation_id),
        local_time(conversation.started_at),
        _length(conversation),
        sanitize(conversation.from_number),
        sanitize(conversation.channel),
        handoff(conversation),
    )


def _narrow_cells(conversation: ConversationView) -> tuple[str, ...]:
    return (
        shorten_middle(sanitize(conversation.conversation_id), _SHORT_ID),
        local_minute(conversation.started_at),
        _length(conversation),
        shorten_middle(sanitize(conversation.from_number), _SHORT_CALLER),
    )


def _medium_cells(conversation: ConversationView) -> tuple[str, ...]:
    return (sanitize(conversation.conversation_id), *_narrow_cells(conversation)[1:])


def _length(conversation: ConversationView) -> str:
    return "in progress" if conversation.in_progress else length(conversation.duration)


def _summary(conversation: ConversationView) -> str:
    return sanitize(conversation.summary.title) if conversation.summary else ""


def _with_resume_hint(pager: RawPager) -> Iterator[RawSummary]:
    """Iterate over the pager; add a note to an error that says where to continue."""
    try:
        yield from pager
    except ConversationsError as error:
        if pager.next_offset:
            error.add_note(f"to continue after what was listed, use --offset {pager.next_offset}")
        raise


class _LineWriter:
    """The file object that `csv` writes to; it writes one line at a time."""

    def write(self, line: str) -> None:
        write_line(line)
