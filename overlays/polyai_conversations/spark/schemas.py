"""The columns of what Spark lists and fetches, made from those of the tables of an export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from polyai_conversations._export.row_fingerprint import values_hash
from polyai_conversations._export.tables import SCHEMAS, table_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from polyai_conversations.views import Conversation
    from polyai_conversations_api.models import ConversationSummaryResponse

    # pyarrow has no type annotations.
    Schema = Any
    DataType = Any

_TEXT: DataType = pa.string()
_TIME: DataType = pa.timestamp("us", tz="UTC")
_PARTS: Final = ("turns", "metrics", "function_events")
_DDL_TYPES: Final[dict[DataType, str]] = {
    _TEXT: "STRING",
    _TIME: "TIMESTAMP",
    pa.bool_(): "BOOLEAN",
    pa.float64(): "DOUBLE",
    pa.int64(): "BIGINT",
}


def _without(schema: Schema, *names: str) -> list[Any]:
    return [field for field in schema if field.name not in names]


def _ddl(schema: Schema) -> str:
    return ", ".join(f"`{field.name}` {_ddl_type(field.type)}" for field in schema)


def _ddl_type(kind: DataType) -> str:
    if pa.types.is_list(kind):
        return f"ARRAY<{_ddl_type(kind.value_type)}>"
    if pa.types.is_struct(kind):
        fields = (kind.field(index) for index in range(kind.num_fields))
        return f"STRUCT<{', '.join(f'`{each.name}`: {_ddl_type(each.type)}' for each in fields)}>"
    return _DDL_TYPES[kind]


_KEY: Final[list[Any]] = [
    pa.field("agent_id", _TEXT),
    pa.field("conversation_id", _TEXT),
    pa.field("revision", _TEXT),
]
LISTED_ARROW: Final[Schema] = pa.schema(
    [*_KEY, *_without(SCHEMAS["conversations"], "conversation_id", "recording")]
)
TODO_ARROW: Final[Schema] = pa.schema([*_KEY, pa.field("changed", pa.bool_())])
FETCHED_ARROW: Final[Schema] = pa.schema(
    [
        *TODO_ARROW,
        pa.field("reason", _TEXT),
        pa.field("correlation_id", _TEXT),
        pa.field("fetched_at", _TIME),
        *_without(SCHEMAS["conversations"], "conversation_id"),
        *(
            pa.field(part, pa.list_(pa.struct(_without(SCHEMAS[part], "conversation_id"))))
            for part in _PARTS
        ),
    ]
)

CALLS_ARROW: Final[Schema] = pa.schema(
    _without(FETCHED_ARROW, "changed", "reason", "correlation_id")
)
FAILURES_ARROW: Final[Schema] = pa.schema(
    [*_KEY, *(FETCHED_ARROW.field(name) for name in ("reason", "correlation_id", "fetched_at"))]
)

LISTED: Final[str] = _ddl(LISTED_ARROW)
"""The columns of the format `polyai`: the key, the revision, and those of `conversations.parquet`.

`revision` changes when the row of a conversation in the list changes.
"""
TODO: Final[str] = _ddl(TODO_ARROW)
"""The columns that `fetch` needs; `changed` says whether the conversation was fetched before."""
FETCHED: Final[str] = _ddl(FETCHED_ARROW)
"""The columns that `fetch` returns: one row for each conversation, with its turns as an array.

If `reason` is not null, the conversation or its recording could not be fetched. If only the
recording could not, the row contains the conversation.
"""

CALLS: Final[str] = _ddl(CALLS_ARROW)
"""The columns of the table of conversations.

A null `revision` means that the recording could not be fetched.
"""
FAILURES: Final[str] = _ddl(FAILURES_ARROW)
"""The columns of the table of failures: the key, the reason and PolyAI's correlation id."""


def listed_row(agent_id: str, conversation: ConversationSummaryResponse) -> dict[str, Any]:
    """Return the row of a conversation in the list."""
    ((_, row),) = table_rows(conversation)
    return {**row, "agent_id": agent_id, "revision": revision_of(conversation)}


def fetched_row(conversation: Conversation) -> dict[str, Any]:
    """Return the columns of a fetched conversation; those of the to-do list are left out."""
    parts: dict[str, list[dict[str, Any]]] = {part: [] for part in _PARTS}
    rows: Iterator[tuple[str, dict[str, Any]]] = table_rows(conversation)
    _, columns = next(rows)
    for part, row in rows:
        parts[part].append(row)
    return {**columns, **parts}


def record_batch(rows: list[dict[str, Any]], schema: Schema) -> Any:
    """Return rows as a `pyarrow.RecordBatch`."""
    return pa.RecordBatch.from_pylist(rows, schema=schema)


def revision_of(conversation: ConversationSummaryResponse) -> str:
    """Return a digest of the values of a conversation in the list.

    It ignores what a server may spell differently in each response, as a later run of an export
    does: fields that the contract does not define, the address of the recording, the time zones of
    times, and whether a text is empty or missing.
    """
    return values_hash(conversation).hex()
