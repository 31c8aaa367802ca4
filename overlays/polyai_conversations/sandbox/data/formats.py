"""How one server writes a conversation: the forms in which the same facts occur."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

    from .seeded_random import SeededRandom

_AS_RECORDED_SHARE: Final = 0.6


@dataclass(frozen=True, slots=True)
class Format:
    """The forms that one conversation uses.

    Attributes:
        as_recorded: Whether it has the shapes of the responses that were recorded from the vendor's
            hosts, or those of the vendor's documentation.
        blank: Empty text in the fields of the conversation.
        turn_blank: Empty text in the fields of a turn.
        timespec: Precision of times, as in `datetime.isoformat`.
        zulu: Whether times end in `Z` instead of an offset.
        fraction: Added to every time, so that fractions of a second are not zero.

    """

    as_recorded: bool
    blank: str | None
    turn_blank: str | None
    timespec: str
    zulu: bool
    fraction: timedelta

    def time(self, moment: datetime) -> str:
        """Return a time in ISO 8601."""
        text = (moment + self.fraction).isoformat(timespec=self.timespec)
        return text.replace("+00:00", "Z") if self.zulu else text


def choose_format(random: SeededRandom) -> Format:
    """Return a random format."""
    as_recorded = random.chance(_AS_RECORDED_SHARE)
    timespec = random.choice(("seconds", "seconds", "milliseconds", "microseconds"))
    milliseconds = 0 if timespec == "seconds" else 10 * random.integer(1, 99)
    blank = "" if random.chance(0.6) else None
    zulu = random.chance(0.4)
    if as_recorded:
        fraction = timedelta(milliseconds=10 * random.integer(1, 99))
        return Format(as_recorded, None, "", "microseconds", zulu=False, fraction=fraction)
    fraction = timedelta(milliseconds=milliseconds)
    return Format(as_recorded, blank, blank, timespec, zulu, fraction)
