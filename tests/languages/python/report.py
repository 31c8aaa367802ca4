"""Use the API with this project's own client, and print the report that all languages print."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from typing import TYPE_CHECKING, Any

from polyai_conversations import APIStatusError, ConversationsClient
from polyai_conversations.models import UNSET, AddAnnotationsBody, AnnotationItem
from polyai_conversations_api.api.conversations import add_annotations

if TYPE_CHECKING:
    from collections.abc import Callable

    from polyai_conversations.models import (
        ConversationDetailResponse,
        ConversationSummaryResponse,
        ConversationTurn,
    )

KNOWN_CHANNELS = {"VOICE-SIP", "WEBCHAT", "CHAT"}
NOTE = "call back on Tuesday — “naïve” 🙂"


def main() -> None:
    """Print the report."""
    with ConversationsClient(max_retries=0) as client:
        report = make_report(client)
    json.dump(report, sys.stdout)


def make_report(client: ConversationsClient) -> dict[str, Any]:
    """Use every operation and return the results."""
    pager = client.list_conversations(page_size=7)
    rows = list(pager)
    recorded = next(row.conversation_id for row in rows if row.audio_url)
    unfinished = next(row.conversation_id for row in rows if row.in_progress)
    odd = next(r.conversation_id for r in rows if r.channel and r.channel not in KNOWN_CHANNELS)
    empty = next(row.conversation_id for row in rows if row.channel is None)
    return {
        "count": pager.total,
        "conversations": [summary(row) for row in rows],
        "recorded": detail(client.get_conversation(recorded)),
        "odd": detail(client.get_conversation(odd)),
        "empty": detail(client.get_conversation(empty)),
        "recording": recording(client.read_audio(recorded)),
        "redacted": recording(client.read_audio(recorded, "user", redacted=True)),
        "noted": client.upsert_note(recorded, NOTE).success,
        "note": client.get_conversation(recorded).note,
        "annotated": client.add_annotations(
            recorded,
            [
                {"turnId": 0, "role": "agent", "annotationType": "wrong_info"},
                {"turnId": 1, "role": "user", "annotationType": "wrong_transcript"},
            ],
        ).success,
        "errors": errors(client, recorded, unfinished),
    }


def summary(row: ConversationSummaryResponse | ConversationDetailResponse) -> dict[str, Any]:
    """Return a selection of fields from a summary."""
    return {
        "conversationId": row.conversation_id,
        "channel": or_none(row.channel),
        "clientEnv": or_none(row.client_env),
        "direction": or_none(row.direction),
        "startedAt": or_none(row.started_at),
        "duration": or_none(row.duration),
        "inProgress": or_none(row.in_progress),
        "polyScore": or_none(row.poly_score),
        "tags": or_none(row.tags),
        "note": or_none(row.note),
    }


def detail(conversation: ConversationDetailResponse) -> dict[str, Any]:
    """Return a selection of fields from a full record."""
    metrics, events = conversation.metrics, conversation.function_events
    turns = conversation.turns
    return summary(conversation) | {
        "turns": [turn(each) for each in turns] if turns else None,
        "metrics": metrics.to_dict() if metrics else None,
        "functionEvents": events.to_dict() if events else None,
    }


def turn(each: ConversationTurn) -> dict[str, Any]:
    """Return a selection of fields from a turn."""
    return {
        "user_input": or_none(each.user_input),
        "user_input_dtmf": or_none(each.user_input_dtmf),
        "agent_response": or_none(each.agent_response),
        "latency": each.to_dict().get("latency"),
        "intents": or_none(each.intents),
        "entities": [entity.to_dict() for entity in each.entities or []],
        "is_silence": or_none(each.is_silence),
    }


def or_none(value: Any) -> Any:
    """Replace UNSET by None, because not every language distinguishes absent from null."""
    return None if value is UNSET else value


def recording(wav: bytes) -> dict[str, Any]:
    """Identify a recording by its size and hash."""
    return {"bytes": len(wav), "sha256": hashlib.sha256(wav).hexdigest()}


def errors(client: ConversationsClient, recorded: str, unfinished: str) -> dict[str, Any]:
    """Cause each kind of error and describe the responses."""
    # The client refuses a negative index itself, so this calls the generated operation.
    invalid = AddAnnotationsBody([AnnotationItem(-1, "agent", "wrong_info")])
    with (
        ConversationsClient(api_key="not-a-key", max_retries=0) as unauthorized,
        ConversationsClient(
            api_key=os.environ["POLYAI_RATE_LIMITED_KEY"], max_retries=0
        ) as rate_limited,
    ):
        return {
            "bad request": refusal(lambda: client.call(add_annotations, recorded, body=invalid)),
            "unauthorized": refusal(unauthorized.list_page),
            "forbidden": refusal(client.for_agent("PROJECT-OTHER").list_page),
            "not found": refusal(lambda: client.get_conversation("KA-0")),
            "no recording": refusal(lambda: client.read_audio(unfinished)),
            "rate limited": refusal(rate_limited.list_page),
        }


def refusal(call: Callable[[], object]) -> dict[str, Any]:
    """Make a call that must fail, and describe the error response."""
    try:
        call()
    except APIStatusError as error:
        return {
            "status": error.status_code,
            "error_code": error.error_code,
            "error_message": error.error_message,
            "retry_after": error.retry_after,
            "error_id_is_correlation_id": bool(error.error_id)
            and error.error_id == error.correlation_id,
        }
    raise AssertionError("The call did not fail")


if __name__ == "__main__":
    main()
