"""Turns conversations into values that are ready to use, whichever form the server sent.

```python
from polyai_conversations.views import view

call = view(client.get_conversation(conversation_id))
print(call.started_at, call.duration, call.summary)
for turn in call.turns:
    print(turn.time, turn.speaker, turn.text)
```

Times are aware datetimes in UTC, durations are timedeltas, and a latency is a number of seconds.
The zone of a time without one is not documented; it is taken as UTC. Values that are absent, null
or empty are None.

`view` accepts whatever the server sent. A value whose form is not known is missing from its
attribute; `other` contains it, under the name that the field has in the model, and the fields that
the contract does not name.
"""

from .conversation import Conversation, ConversationView, view
from .events import Event
from .metrics import Metric
from .summary import Summary
from .turns import Speaker, Turn
from .values import format_duration

__all__ = [
    "Conversation",
    "ConversationView",
    "Event",
    "Metric",
    "Speaker",
    "Summary",
    "Turn",
    "format_duration",
    "view",
]
