"""Implements the five operations of the API as an ASGI application."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from polyai_conversations.sandbox.audio.source import call_audio, sized_audio

from .error_responses import ApiError, on_api_error, on_internal_error, on_routing_error
from .request_parsing import (
    audio_query,
    json_object,
    page_query,
    parse_annotations,
    parse_note,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from polyai_conversations.sandbox.data.list_mutator import ListMutator
    from polyai_conversations.sandbox.data.store import ConversationStore

    from .audio_responses import AudioResponder
    from .auth import Credentials

    Operation = Callable[[Request], Awaitable[Response]]

_LIST: Final = "/v1/agents/{agentId}/conversations"
_CONVERSATION: Final = _LIST + "/{conversationId}"


class Operations:
    """The operations of the API.

    Args:
        store: The conversations.
        credentials: The API key and the agent of valid requests.
        max_page_size: Maximum number of conversations per page, whatever the client asks for.
        list_mutator: Changes the store before each list request.
        audio_responder: Responds with recordings.
        recording_mib: Size of every recording in mebibytes; None makes it as long as the call.

    """

    def __init__(
        self,
        *,
        store: ConversationStore,
        credentials: Credentials,
        max_page_size: int,
        list_mutator: ListMutator,
        audio_responder: AudioResponder,
        recording_mib: int | None,
    ) -> None:
        self._store = store
        self._credentials = credentials
        self._max_page_size = max_page_size
        self._list_mutator = list_mutator
        self._audio_responder = audio_responder
        self._recording_mib = recording_mib

    def routes(self) -> list[Route]:
        """Return the route of every operation."""
        return [
            self._route("GET", _LIST, self.list_conversations),
            self._route("GET", _CONVERSATION, self.get_conversation),
            self._route("POST", _CONVERSATION + "/annotation", self.add_annotations),
            self._route("GET", _CONVERSATION + "/audio", self.get_conversation_audio),
            self._route("POST", _CONVERSATION + "/note", self.upsert_note),
        ]

    async def list_conversations(self, request: Request) -> Response:
        """Respond with one page of summaries."""
        limit, offset = page_query(request.query_params, self._max_page_size)
        self._list_mutator.before_request()
        rows = self._store.page_json(limit, offset)
        paging = f'"count":{self._store.count},"limit":{limit},"offset":{offset}'
        return Response(f'{{"conversations":{rows},{paging}}}', media_type="application/json")

    async def get_conversation(self, request: Request) -> Response:
        """Respond with the full record of a conversation."""
        return JSONResponse(self._store.detail(self._conversation_id(request)))

    async def get_conversation_audio(self, request: Request) -> Response:
        """Respond with the recording of a conversation."""
        direction, redacted = audio_query(request.query_params)
        conversation_id = self._conversation_id(request)
        timeline = self._store.timeline(conversation_id)
        if timeline is None:
            raise ApiError(
                HTTPStatus.NOT_FOUND,
                "CONVERSATIONS_RECORDING_NOT_FOUND",
                f"Conversation {conversation_id} has no recording",
            )
        mib = self._recording_mib
        record = call_audio if mib is None else partial(sized_audio, mebibytes=mib)
        source = await run_in_threadpool(record, timeline, direction, redacted=redacted)
        return self._audio_responder.respond(request, source)

    async def upsert_note(self, request: Request) -> Response:
        """Set the note of a conversation."""
        note = parse_note(await json_object(request))
        self._store.set_note(self._conversation_id(request), note)
        return _created()

    async def add_annotations(self, request: Request) -> Response:
        """Add annotations to a conversation."""
        annotations = parse_annotations(await json_object(request))
        conversation_id = self._conversation_id(request)
        self._store.add_annotations(conversation_id, annotations)
        return _created()

    def _route(self, method: str, path: str, operation: Operation) -> Route:
        async def authenticated(request: Request) -> Response:
            self._credentials.authenticate(request)
            return await operation(request)

        return Route(path, authenticated, methods=[method])

    def _conversation_id(self, request: Request) -> str:
        conversation_id = unquote(request.path_params["conversationId"])
        if conversation_id not in self._store:
            raise ApiError(
                HTTPStatus.NOT_FOUND,
                "CONVERSATIONS_NOT_FOUND",
                f"Conversation {conversation_id} not found",
            )
        return conversation_id


def make_app(routes: Iterable[BaseRoute]) -> Starlette:
    """Return an application with these routes and the error responses of the API."""
    app = Starlette(
        routes=list(routes),
        exception_handlers={
            ApiError: on_api_error,
            HTTPException: on_routing_error,
            Exception: on_internal_error,
        },
    )
    app.router.redirect_slashes = False
    return app


def _created() -> Response:
    return JSONResponse({"success": True}, HTTPStatus.CREATED)
