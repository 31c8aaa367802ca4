"""All of an agent's conversations in a folder: whole, resumable, the same bytes each time.

```python
from polyai_conversations.export import export

report = export(client, "calls/", details=True, audio="combined")
```
"""

from .outcome import ExportReport, Failure, Progress
from .run import export, export_async

__all__ = ["ExportReport", "Failure", "Progress", "export", "export_async"]
