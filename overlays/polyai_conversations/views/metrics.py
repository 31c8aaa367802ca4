"""Metrics as rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import attrs

from polyai_conversations_api.models import ConversationMetrics

from .values import parse_time


@attrs.frozen(kw_only=True)
class Metric:
    """A value that the agent or the platform measured.

    Attributes:
        name: The name of the metric; a metric that was written more than once has several rows.
        value: The value as the server sent it: recorded servers send text, even for numbers.
        timestamp: When it was written, if the server sent that.
        other: The row if its form is unknown, and any further fields that it has.
    """

    name: str
    value: str | float | bool | None = None
    timestamp: datetime | None = None
    other: Mapping[str, Any] = attrs.field(factory=dict)


def parse_metrics(model: object) -> tuple[Metric, ...] | None:
    """Return a row for each value of each metric, or None if the value is not an object."""
    if not isinstance(model, ConversationMetrics):
        return None
    return tuple(
        _metric(name, row)
        for name, value in model.additional_properties.items()
        for row in (value if isinstance(value, list) else [value])
    )


def _metric(name: str, row: object) -> Metric:
    if not isinstance(row, dict | list):
        return Metric(name=name, value=row)  # type: ignore[arg-type]
    other = dict(row) if isinstance(row, dict) else {"value": row}
    value, timestamp = other.get("value"), parse_time(other.get("timestamp"))
    if isinstance(value, dict | list):
        value = None
    else:
        other.pop("value", None)
    if timestamp is not None:
        del other["timestamp"]
    return Metric(name=name, value=value, timestamp=timestamp, other=other)
