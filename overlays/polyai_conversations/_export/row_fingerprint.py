"""Recognises that a conversation has changed, by its row in the list; no I/O."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import Final

import attrs

from polyai_conversations._http.raw_json import RawSummary
from polyai_conversations.views import ConversationView, Summary, view
from polyai_conversations_api.models import ConversationSummaryResponse

_NOT_COMPARED: Final = {"audio_url", "other", "turns", "metrics", "events", "additional_properties"}
_ATTRIBUTES: Final = {each.name for each in attrs.fields(ConversationView)} - _NOT_COMPARED
_FIELDS: Final = {each.name for each in attrs.fields(ConversationSummaryResponse)} - _NOT_COMPARED
_DIGEST_BYTES: Final = 16


@attrs.frozen
class RowFingerprint:
    """Two hashes of a row in the list.

    Attributes:
        text: The hash of the JSON text, which takes a microsecond.
        values: The hash of the values in it, which takes fifty times as long.
    """

    text: bytes
    values: bytes


def row_fingerprint(row: RawSummary) -> RowFingerprint:
    """Return the fingerprint of a row."""
    return RowFingerprint(_text_hash(row), _values_or_text_hash(row))


def has_changed(row: RawSummary, before: RowFingerprint | None) -> bool:
    """Return whether a row has other values than before.

    Two spellings of a value are equal, such as an empty and a missing note, or the same time in two
    zones. Fields that the contract does not define are not compared, and of `audioUrl` only whether
    it is there: a server may give them a new value in each response, and then every run would fetch
    everything again.
    """
    if before is None:
        return True
    return _text_hash(row) != before.text and _values_or_text_hash(row) != before.values


def values_hash(row: ConversationSummaryResponse) -> bytes:
    """Return the hash of the values of a row that `has_changed` compares.

    Raises:
        RecursionError: Values are nested too deeply.
    """
    call = view(row)
    # Values that are missing are left out, so that a field that a later version of this package
    # adds does not change the fingerprints of rows without it.
    values = {name: value for name in _ATTRIBUTES if (value := getattr(call, name)) is not None}
    values["tags"] = sorted(call.tags)
    unread = {name: value for name, value in call.other.items() if name in _FIELDS}
    return _hash(_to_json([values, unread, call.audio_url is not None]).encode())


def _text_hash(row: RawSummary) -> bytes:
    return _hash(row.raw_json.encode("utf-8", "surrogatepass"))


def _values_or_text_hash(row: RawSummary) -> bytes:
    try:
        return values_hash(row)
    except RecursionError:
        return _text_hash(row)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    assert isinstance(value, Summary)  # noqa: S101 - all other values of a view are plain
    return [value.heading, value.content]


_to_json: Final = json.JSONEncoder(sort_keys=True, default=_plain).encode


def _hash(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=_DIGEST_BYTES).digest()
