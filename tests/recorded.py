"""How exchanges are recorded and replayed: from where, under which names, and without secrets."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit, urlunsplit

import attrs

from polyai_conversations import ConversationsClient
from polyai_conversations.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

LIVE: Final = os.environ.get("POLYAI_CASSETTES") == "live"
CASSETTES: Final = Path(__file__).parent / ("cassettes-live" if LIVE else "cassettes")

DOCUMENTED_HOST: Final = "api.us.poly.ai"
AGENT: Final = "PROJECT-SANDBOX"
CORRELATION_ID: Final = "00000000-0000-4000-8000-000000000000"
_PASSING_HEADERS: Final = {"date", "server", "set-cookie"}


@attrs.frozen
class Api:
    """What the tests talk to: the sandbox or the vendor while recording, a cassette otherwise."""

    url: str
    key: str = attrs.field(repr=False)
    agent_id: str
    conversation_id: str
    """A finished call with a recording, on which notes and annotations may be written."""


@contextmanager
def recording_api() -> Iterator[Api]:
    if LIVE:
        yield _vendor()
        return
    with Sandbox(conversations=40, seed=7) as sandbox:
        yield Api(sandbox.url, sandbox.api_key, sandbox.agent_id, replayed_api().conversation_id)


def replayed_api() -> Api:
    conversation_id = os.environ["POLYAI_CONVERSATION_ID"] if LIVE else SHORTEST_CALL
    return Api(f"https://{DOCUMENTED_HOST}", "replayed", AGENT, conversation_id)


def _vendor() -> Api:
    with ConversationsClient() as client:
        key = os.environ["POLYAI_API_KEY"]
        return Api(client.base_url, key, client.agent_id, os.environ["POLYAI_CONVERSATION_ID"])


def vcr_settings(api: Api) -> dict[str, Any]:
    """Name every exchange as the documentation would, whoever was asked."""

    def rename(request: Any) -> Any:
        url = urlsplit(request.uri)
        path = url.path.replace(f"/agents/{api.agent_id}/", f"/agents/{AGENT}/")
        request.uri = urlunsplit(url._replace(scheme="https", netloc=DOCUMENTED_HOST, path=path))
        request.headers["host"] = DOCUMENTED_HOST
        return request

    def clean(response: dict[str, Any]) -> dict[str, Any]:
        headers = response["headers"]
        names = {api.url: f"https://{DOCUMENTED_HOST}"}
        for name in list(headers):
            if name.lower() in _PASSING_HEADERS:
                del headers[name]
            elif name.lower() == "x-polyai-correlation-id":
                names[headers[name][0]] = CORRELATION_ID
                headers[name] = [CORRELATION_ID]
        _rename_in_body(response, names)
        return response

    return {
        "before_record_request": rename,
        "before_record_response": clean,
        "decode_compressed_response": True,
        "filter_headers": [
            ("x-api-key", "REDACTED"),
            ("x-polyai-correlation-id", CORRELATION_ID),
            ("user-agent", "polyai-conversations-python"),
        ],
        "match_on": ["method", "scheme", "host", "port", "path", "query", "body"],
    }


def _rename_in_body(response: dict[str, Any], names: dict[str, str]) -> None:
    """Bodies may name the host, in an absolute `audioUrl`, and name the exchange, in `error_id`."""
    body: bytes = response["body"]["string"]
    for name, documented in names.items():
        body = body.replace(name.encode(), documented.encode())
    response["body"]["string"] = body
    for name in response["headers"]:
        if name.lower() == "content-length":
            response["headers"][name] = [str(len(body))]


SHORTEST_CALL: Final = "CAc174527f704bc30edf381aed2e2ac0ea"
