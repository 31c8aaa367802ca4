"""The five operations of the API, answered from a world."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .answers import RefusedError, failed, refused, unrouted
from .body import annotation_items, check_turns, json_object, note_text
from .query import audio_choice, page_window
from .reference import reference_routes
from .tape import long_tape, tape

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .delivery import Delivery
    from .tide import Tide
    from .world import World

    Operation = Callable[[Request], Awaitable[Response]]

_LIST: Final = "/v1/agents/{agentId}/conversations"
_ONE: Final = _LIST + "/{conversationId}"
_LARGEST_BODY: Final = 2**20
_RETRY_AFTER_SECONDS: Final = "5"


@dataclass(frozen=True, slots=True)
class Access:
    """What a request must bring to be let in."""

    api_key: str = field(repr=False)
    agent_id: str

    @property
    def rate_limited_key(self) -> str:
        """A key that is known, and always over its rate limit."""
        return f"{self.api_key}-over-limit"


class Operations:
    """The operations, for whoever has access.

    Args:
        world: The conversations.
        access: The key and the agent to which they belong.
        max_limit: The most conversations that a page holds, whatever is asked for.
        tide: What changes the world before each page.
        delivery: How recordings travel.
        mebibytes: Size to which recordings are stretched, if they are.

    """

    def __init__(  # noqa: PLR0913 - what the operations work on, all by name
        self,
        *,
        world: World,
        access: Access,
        max_limit: int,
        tide: Tide,
        delivery: Delivery,
        mebibytes: int | None,
    ) -> None:
        self._world = world
        self._tide = tide
        self._delivery = delivery
        self._mebibytes = mebibytes
        self._access = access
        self._max_limit = max_limit

    def routes(self) -> list[Route]:
        """Say which operation answers to which path and method."""
        return [
            *reference_routes(self._world, self._access.api_key, self._access.agent_id),
            self._route("GET", _LIST, self.list_conversations),
            self._route("GET", _ONE, self.get_conversation),
            self._route("POST", _ONE + "/annotation", self.add_annotations),
            self._route("GET", _ONE + "/audio", self.get_conversation_audio),
            self._route("POST", _ONE + "/note", self.upsert_note),
        ]

    async def list_conversations(self, request: Request) -> Response:
        """Answer with a page of summaries."""
        limit, offset = page_window(request.query_params, self._max_limit)
        self._tide.turn()
        rows = self._world.written_page(limit, offset)
        window = f'"count":{self._world.count},"limit":{limit},"offset":{offset}'
        return Response(f'{{"conversations":{rows},{window}}}', media_type="application/json")

    async def get_conversation(self, request: Request) -> Response:
        """Answer with the full record of a conversation."""
        return JSONResponse(self._world.detail(self._conversation_id(request)))

    async def get_conversation_audio(self, request: Request) -> Response:
        """Answer with the recording of a conversation."""
        direction, redacted = audio_choice(request.query_params)
        conversation_id = self._conversation_id(request)
        timeline = self._world.timeline(conversation_id)
        if timeline is None:
            raise RefusedError(
                HTTPStatus.NOT_FOUND,
                "CONVERSATIONS_RECORDING_NOT_FOUND",
                f"Conversation {conversation_id} has no recording",
            )
        make = tape if self._mebibytes is None else partial(long_tape, mebibytes=self._mebibytes)
        made = await run_in_threadpool(make, timeline, direction, redacted=redacted)
        return self._delivery.answer(request, made)

    async def upsert_note(self, request: Request) -> Response:
        """Set the note of a conversation."""
        note = note_text(await _json_body(request))
        self._world.set_note(self._conversation_id(request), note)
        return _written()

    async def add_annotations(self, request: Request) -> Response:
        """Add annotations to a conversation."""
        items = annotation_items(await _json_body(request))
        conversation_id = self._conversation_id(request)
        check_turns(items, self._world.turn_count(conversation_id))
        self._world.add_annotations(conversation_id, items)
        return _written()

    def _route(self, method: str, path: str, operation: Operation) -> Route:
        async def admitted(request: Request) -> Response:
            self._admit(request)
            return await operation(request)

        return Route(path, admitted, methods=[method])

    def _admit(self, request: Request) -> None:
        key = request.headers.get("X-API-KEY", "")
        if not key:
            raise RefusedError(
                HTTPStatus.UNAUTHORIZED,
                "AUTH_USER_UNAUTHORISED",
                "The API key is missing: send it as X-API-KEY",
            )
        if hmac.compare_digest(key.encode(), self._access.rate_limited_key.encode()):
            raise RefusedError(
                HTTPStatus.TOO_MANY_REQUESTS,
                "RATE_LIMIT_EXCEEDED",
                "Too many requests",
                {"Retry-After": _RETRY_AFTER_SECONDS},
            )
        if not hmac.compare_digest(key.encode(), self._access.api_key.encode()):
            raise RefusedError(
                HTTPStatus.UNAUTHORIZED, "AUTH_USER_INVALID_TOKEN", "The API key is not valid"
            )
        agent_id = unquote(request.path_params["agentId"])
        if agent_id != self._access.agent_id:
            raise RefusedError(
                HTTPStatus.FORBIDDEN,
                "USER_ACCESS_FORBIDDEN",
                f"The API key has no access to agent {agent_id}",
            )

    def _conversation_id(self, request: Request) -> str:
        conversation_id = unquote(request.path_params["conversationId"])
        if conversation_id not in self._world:
            raise RefusedError(
                HTTPStatus.NOT_FOUND,
                "CONVERSATIONS_NOT_FOUND",
                f"Conversation {conversation_id} not found",
            )
        return conversation_id


def make_app(operations: Operations) -> Starlette:
    """Make the app that answers requests; it belongs behind a door."""
    app = Starlette(
        routes=operations.routes(),
        exception_handlers={
            RefusedError: refused,
            HTTPException: unrouted,
            Exception: failed,
        },
    )
    app.router.redirect_slashes = False
    return app


async def _json_body(request: Request) -> dict[str, Any]:
    return json_object(request.headers.get("Content-Type", ""), await _body(request))


async def _body(request: Request) -> bytes:
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > _LARGEST_BODY:
                status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
                raise RefusedError(status, "PAYLOAD_TOO_LARGE", "The body must be at most 1 MiB")
    except ClientDisconnect:
        raise RefusedError(HTTPStatus.BAD_REQUEST, "BAD_REQUEST", "The body was cut") from None
    return bytes(body)


def _written() -> Response:
    return JSONResponse({"success": True}, HTTPStatus.CREATED)
