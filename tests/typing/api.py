"""Uses of the public API, for the type checkers; this file is never run."""

from __future__ import annotations

from datetime import date, timedelta
from typing import assert_type

import httpx

from polyai_conversations import (
    APIStatusError,
    AsyncConversationsClient,
    AsyncRecording,
    AudioBatch,
    ConversationFilter,
    ConversationsClient,
    RateLimitError,
    Recording,
    ResponseValidationError,
    SavedRecording,
)
from polyai_conversations.export import export
from polyai_conversations.models import (
    UNSET,
    AnnotationDict,
    AnnotationItem,
    ConversationDetailResponse,
    ConversationSummaryResponse,
    GetConversationsResponse,
    OperationSuccessResponse,
    is_set,
)
from polyai_conversations.views import view


def read() -> None:
    with ConversationsClient(api_key="key", agent_id="agent", region="eu", timeout=10) as client:
        assert_type(client, ConversationsClient)
        page = client.list_page(limit=10, offset=0)
        assert_type(page, GetConversationsResponse)
        assert_type(page.conversations[0], ConversationSummaryResponse)
        detail = client.get_conversation("id")
        assert_type(detail, ConversationDetailResponse)
        for turn in detail.turns or []:
            print(turn.user_input or "", turn.latency is not UNSET)
        if is_set(detail.duration):
            assert_type(detail.duration, int | None)
        assert_type(client.read_audio("id", direction="user", redacted=True), bytes)
        assert_type(client.for_agent("other"), ConversationsClient)
        for summary in client.list_conversations(page_size=10, max_items=5):
            assert_type(summary, ConversationSummaryResponse)
        low = ConversationFilter(channel=["VOICE-SIP"], max_score=2, min_duration=timedelta(0))
        for summary in client.list_conversations(where=low):
            assert_type(summary, ConversationSummaryResponse)
        client.list_conversations(where=lambda call: call.handoff and not call.note)
        export(client, "calls", since=date(2026, 5, 1), where=low, refresh=True)
        assert_type(client.save_audio("id", "call.wav"), SavedRecording)
        report = client.save_audio_batch(client.list_conversations(), "recordings")
        assert_type(report, AudioBatch)
        assert_type(report.saved["id"], SavedRecording)
        client.save_audio_batch(["id", detail, page.conversations[0]], "recordings", concurrency=2)
        client.save_audio_batch(map(view, client.list_conversations()), "recordings")
        client.save_audio_batch([7], "recordings")  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
        with client.open_audio("id") as recording:
            assert_type(recording, Recording)
            assert_type(recording.format.duration, float | None)
            for chunk in recording.iter_bytes():
                assert_type(chunk, bytes)


def write(client: ConversationsClient) -> None:
    item = AnnotationItem(turn_id=0, role="user", annotation_type="wrong_transcript")
    as_mapping: AnnotationDict = {"turnId": 3, "role": "agent", "annotationType": "wrong_info"}
    assert_type(client.add_annotations("id", [item, as_mapping]), OperationSuccessResponse)
    client.add_annotations("id", [{"turnId": 3, "role": "user", "annotationType": "wrong_info"}])
    # Type checkers refuse another role, and a name that the contract does not use.
    role = {"turnId": 3, "role": "bot", "annotationType": "wrong_info"}
    client.add_annotations("id", [role])  # type: ignore[list-item] # pyright: ignore[reportArgumentType]
    client.add_annotations("id", [{"turn_id": 3}])  # type: ignore[list-item] # pyright: ignore[reportArgumentType]
    assert_type(client.upsert_note("id", "note"), OperationSuccessResponse)


def handle_errors(client: ConversationsClient) -> float | None:
    try:
        client.list_page()
    except RateLimitError as error:
        return error.retry_after
    except APIStatusError as error:
        print(error.status_code, error.error_code, error.error_id, error.body, error.correlation_id)
    except ResponseValidationError as error:
        print(error.field, error.body)
    return None


async def read_async() -> None:
    transport = httpx.AsyncHTTPTransport(retries=0)
    async with AsyncConversationsClient(timeout=httpx.Timeout(5), transport=transport) as client:
        assert_type(await client.list_page(), GetConversationsResponse)
        assert_type(await client.get_conversation("id"), ConversationDetailResponse)
        assert_type(await client.read_audio("id", "agent"), bytes)
        assert_type(client.for_agent("other"), AsyncConversationsClient)
        async for summary in client.list_conversations():
            assert_type(summary, ConversationSummaryResponse)
        assert_type(await client.save_audio("id", "call.wav"), SavedRecording)
        async with client.open_audio("id") as recording:
            assert_type(recording, AsyncRecording)
