"""Turns single values into times, durations, numbers and text, and times into text."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime


def parse_time(value: object) -> datetime | None:
    """Return an ISO 8601 time or an HTTP date in UTC, or None if the value is neither."""
    if not isinstance(value, str):
        return None
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = parse(value)
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            continue
    return None


def parse_number(value: object) -> float | None:
    """Return a finite number as a float, or None if the value is something else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def parse_seconds(value: object) -> timedelta | None:
    """Return a number of seconds as a duration, or None if the value is something else."""
    seconds = parse_number(value)
    try:
        return None if seconds is None else timedelta(seconds=seconds)
    except OverflowError:
        return None


def parse_milliseconds(value: object) -> timedelta | None:
    """Return a number of milliseconds as a duration, or None if the value is something else."""
    number = parse_number(value)
    return None if number is None else parse_seconds(number / 1_000)


def format_duration(duration: timedelta) -> str:
    """Format a duration in whole seconds, such as `1:31` or `1:02:03`."""
    minutes, seconds = divmod(round(abs(duration.total_seconds())), 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
    return f"-{text}" if duration < timedelta() else text


def parse_text(value: object) -> str | None:
    """Return text, or None if the value is empty or something else."""
    return value or None if isinstance(value, str) else None


def parse_texts(value: object) -> tuple[str, ...] | None:
    """Return a list of text, or None if the value is something else."""
    is_readable = isinstance(value, list) and all(isinstance(item, str) for item in value)
    return tuple(value) if is_readable else None  # type: ignore[arg-type]


def parse_flag(value: object) -> bool | None:
    """Return true or false, or None if the value is something else."""
    return value if isinstance(value, bool) else None


def format_local(moment: datetime | None, template: str) -> str:
    """Format a moment in local time; None becomes ''."""
    if moment is None:
        return ""
    try:
        return moment.astimezone().strftime(template)
    except (ValueError, OverflowError, OSError):  # the local time is out of range
        return moment.isoformat()
