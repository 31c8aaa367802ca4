"""Every operation against recorded exchanges.

Both clients replay the same cassettes, so both must send the same requests. `nox -s record` records
them again.
"""

from __future__ import annotations

import io
import wave
from typing import TYPE_CHECKING, get_args

import pytest

from polyai_conversations import (
    AuthenticationError,
    BadRequestError,
    NotFoundError,
    PermissionDeniedError,
)
from polyai_conversations.models import (
    AddAnnotationsBody,
    AnnotationDict,
    AnnotationItem,
    GetConversationAudioDirection,
)
from polyai_conversations_api.api.conversations import add_annotations, list_conversations

if TYPE_CHECKING:
    from clients import Connect
    from polyai_conversations import ConversationsClient
    from recorded import Api

pytestmark = pytest.mark.vcr

DIRECTIONS = get_args(GetConversationAudioDirection)


@pytest.fixture
def client(connect: Connect, api: Api) -> ConversationsClient:
    return connect(api_key=api.key, agent_id=api.agent_id, region=None, base_url=api.url)


def test_list_page_returns_the_first_50_conversations_by_default(
    client: ConversationsClient,
) -> None:
    page = client.list_page()
    assert (page.limit, page.offset) == (50, 0)
    assert len(page.conversations) == min(50, page.count)
    ids = [conversation.conversation_id for conversation in page.conversations]
    assert len(set(ids)) == len(ids)


def test_list_page_sends_limit_and_offset(client: ConversationsClient) -> None:
    page = client.list_page(limit=4)
    second = client.list_page(limit=2, offset=2)
    assert second.to_dict()["conversations"] == page.to_dict()["conversations"][2:]
    assert (second.limit, second.offset, second.count) == (2, 2, page.count)


def test_a_page_past_the_end_is_empty(client: ConversationsClient) -> None:
    page = client.list_page(offset=1_000_000)
    assert page.conversations == []
    assert page.count > 0


def test_list_conversations_returns_every_conversation_once(client: ConversationsClient) -> None:
    pager = client.list_conversations(page_size=15, prefetch=1)
    ids = [conversation.conversation_id for conversation in pager]
    assert len(ids) == len(set(ids)) == pager.total
    assert pager.total > 2 * 15


def test_get_conversation_has_the_same_values_as_the_list(client: ConversationsClient) -> None:
    for summary in client.list_page(limit=5).conversations:
        detail = client.get_conversation(summary.conversation_id).to_dict()
        shared = {name: detail.get(name) for name in summary.to_dict()}
        assert shared == summary.to_dict()


def test_get_conversation_returns_the_transcript(client: ConversationsClient, api: Api) -> None:
    turns = client.get_conversation(api.conversation_id).turns or []
    assert turns
    assert all(turn.agent_response or turn.user_input for turn in turns)


def test_add_annotations_succeeds(client: ConversationsClient, api: Api) -> None:
    item = AnnotationItem(turn_id=0, role="agent", annotation_type="missing_topic")
    mapping: AnnotationDict = {"turnId": 1, "role": "user", "annotationType": "wrong_transcript"}
    assert client.add_annotations(api.conversation_id, [item, mapping]).success is True


def test_a_note_can_be_read_back(client: ConversationsClient, api: Api) -> None:
    note = "call back on Tuesday — “naïve” 🙂"
    assert client.upsert_note(api.conversation_id, note).success is True
    assert client.get_conversation(api.conversation_id).note == note


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_read_audio_returns_a_wav_file(
    client: ConversationsClient, api: Api, direction: GetConversationAudioDirection
) -> None:
    recording = client.read_audio(api.conversation_id, direction)
    with wave.open(io.BytesIO(recording)) as reader:
        frames = reader.readframes(reader.getnframes())
    assert any(frames), f"the {direction} recording is silent"


def test_redacted_audio_has_the_same_length_as_the_original(
    client: ConversationsClient, api: Api
) -> None:
    redacted = client.read_audio(api.conversation_id, "user", redacted=True)
    original = client.read_audio(api.conversation_id, "user")
    assert len(redacted) == len(original)


def test_a_wrong_key_raises_authentication_error(connect: Connect, api: Api) -> None:
    client = connect(api_key="wrong", agent_id=api.agent_id, region=None, base_url=api.url)
    with pytest.raises(AuthenticationError, match="region") as caught:
        client.list_page()
    assert caught.value.error_code in {"AUTH_USER_UNAUTHORISED", "AUTH_USER_INVALID_TOKEN"}
    assert caught.value.error_id


def test_an_agent_without_access_raises_permission_denied_error(
    client: ConversationsClient,
) -> None:
    with pytest.raises(PermissionDeniedError, match="PROJECT-OTHER"):
        client.for_agent("PROJECT-OTHER").list_page()


def test_an_unknown_conversation_raises_not_found_error(client: ConversationsClient) -> None:
    with pytest.raises(NotFoundError, match="KA-0") as caught:
        client.get_conversation("KA-0")
    assert caught.value.error_code == "CONVERSATIONS_NOT_FOUND"


def test_a_conversation_without_a_recording_raises_not_found_error(
    client: ConversationsClient,
) -> None:
    page = client.list_page()
    unrecorded = next(c for c in page.conversations if c.channel == "WEBCHAT" or c.in_progress)
    with pytest.raises(NotFoundError) as caught:
        client.read_audio(unrecorded.conversation_id)
    assert caught.value.error_code == "CONVERSATIONS_RECORDING_NOT_FOUND"


def test_a_parameter_out_of_range_raises_bad_request_error(client: ConversationsClient) -> None:
    with pytest.raises(BadRequestError, match="limit") as caught:
        client.call(list_conversations, limit=0)
    assert caught.value.error_code == "CONVERSATIONS_VALIDATION_FAILED"


def test_an_invalid_annotation_raises_bad_request_error(
    client: ConversationsClient, api: Api
) -> None:
    invalid = AnnotationItem(turn_id=-1, role="agent", annotation_type="wrong_info")
    with pytest.raises(BadRequestError, match="turnId"):
        client.call(add_annotations, api.conversation_id, body=AddAnnotationsBody([invalid]))
