"""Conversations as Arrow tables; needs the extra `parquet`.

The columns of turns are the fields of the contract; those of the other tables are the attributes
of `views`. The column `extra` contains, as JSON, the fields outside the contract and the values
that do not have their column's type. It is null if they are nested too deeply for JSON.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Final, Union, get_args, get_origin, get_type_hints

from polyai_conversations._http.response_validation import field_types
from polyai_conversations.views import ConversationView, Event, Metric, view
from polyai_conversations.views.conversation import check_conversation
from polyai_conversations.views.fields import Fields, nothing, to_json
from polyai_conversations.views.json_text import to_json_text
from polyai_conversations.views.turns import parse_latency, rest_of_latency
from polyai_conversations.views.values import parse_flag, parse_text, parse_texts, parse_time
from polyai_conversations_api.models import ConversationTurn
from polyai_conversations_api.types import Unset

try:
    import pyarrow as pa
except ImportError as missing:
    raise ImportError(
        'tables need pyarrow: pip install "polyai-conversations[parquet]"'
    ) from missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from polyai_conversations.views import Conversation

    Row = dict[str, Any]
    # pyarrow has no type annotations.
    Schema = Any
    DataType = Any
    Table = Any

_TEXT: DataType = pa.string()
_TIME: DataType = pa.timestamp("us", tz="UTC")
_TEXTS: DataType = pa.list_(_TEXT)
_NUMBER: DataType = pa.float64()
_INTEGER: DataType = pa.int64()
_BOOLEAN: DataType = pa.bool_()
_ARROW_TYPES: Final[dict[Any, DataType]] = {
    str: _TEXT,
    datetime: _TIME,
    timedelta: _NUMBER,
    float: _NUMBER,
    int: _INTEGER,
    bool: _BOOLEAN,
    list[str]: _TEXTS,
    tuple[str, ...]: _TEXTS,
}
"""The types of columns; all other values are JSON in a column of text."""
_SPECIAL_TYPES: Final[dict[str, DataType]] = {
    "latency": _NUMBER,
    "user_input_datetime": _TIME,
    "agent_response_datetime": _TIME,
}
_INTEGER_BITS: Final = 63


def arrow_tables(conversations: Iterable[Conversation]) -> dict[str, Table]:
    """Return conversations as tables; see `export.to_arrow`."""
    rows: dict[str, list[Row]] = {name: [] for name in SCHEMAS}
    for index, conversation in enumerate(conversations):
        check_conversation(f"conversations[{index}]", conversation)
        for name, row in table_rows(conversation):
            rows[name].append(row)
    return {name: to_table(name, rows[name]) for name in SCHEMAS}


def to_table(name: str, rows: list[Row]) -> Table:
    """Return rows as the table of the given name."""
    return pa.Table.from_pylist(rows, schema=SCHEMAS[name])


def table_rows(
    conversation: Conversation, recording: str | None = None
) -> Iterator[tuple[str, Row]]:
    """Yield the rows of a conversation, each with the name of its table.

    Args:
        conversation: The conversation.
        recording: The path of its recording.
    """
    call = view(conversation)
    summary = call.summary
    yield (
        "conversations",
        {
            **_row(call, SCHEMAS["conversations"]),
            "summary_heading": None if summary is None else _clean(summary.heading) or None,
            "summary_content": None if summary is None else _clean(summary.content) or None,
            "recording": recording,
        },
    )
    key = {"conversation_id": _clean(call.conversation_id)}
    turns = getattr(conversation, "turns", None) if call.turns else None
    for index, turn in enumerate(turns or ()):
        yield "turns", {**_turn_row(turn), **key, "turn": index}
    for metric in call.metrics:
        yield "metrics", {**_row(metric, SCHEMAS["metrics"]), **key}
    for event in call.events:
        yield "function_events", {**_row(event, SCHEMAS["function_events"]), **key}


def _row(part: ConversationView | Metric | Event, schema: Schema) -> Row:
    values = {field.name: getattr(part, field.name, None) for field in schema}
    values["extra"] = part.other or None
    return {field.name: _cell(values[field.name], field.type) for field in schema}


def _turn_row(turn: ConversationTurn) -> Row:
    fields = Fields(turn, turn.additional_properties)
    values = {
        name: fields.read(name, convert, _RESTS.get(name, nothing))
        for name, convert in _TURN_CONVERTERS.items()
    }
    values["extra"] = fields.other or None
    return {name: _cell(value, _TURN_TYPES.get(name, _TEXT)) for name, value in values.items()}


def _cell(value: Any, kind: DataType) -> Any:
    if isinstance(value, timedelta):
        return value.total_seconds()
    if kind == _TEXTS and value is not None:
        return [_clean(item) for item in value]
    if kind != _TEXT or value is None:
        return value
    return _clean(value) if isinstance(value, str) else _json(value)


def _clean(text: str) -> str:
    """Replace lone surrogates, which JSON may contain and Arrow may not."""
    return text.encode("utf-8", "replace").decode()


def _json(value: Any) -> str | None:
    try:
        return to_json_text(value)
    except RecursionError:
        return None


def _integer(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if value.bit_length() <= _INTEGER_BITS else None


def _columns(types: dict[str, Any], *excluded: str) -> dict[str, DataType]:
    return {
        name: _SPECIAL_TYPES.get(name) or _ARROW_TYPES.get(_type_of(hint), _TEXT)
        for name, hint in types.items()
        if name not in {"other", "additional_properties", *excluded}
    }


def _type_of(hint: Any) -> Any:
    """Return the only type that a value has if it is there, or None if there are several."""
    kinds = set(get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,))
    kinds -= {NoneType, Unset}
    return kinds.pop() if len(kinds) == 1 else None


_CONVERTERS: Final[dict[DataType, Callable[[Any], Any]]] = {
    _TIME: parse_time,
    _NUMBER: parse_latency,
    _INTEGER: _integer,
    _BOOLEAN: parse_flag,
    _TEXTS: parse_texts,
}
_TURN_HINTS: Final = field_types(ConversationTurn)
_TURN_TYPES: Final = _columns(_TURN_HINTS)
_TURN_CONVERTERS: Final = {
    name: _CONVERTERS.get(kind, parse_text if _type_of(_TURN_HINTS[name]) is str else to_json)
    for name, kind in _TURN_TYPES.items()
}
_RESTS: Final = {"latency": rest_of_latency}
_KEY: Final = {"conversation_id": _TEXT}
_EXTRA: Final = {"extra": _TEXT}
SCHEMAS: Final[dict[str, Schema]] = {
    name: pa.schema(list({**columns, **_EXTRA}.items()))
    for name, columns in {
        "conversations": {
            **_columns(get_type_hints(ConversationView), "summary", "turns", "metrics", "events"),
            "summary_heading": _TEXT,
            "summary_content": _TEXT,
            "recording": _TEXT,
        },
        "turns": {**_KEY, "turn": _INTEGER, **_TURN_TYPES},
        "metrics": {**_KEY, **_columns(get_type_hints(Metric))},
        "function_events": {**_KEY, **_columns(get_type_hints(Event))},
    }.items()
}
"""The columns of each table."""
