"""Writes the tables of an export as Parquet files; needs the extra `parquet`."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final, Self

import pyarrow.parquet as pq

from polyai_conversations._files import replace_file, sync_file

from .record_parser import parse_record
from .tables import SCHEMAS, table_rows, to_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_ROWS_PER_GROUP: Final = 1_000


def write_tables(
    records: Path, directory: Path, find_recording: Callable[[str], str | None]
) -> None:
    """Convert `conversations.jsonl` into one Parquet file for each table.

    Args:
        records: The file to read, with one conversation per line.
        directory: The directory for `conversations.parquet` and the others.
        find_recording: Returns the path of the recording of the conversation with an id.
    """
    with ExitStack() as resources:
        files = {
            name: resources.enter_context(_TableFile(directory / f"{name}.parquet", name))
            for name in SCHEMAS
        }
        for conversation in map(parse_record, resources.enter_context(records.open("rb"))):
            recording = find_recording(conversation.conversation_id)
            for name, row in table_rows(conversation, recording):
                files[name].add(row)
        # The conversations come last, so that the rows of the others belong to one of them.
        for name in reversed(SCHEMAS):
            files[name].commit()


class _TableFile:
    """A Parquet file that is written beside its target, a thousand rows at a time."""

    def __init__(self, path: Path, table: str) -> None:
        self._path = path
        self._temporary = path.with_name(f".{path.name}.part")
        self._table = table
        self._rows: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        with ExitStack() as resources:
            resources.callback(self._temporary.unlink, missing_ok=True)
            self._file = resources.enter_context(self._temporary.open("wb"))
            self._writer = resources.enter_context(
                pq.ParquetWriter(self._file, SCHEMAS[self._table], compression="zstd")
            )
            self._resources = resources.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._resources.close()

    def add(self, row: dict[str, Any]) -> None:
        self._rows.append(row)
        if len(self._rows) == _ROWS_PER_GROUP:
            self._write()

    def commit(self) -> None:
        self._write()
        self._writer.close()
        sync_file(self._file)
        self._file.close()
        replace_file(self._temporary, self._path)

    def _write(self) -> None:
        self._writer.write_table(to_table(self._table, self._rows))
        self._rows.clear()
