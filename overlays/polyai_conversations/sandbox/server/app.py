"""Implements the five operations of the API as an ASGI application."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache, partial
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
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from polyai_conversations.sandbox.data.agents import Agent
    from polyai_conversations.sandbox.data.store import ConversationStore

    from .audio_responses import AudioResponder
    from .auth import Credentials
    from .rate_limit import RateLimit

    Operation = Callable[[Request], Awaitable[Response]]

_LIST: Final = "/v1/agents/{agentId}/conversations"
_CONVERSATION: Final = _LIST + "/{conversationId}"


class Operations:
    """The operations of the API.

    Args:
        agents: The agents, by the names that address them.
        credentials: The API key and the agents of valid requests.
        rate_limit: Rejects requests when there are too many.
        max_page_size: Maximum number of conversations per page, whatever the client asks for.
        audio_responder: Responds with recordings.
        recording_mib: Size of every recording in mebibytes; None makes it as long as the call.
        cached_recordings: How many recordings to keep in memory.

    Attributes:
        requests: How many requests were answered, by the operation and the status.

    """

    def __init__(
        self,
        *,
        agents: Mapping[str, Agent],
        credentials: Credentials,
        rate_limit: RateLimit,
        max_page_size: int,
        audio_responder: AudioResponder,
        recording_mib: int | None,
        cached_recordings: int,
    ) -> None:
        self._agents = agents
        self._credentials = credentials
        self._rate_limit = rate_limit
        self._max_page_size = max_page_size
        self._audio_responder = audio_responder
        record = (
            call_audio if recording_mib is None else partial(sized_audio, mebibytes=recording_mib)
        )
        self._record = lru_cache(cached_recordings)(record)
        self.requests: Counter[tuple[str, int]] = Counter()

    def routes(self) -> list[Route]:
        """Return the route of every operation."""
        return [
            self._route("listConversations", "GET", _LIST, self.list_conversations),
            self._route("getConversation", "GET", _CONVERSATION, self.get_conversation),
            self._route(
                "addAnnotations", "POST", _CONVERSATION + "/annotation", self.add_annotations
            ),
            self._route(
                "getConversationAudio", "GET", _CONVERSATION + "/audio", self.get_conversation_audio
            ),
            self._route("upsertNote", "POST", _CONVERSATION + "/note", self.upsert_note),
        ]

    async def list_conversations(self, request: Request) -> Response:
        """Respond with one page of summaries."""
        limit, offset = page_query(request.query_params, self._max_page_size)
        agent = self._agent(request)
        agent.list_mutator.before_request()
        rows = agent.store.page_json(limit, offset)
        paging = f'"count":{agent.store.count},"limit":{limit},"offset":{offset}'
        return Response(f'{{"conversations":{rows},{paging}}}', media_type="application/json")

    async def get_conversation(self, request: Request) -> Response:
        """Respond with the full record of a conversation."""
        store, conversation_id = self._conversation(request)
        return JSONResponse(store.detail(conversation_id))

    async def get_conversation_audio(self, request: Request) -> Response:
        """Respond with the recording of a conversation."""
        direction, redacted = audio_query(request.query_params)
        store, conversation_id = self._conversation(request)
        timeline = store.timeline(conversation_id)
        if timeline is None:
            raise ApiError(
                HTTPStatus.NOT_FOUND,
                "CONVERSATIONS_RECORDING_NOT_FOUND",
                f"Conversation {conversation_id} has no recording",
            )
        source = await run_in_threadpool(self._record, timeline, direction, redacted=redacted)
        return self._audio_responder.respond(request, source)

    async def upsert_note(self, request: Request) -> Response:
        """Set the note of a conversation."""
        note = parse_note(await json_object(request))
        store, conversation_id = self._conversation(request)
        store.set_note(conversation_id, note)
        return _created()

    async def add_annotations(self, request: Request) -> Response:
        """Add annotations to a conversation."""
        annotations = parse_annotations(await json_object(request))
        store, conversation_id = self._conversation(request)
        store.add_annotations(conversation_id, annotations)
        return _created()

    def _route(self, name: str, method: str, path: str, operation: Operation) -> Route:
        async def counted(request: Request) -> Response:
            try:
                self._credentials.authenticate(request)
                self._rate_limit.check()
                response = await operation(request)
            except ApiError as error:
                self.requests[name, int(error.status)] += 1
                raise
            self.requests[name, int(response.status_code)] += 1
            return response

        return Route(path, counted, methods=[method])

    def _agent(self, request: Request) -> Agent:
        return self._agents[unquote(request.path_params["agentId"])]

    def _conversation(self, request: Request) -> tuple[ConversationStore, str]:
        """Return the conversation of a request, by its id and the store that contains it."""
        store = self._agent(request).store
        conversation_id = unquote(request.path_params["conversationId"])
        if conversation_id not in store:
            raise ApiError(
                HTTPStatus.NOT_FOUND,
                "CONVERSATIONS_NOT_FOUND",
                f"Conversation {conversation_id} not found",
            )
        return store, conversation_id


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
