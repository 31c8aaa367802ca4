"""Use the API with this project's own client, and print the report that all languages print."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from polyai_conversations import APIStatusError, ConversationsClient
from polyai_conversations.models import (
    UNSET,
    AddAnnotationsBody,
    AnnotationItem,
    ConversationShortSummary,
    TurnLatency,
    TurnMetadata,
)
from polyai_conversations_api.api.conversations import add_annotations

if TYPE_CHECKING:
    from collections.abc import Callable

    from polyai_conversations.models import (
        ConversationDetailResponse,
        ConversationSummaryResponse,
        ConversationTurn,
        FunctionEvent,
    )

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
    return {
        "count": pager.total,
        "page": [summary(row) for row in rows],
        "details": [detail(client.get_conversation(row.conversation_id)) for row in rows],
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
        "projectId": row.project_id,
        "channel": or_none(row.channel),
        "clientEnv": or_none(row.client_env),
        "direction": or_none(row.direction),
        "fromNumber": or_none(row.from_number),
        "toNumber": or_none(row.to_number),
        "startedAt": or_none(row.started_at),
        "duration": or_none(row.duration),
        "inProgress": or_none(row.in_progress),
        "polyScore": or_none(row.poly_score),
        "tags": or_none(row.tags),
        "note": or_none(row.note),
        "shortSummary": short_summary(or_none(row.short_summary)),
        "audioPath": path(or_none(row.audio_url)),
    }


def short_summary(value: ConversationShortSummary | str | None) -> dict[str, Any] | None:
    """Return the heading and the content of a summary, which text may contain as JSON."""
    if value is None:
        return None
    if isinstance(value, ConversationShortSummary):
        return {"heading": or_none(value.heading), "content": or_none(value.content)}
    if not value.startswith("{"):
        return {"heading": None, "content": value}
    fields = json.loads(value)
    return {"heading": fields.get("heading"), "content": fields.get("content")}


def path(reference: str | None) -> str | None:
    """Return the path of a URI reference, whose base is the address of the agent."""
    if not reference:
        return None
    base = f"{os.environ['POLYAI_BASE_URL']}/v1/agents/{os.environ['POLYAI_AGENT_ID']}/"
    return urlsplit(urljoin(base, reference)).path


def detail(conversation: ConversationDetailResponse) -> dict[str, Any]:
    """Return a selection of fields from a full record."""
    metrics, events = conversation.metrics, conversation.function_events
    return summary(conversation) | {
        "turns": [turn(each) for each in conversation.turns or []],
        "metrics": {
            name: metric_rows(value)
            for name, value in (metrics.additional_properties if metrics else {}).items()
        },
        "functionEvents": {
            number: [event(each) for each in calls or []]
            for number, calls in (events.additional_properties if events else {}).items()
        },
    }


def metric_rows(value: Any) -> list[dict[str, Any]]:
    """Return the rows of a metric, which may also be a plain value or an array of them."""
    values = value if isinstance(value, list) else [value]
    return [
        {"timestamp": each.get("timestamp"), "value": each["value"]}
        if isinstance(each, dict) and "value" in each
        else {"timestamp": None, "value": each}
        for each in values
    ]


def turn(each: ConversationTurn) -> dict[str, Any]:
    """Return a selection of fields from a turn."""
    metadata = each.metadata or TurnMetadata()
    return {
        "turn_id": or_none(each.turn_id),
        "user_input": or_none(each.user_input),
        "user_input_dtmf": or_none(each.user_input_dtmf),
        "user_input_audio_path": path(or_none(each.user_input_audio_url)),
        "agent_response": or_none(each.agent_response),
        "latency": seconds(or_none(each.latency)),
        "intents": or_none(each.intents),
        "entities": [entity.to_dict() for entity in each.entities or []],
        "is_silence": or_none(each.is_silence),
        "tts_lang_code": or_none(each.tts_lang_code),
        "retrieved_topics": metadata.retrieved_topics or [],
        "top_transcripts": [or_none(top.text) for top in metadata.top_transcripts or []],
    }


def seconds(latency: TurnLatency | float | None) -> float | None:
    """Return a latency in seconds, which may be a number or part of an object."""
    if not isinstance(latency, TurnLatency):
        return latency
    perceived: float | None = or_none(latency.perceived_latency)
    return perceived


def event(each: FunctionEvent) -> dict[str, Any]:
    """Return a selection of fields from the call of a function."""
    return {
        "id": or_none(each.id),
        "name": or_none(each.name),
        "turn_id": or_none(each.turn_id),
        "start_time": or_none(each.start_time),
        "duration": or_none(each.duration),
        "arguments": each.arguments.to_dict() if each.arguments else None,
        "handoff": or_none(each.handoff.type_) if each.handoff else None,
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
