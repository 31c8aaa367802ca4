"""Parses the records of an export."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from polyai_conversations_api.models import ConversationDetailResponse


def parse_record(record: bytes) -> ConversationDetailResponse:
    """Return a record as a conversation; the fields of a summary are a subset of those of a detail.

    Args:
        record: The JSON as it was fetched, and thus parsed, before.
    """
    return ConversationDetailResponse.from_dict(_parse(record.decode("utf-8", "surrogatepass")))


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        # The caller's stack leaves less room than there was when the record was fetched; a new
        # thread has a stack of its own.
        with ThreadPoolExecutor(1) as executor:
            return executor.submit(json.loads, text).result()
