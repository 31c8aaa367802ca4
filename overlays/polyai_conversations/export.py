"""Exports all conversations of an agent into a directory, resumable and reproducible.

```python
from polyai_conversations.export import export

report = export(client, "calls/", details=True, audio="combined")
```
"""

from ._async.export import export_async
from ._export.report import ExportReport, Failure, Progress
from ._sync.export import export

__all__ = ["ExportReport", "Failure", "Progress", "export", "export_async"]
