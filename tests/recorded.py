"""Recording and replaying of exchanges, with hosts and ids replaced and secrets removed."""

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
CONVERSATION_ID: Final = "CAc174527f704bc30edf381aed2e2ac0ea"
"""The shortest call of the sandbox, which keeps the cassettes small."""
CORRELATION_ID: Final = "00000000-0000-4000-8000-000000000000"
_VARYING_HEADERS: Final = {"date", "server", "set-cookie"}


@attrs.frozen
class Api:
    """The API under test: the sandbox or the live API while recording, otherwise a cassette."""

    url: str
    key: str = attrs.field(repr=False)
    agent_id: str
    conversation_id: str
    """A call that has ended and has a recording; the tests add notes and annotations to it."""


@contextmanager
def recording_api() -> Iterator[Api]:
    if LIVE:
        yield _live_api()
        return
    with Sandbox(conversations=40, seed=7) as sandbox:
        yield Api(sandbox.url, sandbox.api_key, sandbox.agent_id, replayed_api().conversation_id)


def replayed_api() -> Api:
    conversation_id = os.environ["POLYAI_CONVERSATION_ID"] if LIVE else CONVERSATION_ID
    return Api(f"https://{DOCUMENTED_HOST}", "replayed", AGENT, conversation_id)


def _live_api() -> Api:
    with ConversationsClient() as client:
        key = os.environ["POLYAI_API_KEY"]
        return Api(client.base_url, key, client.agent_id, os.environ["POLYAI_CONVERSATION_ID"])


def vcr_settings(api: Api) -> dict[str, Any]:
    """Store every exchange with the documented host and agent, whatever server was recorded."""

    def replace_host_and_agent(request: Any) -> Any:
        url = urlsplit(request.uri)
        path = url.path.replace(f"/agents/{api.agent_id}/", f"/agents/{AGENT}/")
        request.uri = urlunsplit(url._replace(scheme="https", netloc=DOCUMENTED_HOST, path=path))
        request.headers["host"] = DOCUMENTED_HOST
        return request

    def remove_varying_values(response: dict[str, Any]) -> dict[str, Any]:
        headers = response["headers"]
        replacements = {api.url: f"https://{DOCUMENTED_HOST}"}
        for name in list(headers):
            if name.lower() in _VARYING_HEADERS:
                del headers[name]
            elif name.lower() == "x-polyai-correlation-id":
                replacements[headers[name][0]] = CORRELATION_ID
                headers[name] = [CORRELATION_ID]
        _replace_in_body(response, replacements)
        return response

    return {
        "before_record_request": replace_host_and_agent,
        "before_record_response": remove_varying_values,
        "decode_compressed_response": True,
        "filter_headers": [
            ("x-api-key", "REDACTED"),
            ("x-polyai-correlation-id", CORRELATION_ID),
            ("user-agent", "polyai-conversations-python"),
        ],
        "match_on": ["method", "scheme", "host", "port", "path", "query", "body"],
    }


def _replace_in_body(response: dict[str, Any], replacements: dict[str, str]) -> None:
    """Replace the host in an absolute `audioUrl`, and the correlation id in `error_id`."""
    body: bytes = response["body"]["string"]
    for received, documented in replacements.items():
        body = body.replace(received.encode(), documented.encode())
    response["body"]["string"] = body
    for name in response["headers"]:
        if name.lower() == "content-length":
            response["headers"][name] = [str(len(body))]
