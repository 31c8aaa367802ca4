"""Measures the CPU time of a call: a page of 1,000 conversations, and one with 30 turns.

All candidates get the same response from a transport in memory, and decode the same fields.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs
import httpx
import httpx2
import msgspec
import openai
from harness import compare_cpu_time
from other_models import convert, msgspec_model, openai_model, pydantic_model

from polyai_conversations import ConversationsClient
from polyai_conversations._http import json_parser
from polyai_conversations.models import ConversationDetailResponse, GetConversationsResponse
from polyai_conversations.sandbox.data.store import ConversationStore

if TYPE_CHECKING:
    from collections.abc import Callable

CONVERSATIONS = 1_000
TURNS = 30
AGENT = "PROJECT-1"
HOST = "https://api.example"
URL = f"{HOST}/v1/agents/{AGENT}/conversations"
HEADERS = {"content-type": "application/json"}


@attrs.frozen
class Response:
    """A response to measure.

    Attributes:
        title: What it is.
        path: The path of its request, after that of the list.
        model: The client's model of its body.
        body: Its body.
        call: The client's method that requests it.
        calls: How many calls to time at once.
    """

    title: str
    path: str
    model: type
    body: bytes
    call: Callable[[ConversationsClient], Any]
    calls: int


def page(store: ConversationStore) -> Response:
    """Return a page of the list."""
    body = {
        "conversations": store.page(CONVERSATIONS, 0),
        "count": CONVERSATIONS,
        "limit": CONVERSATIONS,
        "offset": 0,
    }
    return Response(
        f"a page of {CONVERSATIONS:,} conversations",
        f"?limit={CONVERSATIONS}&offset=0",
        GetConversationsResponse,
        _json(body),
        lambda client: client.list_page(CONVERSATIONS),
        calls=4,
    )


def detail(store: ConversationStore) -> Response:
    """Return the conversation with the most turns, which are repeated up to the number above."""
    summaries = store.page(CONVERSATIONS, 0)
    details = (store.detail(summary["conversationId"]) for summary in summaries)
    body = max(details, key=lambda detail: len(detail["turns"]))
    turns = body["turns"]
    body["turns"] = [turns[index % len(turns)] | {"turn_id": index} for index in range(TURNS)]
    conversation_id = body["conversationId"]
    return Response(
        f"a conversation with {TURNS} turns",
        f"/{conversation_id}",
        ConversationDetailResponse,
        _json(body),
        lambda client: client.get_conversation(conversation_id),
        calls=100,
    )


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def candidates(response: Response) -> dict[str, Callable[[], Any]]:
    """Return functions that get the response and return what they made of it."""
    respond = lambda _: httpx.Response(200, content=response.body, headers=HEADERS)  # noqa: E731
    respond2 = lambda _: httpx2.Response(200, content=response.body, headers=HEADERS)  # noqa: E731
    transport = httpx.MockTransport(respond)
    client = ConversationsClient(
        api_key="key", agent_id=AGENT, base_url=HOST, transport=transport, deadline=None
    )
    bare = httpx.Client(transport=transport)
    get = partial(bare.get, URL + response.path)
    validate = convert(response.model, pydantic_model).model_validate_json
    decode = msgspec.json.Decoder(convert(response.model, msgspec_model)).decode
    openai_client = openai.OpenAI(
        api_key="key",
        base_url=URL,
        http_client=httpx2.Client(transport=httpx2.MockTransport(respond2)),
    )
    cast_to = convert(response.model, openai_model)
    call = partial(response.call, client)
    return {
        "httpx, json": lambda: get().json(),
        "httpx, pydantic": lambda: validate(get().content),
        "httpx, msgspec": lambda: decode(get().content),
        "openai's client": lambda: openai_client.get(response.path, cast_to=cast_to),
        "this client": partial(without_msgspec, call),
        "this client, with msgspec": call,
    }


def without_msgspec(call: Callable[[], Any]) -> Any:
    """Call the client as if msgspec were not installed."""
    with_msgspec = json_parser._msgspec
    json_parser._msgspec = no_msgspec  # type: ignore[assignment]
    try:
        return call()
    finally:
        json_parser._msgspec = with_msgspec


def no_msgspec() -> None:
    """Return that msgspec is not installed."""


def check(response: Response, runs: dict[str, Callable[[], Any]]) -> None:
    """Check that each candidate decodes every field."""
    expected = json.loads(response.body)
    assert runs["httpx, json"]() == expected
    for name in ("httpx, pydantic", "openai's client"):
        assert runs[name]().model_dump(by_alias=True, exclude_unset=True) == expected
    assert msgspec.to_builtins(runs["httpx, msgspec"]()) == expected
    for name in ("this client", "this client, with msgspec"):
        assert runs[name]().to_dict() == expected


def main() -> None:
    """Compare all candidates."""
    store = ConversationStore(CONVERSATIONS, seed=1, agent_id=AGENT)
    for response in (page(store), detail(store)):
        runs = candidates(response)
        check(response, runs)
        title = f"Decoding {response.title}, {len(response.body):,} bytes of JSON"
        compare_cpu_time(title, runs, baseline="httpx, pydantic", calls=response.calls)


if __name__ == "__main__":
    main()
