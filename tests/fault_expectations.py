"""How the client answers a fault, for each operation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs

from polyai_conversations.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    DeadlineExceededError,
    IncompleteRecordingError,
    NotAWavError,
    ResponseTooLargeError,
    ResponseValidationError,
)

Outcome = type[Exception] | None
"""The class of the error that a call raises; None if it succeeds."""

PATIENCE: Final = 5
"""Seconds that the client under test waits for each step; a busy machine may pause for a second."""
TIMEOUT: Final = 0.5
"""Seconds that it waits instead if the server falls silent."""
DEADLINE: Final = 0.8
"""Seconds that it allows for a whole call that nothing else ends."""
MAX_BODY_BYTES: Final = 2**20
"""The largest body that the client under test reads into memory."""

JSON_OPERATIONS: Final = (
    "list_page",
    "list_conversations",
    "get_conversation",
    "add_annotations",
    "upsert_note",
    "call",
)
AUDIO_OPERATIONS: Final = ("read_audio", "open_audio", "save_audio", "save_audio_batch")


@attrs.frozen(kw_only=True)
class Expected:
    """How the client answers a kind of misbehaviour.

    Attributes:
        json: The outcome of operations that return JSON.
        audio: The outcome of operations that return a recording.
        requests: How often a request is sent that is idempotent and may be retried once.
        is_unsent: Whether the server cannot have acted, so that every request may be retried.
        outcomes: The outcomes of operations that differ.
        final_for: Operations that are not retried although others are.
    """

    json: Outcome
    audio: Outcome
    requests: int = 1
    is_unsent: bool = False
    outcomes: Mapping[str, Outcome] = attrs.field(factory=dict)
    final_for: tuple[str, ...] = ()

    def outcome(self, operation: str) -> Outcome:
        """Return the outcome of an operation."""
        default = self.json if operation in JSON_OPERATIONS else self.audio
        return self.outcomes.get(operation, default)

    def attempts(self, operation: str) -> int:
        """Return how often an operation is attempted."""
        is_repeatable = self.is_unsent or operation != "add_annotations"
        return self.requests if is_repeatable and operation not in self.final_for else 1


def same(error: Outcome, requests: int = 1, **options: Any) -> Expected:
    """Expect the same of every operation."""
    return Expected(json=error, audio=error, requests=requests, **options)


OK: Final = same(None)
BROKEN: Final = same(APIConnectionError, 2)
UNSENT: Final = same(APIConnectionError, 2, is_unsent=True)
UNTRUSTED: Final = same(APIConnectionError)
LATE: Final = same(APITimeoutError, 2)
TOO_LATE: Final = same(DeadlineExceededError)
REDIRECTED: Final = same(APIStatusError)
INVALID: Final = Expected(json=ResponseValidationError, audio=NotAWavError)
TOO_LARGE: Final = same(ResponseTooLargeError)
CUT_OFF: Final = Expected(
    json=APIConnectionError,
    audio=IncompleteRecordingError,
    requests=2,
    outcomes={"read_audio": APIConnectionError},
)
# Once the header has arrived, the caller has the first bytes, so `open_audio` cannot start over.
CUT_OFF_LATER: Final = attrs.evolve(CUT_OFF, final_for=("open_audio",))
LATER: Final = attrs.evolve(LATE, final_for=("open_audio",))
INCOMPLETE: Final = Expected(
    json=ResponseValidationError,
    audio=IncompleteRecordingError,
    requests=2,
    final_for=(*JSON_OPERATIONS, "read_audio", "open_audio"),
)
# Streams are requested without encoding, because their size and offsets count encoded bytes.
REFUSED: Final = dict.fromkeys(
    ("open_audio", "save_audio", "save_audio_batch"), ResponseValidationError
)
ENCODED: Final = same(None, outcomes=REFUSED)
UNDECODABLE: Final = same(APIConnectionError, outcomes=REFUSED)
