"""The package uses a private attribute of httpx and one of httpcore, and works without them."""

from __future__ import annotations

import ast
import inspect
import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import httpcore
import pytest

import polyai_conversations
from faulty_server import RoutedServer, respond
from polyai_conversations import _async_cancel, _interruptible
from wav_factory import wav

PACKAGE: Final = Path(polyai_conversations.__file__).parent
SOURCES: Final = [ast.parse(path.read_text()) for path in PACKAGE.rglob("*.py")]
KNOWN_PRIVATE_ATTRIBUTES: Final = {
    "operation._get_kwargs",  # a module of the generated client
    "operation._parse_response",
    "sibling._agent_id",
    "sibling._options",  # another client of the same class
    "sibling._resources",
    "lines[0]._replace",  # a public method of named tuples
    "self._pool._network_backend",
}


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def private_names(class_: type) -> set[str]:
    """Return the private attributes that the methods of a class use."""
    functions = filter(inspect.isfunction, vars(class_).values())
    return {name for method in functions for name in method.__code__.co_names if is_private(name)}


def test_the_package_uses_no_private_attributes_of_foreign_objects() -> None:
    used = {
        ast.unparse(node)
        for source in SOURCES
        for node in ast.walk(source)
        if isinstance(node, ast.Attribute)
        and is_private(node.attr)
        and ast.unparse(node.value) not in {"self", "cls"}
    }
    assert used == KNOWN_PRIVATE_ATTRIBUTES


def test_the_package_imports_no_private_modules_of_httpx() -> None:
    nodes = [node for source in SOURCES for node in ast.walk(source)]
    imported = {a.name for node in nodes if isinstance(node, ast.Import) for a in node.names} | {
        f"{node.module}.{alias.name}"
        for node in nodes
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert {"httpx", "httpcore"} <= imported
    assert not {name for name in imported if name.startswith(("httpx._", "httpcore._"))}


def test_subclasses_of_httpx_classes_share_only_the_pool_with_them() -> None:
    shared = {
        (subclass.__name__, attribute)
        for module in (_async_cancel, _interruptible)
        for subclass in vars(module).values()
        if inspect.isclass(subclass) and subclass.__module__ == module.__name__
        for base in subclass.__mro__[1:]
        if base.__module__.partition(".")[0] in {"httpx", "httpcore"}
        for attribute in private_names(subclass) & private_names(base)
    }
    assert shared == {("InterruptibleTransport", "_pool")}


def test_httpcore_pools_have_the_network_backend_that_is_replaced() -> None:
    pools = [httpcore.ConnectionPool(), httpcore.HTTPProxy("http://127.0.0.1:1")]
    assert all("_network_backend" in vars(pool) for pool in pools)


RENAME_POOL: Final = """
transports = sys.modules["httpx._transports.default"]
exec(inspect.getsource(transports).replace("self._pool", "self.connections"), vars(transports))
httpx.HTTPTransport, httpx.AsyncHTTPTransport = (
    transports.HTTPTransport, transports.AsyncHTTPTransport
)
assert not hasattr(httpx.HTTPTransport(), "_pool")
"""
RENAME_NETWORK_BACKEND: Final = """
import httpcore

for name in ["connection", "connection_pool", "http_proxy"]:
    module = importlib.import_module(f"httpcore._sync.{name}")
    source = inspect.getsource(module).replace("self._network_backend", "self.backend")
    exec(source, vars(module))
    for class_ in ["HTTPConnection", "ConnectionPool", "HTTPProxy"]:
        setattr(httpcore, class_, getattr(module, class_, getattr(httpcore, class_)))
assert not hasattr(httpx.HTTPTransport()._pool, "_network_backend")
assert not hasattr(httpx.HTTPTransport(proxy="http://127.0.0.1:1")._pool, "_network_backend")
"""
RENAMINGS: Final = {"httpx": RENAME_POOL, "httpcore": RENAME_NETWORK_BACKEND}
IMPORTS: Final = """
import asyncio
import importlib
import inspect
import json
import sys
import tempfile
from pathlib import Path
import httpx
"""
MAKE_EVERY_CALL: Final = """
from polyai_conversations import AsyncConversationsClient, ConversationsClient
from polyai_conversations.export import export

settings = {"api_key": "key", "agent_id": "agent", "base_url": sys.argv[1]}
annotation = {"turnId": 0, "role": "user", "annotationType": "wrong_info"}
with ConversationsClient(**settings) as client, tempfile.TemporaryDirectory() as folder:
    directory = Path(folder)
    with client.open_audio("first") as recording:
        streamed = sum(len(chunk) for chunk in recording.iter_bytes())
    results = {
        "list_page": client.list_page().count,
        "list_conversations": [c.conversation_id for c in client.list_conversations()],
        "get_conversation": client.get_conversation("first").conversation_id,
        "upsert_note": client.upsert_note("first", "note").success,
        "add_annotations": client.add_annotations("first", [annotation]).success,
        "read_audio": len(client.read_audio("first")),
        "open_audio": streamed,
        "save_audio": client.save_audio("first", directory / "call.wav").bytes,
        "save_audio_batch": list(client.save_audio_batch(["first"], directory / "batch").saved),
        "export": export(client, directory / "export", details=True, audio="user").recordings,
    }
    for conversation in client.list_conversations(page_size=1):
        results["loop left after"] = conversation.conversation_id
        break

async def get_conversation():
    async with AsyncConversationsClient(**settings) as client:
        return (await client.get_conversation("first")).conversation_id

results["async get_conversation"] = asyncio.run(get_conversation())
print(json.dumps(results))
"""


@pytest.mark.parametrize("rename", RENAMINGS.values(), ids=RENAMINGS)
def test_every_call_works_if_a_library_renames_its_private_attribute(rename: str) -> None:
    """Leaving a loop then waits for the requests under way, instead of interrupting them."""
    file = wav(bytes(1000))
    conversation = {
        "conversationId": "first",
        "accountId": "a",
        "projectId": "p",
        "audioUrl": "https://audio.example",
    }
    page = {"conversations": [conversation], "count": 1, "limit": 50, "offset": 0}
    with RoutedServer(
        ("/audio", respond(200, file)),
        ("/note|/annotation", respond(200, b'{"success": true}')),
        ("/conversations/first$", respond(200, json.dumps(conversation).encode())),
        ("/conversations", respond(200, json.dumps(page).encode())),
    ) as server:
        program = IMPORTS + rename + MAKE_EVERY_CALL
        printed = subprocess.check_output([sys.executable, "-c", program, server.url], text=True)
    assert json.loads(printed) == {
        "list_page": 1,
        "list_conversations": ["first"],
        "get_conversation": "first",
        "upsert_note": True,
        "add_annotations": True,
        "read_audio": len(file),
        "open_audio": len(file),
        "save_audio": len(file),
        "save_audio_batch": ["first"],
        "export": 1,
        "loop left after": "first",
        "async get_conversation": "first",
    }
