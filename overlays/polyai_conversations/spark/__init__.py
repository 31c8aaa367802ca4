"""Lists and fetches conversations with Apache Spark; `docs/spark.md` says when that pays.

```python
from polyai_conversations.spark import ConversationsSource, fetch, update

spark.dataSource.register(ConversationsSource)
listed = spark.read.format("polyai").options(agents="PROJECT-A,PROJECT-B", region="uk").load()
update(
    listed,
    fetch(region="uk", audio="combined", to="s3://lake/audio", rate=50, slots=16),
    calls="lake.polyai_calls",
    failures="lake.polyai_failures",
    todo="lake.polyai_todo",
    checkpoint="s3://lake/_polyai",
    tasks=64,
)
```

The package must be installed on the driver and on every executor. Only the executors need the API
key: set `POLYAI_API_KEY` in their environment, or pass the path of a file that contains it.

`fetch` itself does not need PySpark. It takes and returns Arrow record batches, so that other
engines can call it too.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

try:
    from .fetching import FetchConversations, fetch
    from .schemas import CALLS, FAILURES, FETCHED, LISTED, TODO
except ModuleNotFoundError as missing:
    raise ImportError(
        f"polyai_conversations.spark needs {missing.name}: "
        'pip install "polyai-conversations[spark]"'
    ) from missing

if TYPE_CHECKING:
    from .conversations_source import ConversationsSource
    from .updating import create_tables, select_todo, update
else:
    _MODULES = {
        "ConversationsSource": "conversations_source",
        "create_tables": "updating",
        "select_todo": "updating",
        "update": "updating",
    }

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        try:
            module = import_module(f".{_MODULES[name]}", __name__)
        except ModuleNotFoundError as missing:
            raise ImportError(
                f'{name} needs {missing.name}: pip install "polyai-conversations[spark]"'
            ) from missing
        return globals().setdefault(name, getattr(module, name))


__all__ = [
    "CALLS",
    "FAILURES",
    "FETCHED",
    "LISTED",
    "TODO",
    "ConversationsSource",
    "FetchConversations",
    "create_tables",
    "fetch",
    "select_todo",
    "update",
]
