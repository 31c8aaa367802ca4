from http import HTTPStatus
from io import BytesIO
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.error_envelope import ErrorEnvelope
from ...models.get_conversation_audio_direction import (
    GetConversationAudioDirection,
)
from ...types import UNSET, File, Response, Unset


def _get_kwargs(
    agent_id: str,
    conversation_id: str,
    *,
    direction: GetConversationAudioDirection | Unset = "combined",
    redacted: bool | Unset = False,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_direction: str | Unset = UNSET
    if not isinstance(direction, Unset):
        json_direction = direction

    params["direction"] = json_direction

    params["redacted"] = redacted

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/agents/{agent_id}/conversations/{conversation_id}/audio".format(
            agent_id=quote(str(agent_id), safe=""),
            conversation_id=quote(str(conversation_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ErrorEnvelope | File:
    if response.status_code == 200:
        response_200 = File(payload=BytesIO(response.content))

        return response_200

    if response.status_code == 400:
        response_400 = ErrorEnvelope.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = ErrorEnvelope.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = ErrorEnvelope.from_dict(response.json())

        return response_403

    if response.status_code == 404:
        response_404 = ErrorEnvelope.from_dict(response.json())

        return response_404

    if response.status_code == 429:
        response_429 = ErrorEnvelope.from_dict(response.json())

        return response_429

    response_default = ErrorEnvelope.from_dict(response.json())

    return response_default


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ErrorEnvelope | File]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    agent_id: str,
    conversation_id: str,
    *,
    client: AuthenticatedClient | Client,
    direction: GetConversationAudioDirection | Unset = "combined",
    redacted: bool | Unset = False,
) -> Response[ErrorEnvelope | File]:
    """Get the recording of a conversation

     Returns the recording as a WAV file. The response is 404 if the conversation has none; chats
    have none. What it is while a call is in progress is not documented; 404 is likely.

    Whether a part of a recording can be requested is not documented. A client that resumes a
    download may send `Range: bytes=N-` with `If-Range` and the `ETag`. Then 206 with a
    `Content-Range` that starts at N means the rest, 200 the whole recording from its start, and
    416 that N is not before its end. A server may support this without sending `Accept-Ranges`.

    Args:
        agent_id (str):
        conversation_id (str):
        direction (GetConversationAudioDirection | Unset):  Default: 'combined'.
        redacted (bool | Unset):  Default: False.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorEnvelope | File]
    """

    kwargs = _get_kwargs(
        agent_id=agent_id,
        conversation_id=conversation_id,
        direction=direction,
        redacted=redacted,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    agent_id: str,
    conversation_id: str,
    *,
    client: AuthenticatedClient | Client,
    direction: GetConversationAudioDirection | Unset = "combined",
    redacted: bool | Unset = False,
) -> ErrorEnvelope | File | None:
    """Get the recording of a conversation

     Returns the recording as a WAV file. The response is 404 if the conversation has none; chats
    have none. What it is while a call is in progress is not documented; 404 is likely.

    Whether a part of a recording can be requested is not documented. A client that resumes a
    download may send `Range: bytes=N-` with `If-Range` and the `ETag`. Then 206 with a
    `Content-Range` that starts at N means the rest, 200 the whole recording from its start, and
    416 that N is not before its end. A server may support this without sending `Accept-Ranges`.

    Args:
        agent_id (str):
        conversation_id (str):
        direction (GetConversationAudioDirection | Unset):  Default: 'combined'.
        redacted (bool | Unset):  Default: False.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorEnvelope | File
    """

    return sync_detailed(
        agent_id=agent_id,
        conversation_id=conversation_id,
        client=client,
        direction=direction,
        redacted=redacted,
    ).parsed


async def asyncio_detailed(
    agent_id: str,
    conversation_id: str,
    *,
    client: AuthenticatedClient | Client,
    direction: GetConversationAudioDirection | Unset = "combined",
    redacted: bool | Unset = False,
) -> Response[ErrorEnvelope | File]:
    """Get the recording of a conversation

     Returns the recording as a WAV file. The response is 404 if the conversation has none; chats
    have none. What it is while a call is in progress is not documented; 404 is likely.

    Whether a part of a recording can be requested is not documented. A client that resumes a
    download may send `Range: bytes=N-` with `If-Range` and the `ETag`. Then 206 with a
    `Content-Range` that starts at N means the rest, 200 the whole recording from its start, and
    416 that N is not before its end. A server may support this without sending `Accept-Ranges`.

    Args:
        agent_id (str):
        conversation_id (str):
        direction (GetConversationAudioDirection | Unset):  Default: 'combined'.
        redacted (bool | Unset):  Default: False.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorEnvelope | File]
    """

    kwargs = _get_kwargs(
        agent_id=agent_id,
        conversation_id=conversation_id,
        direction=direction,
        redacted=redacted,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    agent_id: str,
    conversation_id: str,
    *,
    client: AuthenticatedClient | Client,
    direction: GetConversationAudioDirection | Unset = "combined",
    redacted: bool | Unset = False,
) -> ErrorEnvelope | File | None:
    """Get the recording of a conversation

     Returns the recording as a WAV file. The response is 404 if the conversation has none; chats
    have none. What it is while a call is in progress is not documented; 404 is likely.

    Whether a part of a recording can be requested is not documented. A client that resumes a
    download may send `Range: bytes=N-` with `If-Range` and the `ETag`. Then 206 with a
    `Content-Range` that starts at N means the rest, 200 the whole recording from its start, and
    416 that N is not before its end. A server may support this without sending `Accept-Ranges`.

    Args:
        agent_id (str):
        conversation_id (str):
        direction (GetConversationAudioDirection | Unset):  Default: 'combined'.
        redacted (bool | Unset):  Default: False.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorEnvelope | File
    """

    return (
        await asyncio_detailed(
            agent_id=agent_id,
            conversation_id=conversation_id,
            client=client,
            direction=direction,
            redacted=redacted,
        )
    ).parsed
