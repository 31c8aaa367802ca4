"""Writes conversations and turns as Parquet files; needs the extra `parquet`.

The columns are the fields of the contract's models, by their generated names. A value that does not
have its column's type becomes null here, but `conversations.jsonl` keeps it.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from datetime import UTC, datetime
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Final, Self, Union, get_args, get_origin

import pyarrow as pa
import pyarrow.parquet as pq

from polyai_conversations._files import replace_file, sync_file
from polyai_conversations._http.response_validation import field_types
from polyai_conversations_api.models import (
    ConversationDetailResponse,
    ConversationTurn,
    TurnLatency,
)
from polyai_conversations_api.types import Unset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Row = dict[str, Any]
    # pyarrow has no type annotations.
    Schema = Any
    DataType = Any

_ROWS_PER_GROUP: Final = 1_000
_TIME: DataType = pa.timestamp("us", tz="UTC")
_TEXT: DataType = pa.string()
_TEXTS: DataType = pa.list_(_TEXT)
_NUMBER: DataType = pa.float64()
_BOOLEAN: DataType = pa.bool_()
_COUNT: DataType = pa.int32()
_TIME_NAMES: Final = ("_at", "_datetime")


def write_tables(records: Path, conversations: Path, turns: Path) -> None:
    """Convert `conversations.jsonl` into two tables.

    Args:
        records: The file to read, with one conversation per line.
        conversations: The file for the conversations.
        turns: The file for their turns, each with its conversation's id and its index from 0.
    """
    with ExitStack() as resources:
        conversation_table = resources.enter_context(_Table(conversations, _CONVERSATION))
        turn_table = resources.enter_context(_Table(turns, _TURN))
        for record in _read(records):
            conversation_table.add(_row(record, _CONVERSATION))
            # Nothing has validated the turns of a summary, so they may be anything.
            record_turns = record.turns if isinstance(record.turns, list) else ()
            for index, turn in enumerate(record_turns):
                key = {"conversation_id": record.conversation_id, "turn": index}
                turn_table.add({**_row(turn, _TURN), **key})
        turn_table.commit()
        conversation_table.commit()


class _Table:
    """A Parquet file that is written beside its target, a thousand rows at a time."""

    def __init__(self, path: Path, schema: Schema) -> None:
        self._path = path
        self._temporary = path.with_name(f".{path.name}.part")
        self._schema = schema
        self._rows: list[Row] = []

    def __enter__(self) -> Self:
        with ExitStack() as resources:
            resources.callback(self._temporary.unlink, missing_ok=True)
            self._file = resources.enter_context(self._temporary.open("wb"))
            self._writer = resources.enter_context(
                pq.ParquetWriter(self._file, self._schema, compression="zstd")
            )
            self._resources = resources.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._resources.close()

    def add(self, row: Row) -> None:
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
        columns = [
            pa.array([_CONVERTERS[field.type](row[field.name]) for row in self._rows], field.type)
            for field in self._schema
        ]
        self._writer.write_table(pa.Table.from_arrays(columns, schema=self._schema))
        self._rows.clear()


def _row(model: ConversationDetailResponse | ConversationTurn, schema: Schema) -> Row:
    return {name: getattr(model, name, None) for name in schema.names}


def _read(records: Path) -> Iterator[ConversationDetailResponse]:
    with records.open("rb") as lines:
        for line in lines:
            # The fields of a summary are a subset of those of a detail.
            fields = json.loads(line.decode("utf-8", "surrogatepass"))
            yield ConversationDetailResponse.from_dict(fields)


def _columns(model: type) -> dict[str, DataType]:
    return {
        name: _type_of(name, hint)
        for name, hint in field_types(model).items()
        if name not in {"additional_properties", "turns"}
    }


def _type_of(name: str, hint: Any) -> DataType:
    kinds = set(get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,))
    kinds -= {NoneType, Unset}
    if name.endswith(_TIME_NAMES):
        return _TIME
    if kinds == {bool}:
        return _BOOLEAN
    if kinds <= {int, float, TurnLatency}:
        return _NUMBER
    return _TEXTS if kinds == {list[str]} else _TEXT


def _time(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (OverflowError, TypeError, ValueError):
        return None


def _number(value: Any) -> float | None:
    if isinstance(value, TurnLatency):
        return _number(value.perceived_latency)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, Unset):
        return None
    text = value if isinstance(value, str) else json.dumps(value, default=_json)
    return text.encode("utf-8", "replace").decode()


def _json(model: Any) -> Any:
    return model.to_dict()


def _texts(value: Any) -> list[str | None] | None:
    return [_text(one) for one in value] if isinstance(value, list) else None


def _boolean(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _count(value: int) -> int:
    return value


_CONVERTERS: Final[dict[DataType, Callable[[Any], Any]]] = {
    _TIME: _time,
    _BOOLEAN: _boolean,
    _NUMBER: _number,
    _COUNT: _count,
    _TEXT: _text,
    _TEXTS: _texts,
}
_CONVERSATION: Schema = pa.schema(list(_columns(ConversationDetailResponse).items()))
_TURN: Schema = pa.schema(
    [("conversation_id", _TEXT), ("turn", _COUNT), *_columns(ConversationTurn).items()]
)
