"""Who speaks when in a recording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Speaker = Literal["user", "agent"]


@dataclass(frozen=True, slots=True)
class Span:
    """One stretch of speech, in milliseconds from the start of the recording."""

    speaker: Speaker
    start: int
    end: int
    personal: bool
    """Whether the speech contains personal data, which redaction silences."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """All the speech in a recording."""

    spans: tuple[Span, ...]
    seconds: int
    """Length of the recording."""
    user_period: int = 42
    """Samples in one period of the user's voice; a longer period sounds deeper."""
