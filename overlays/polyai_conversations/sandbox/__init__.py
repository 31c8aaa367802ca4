"""A local server that implements the whole Conversations API, for experiments and tests.

It lets you use the client without a real API key:

```python
from polyai_conversations import ConversationsClient
from polyai_conversations.sandbox import Sandbox

with (
    Sandbox() as sandbox,
    ConversationsClient(
        api_key=sandbox.api_key, agent_id=sandbox.agent_id, base_url=sandbox.url
    ) as client,
):
    print(client.list_page().count)
```

`python -m polyai_conversations.sandbox` runs it on its own.
"""

from __future__ import annotations

try:
    from .sandbox import Sandbox
except ModuleNotFoundError as cause:
    raise ImportError(
        "The sandbox needs starlette and uvicorn: pip install 'polyai-conversations[sandbox]'"
    ) from cause

__all__ = ["Sandbox"]
