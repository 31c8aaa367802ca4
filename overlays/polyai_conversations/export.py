"""Exports all conversations of an agent into a directory, or conversations to Arrow tables.

```python
from polyai_conversations.export import export

report = export(client, "calls/", details=True, audio="combined")
```
"""

from collections.abc import Iterable
from typing import Any

from ._async.export import export_async
from ._export.report import ExportReport, Failure, Progress
from ._http.arguments import check_items
from ._sync.export import export
from .views import Conversation

__all__ = ["ExportReport", "Failure", "Progress", "export", "export_async", "to_arrow"]


def to_arrow(conversations: Iterable[Conversation]) -> dict[str, Any]:
    """Return conversations as Arrow tables, which pandas, Polars and DuckDB can read.

    The tables are those that an export in the format `parquet` writes, except that `recording` is
    null.

    Args:
        conversations: Conversations of the list, or with their turns.

    Returns:
        A `pyarrow.Table` each for `conversations`, `turns`, `metrics` and `function_events`; all
        of them have the column `conversation_id`. Times are in UTC, durations and latencies in
        seconds.

    Raises:
        ImportError: The extra `parquet` is not installed.
        ValueError: `conversations` is not iterable, or contains something else.
    """
    from ._export.tables import arrow_tables

    check_items("conversations", conversations, Iterable)
    return arrow_tables(conversations)
