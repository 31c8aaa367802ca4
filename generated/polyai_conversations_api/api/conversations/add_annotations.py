from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.add_annotations_body import AddAnnotationsBody
from ...models.error_envelope import ErrorEnvelope
from ...models.operation_success_response import OperationSuccessResponse
from ...types import Response


def _get_kwargs(
    agent_id: str,
    conversation_id: str,
    *,
    body: AddAnnotationsBody,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/agents/{agent_id}/conversations/{conversation_id}/annotation".format(
            agent_id=quote(str(agent_id), safe=""),
            conversation_id=quote(str(conversation_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ErrorEnvelope | OperationSuccessResponse:
    if response.status_code == 200:
        response_200 = OperationSuccessResponse.from_dict(response.json())

        return response_200

    if response.status_code == 201:
        response_201 = OperationSuccessResponse.from_dict(response.json())

        return response_201

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
) -> Response[ErrorEnvelope | OperationSuccessResponse]:
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
    body: AddAnnotationsBody,
) -> Response[ErrorEnvelope | OperationSuccessResponse]:
    """Add annotations to a conversation

     Marks turns of a conversation as faulty, for quality review. Whether annotations that are
    sent twice are also stored twice is not documented, and no operation returns them.

    Args:
        agent_id (str):
        conversation_id (str):
        body (AddAnnotationsBody): Annotations to add to a conversation.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorEnvelope | OperationSuccessResponse]
    """

    kwargs = _get_kwargs(
        agent_id=agent_id,
        conversation_id=conversation_id,
        body=body,
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
    body: AddAnnotationsBody,
) -> ErrorEnvelope | OperationSuccessResponse | None:
    """Add annotations to a conversation

     Marks turns of a conversation as faulty, for quality review. Whether annotations that are
    sent twice are also stored twice is not documented, and no operation returns them.

    Args:
        agent_id (str):
        conversation_id (str):
        body (AddAnnotationsBody): Annotations to add to a conversation.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorEnvelope | OperationSuccessResponse
    """

    return sync_detailed(
        agent_id=agent_id,
        conversation_id=conversation_id,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    agent_id: str,
    conversation_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: AddAnnotationsBody,
) -> Response[ErrorEnvelope | OperationSuccessResponse]:
    """Add annotations to a conversation

     Marks turns of a conversation as faulty, for quality review. Whether annotations that are
    sent twice are also stored twice is not documented, and no operation returns them.

    Args:
        agent_id (str):
        conversation_id (str):
        body (AddAnnotationsBody): Annotations to add to a conversation.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorEnvelope | OperationSuccessResponse]
    """

    kwargs = _get_kwargs(
        agent_id=agent_id,
        conversation_id=conversation_id,
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    agent_id: str,
    conversation_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: AddAnnotationsBody,
) -> ErrorEnvelope | OperationSuccessResponse | None:
    """Add annotations to a conversation

     Marks turns of a conversation as faulty, for quality review. Whether annotations that are
    sent twice are also stored twice is not documented, and no operation returns them.

    Args:
        agent_id (str):
        conversation_id (str):
        body (AddAnnotationsBody): Annotations to add to a conversation.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorEnvelope | OperationSuccessResponse
    """

    return (
        await asyncio_detailed(
            agent_id=agent_id,
            conversation_id=conversation_id,
            client=client,
            body=body,
        )
    ).parsed
