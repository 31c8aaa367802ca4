"""The client and the directory that are passed to an export."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import httpx
import pytest

from polyai_conversations import AsyncConversationsClient, ConversationsClient
from polyai_conversations.export import export, export_async

if TYPE_CHECKING:
    from pathlib import Path

    from exporter import Exporter

SETTINGS: dict[str, Any] = {
    "api_key": "key",
    "agent_id": "agent",
    "base_url": "https://api.example",
}


def run_export_async(client: Any, directory: Path) -> None:
    asyncio.run(export_async(client, directory))


@pytest.mark.parametrize(
    ("function", "kind", "message"),
    [
        (export, AsyncConversationsClient, "ConversationsClient, not AsyncConv"),
        (export, None, "ConversationsClient, not None"),
        (run_export_async, ConversationsClient, "AsyncConversationsClient, not Conv"),
        (run_export_async, None, "AsyncConversationsClient, not None"),
    ],
)
def test_client_of_the_wrong_kind_is_rejected(
    tmp_path: Path, function: Any, kind: Any, message: str
) -> None:
    client = kind and kind(**SETTINGS)
    remedy = "export takes a ConversationsClient, and export_async takes an AsyncConv"
    with pytest.raises(ValueError, match=rf"^client must be of the type {message}.*; {remedy}"):
        function(client, tmp_path / "calls")
    assert not (tmp_path / "calls").exists()


@pytest.mark.parametrize("name", ["calls.py", "calls.py/may"])
def test_file_in_place_of_the_directory_is_rejected_before_anything_is_sent(
    exporter: Exporter, tmp_path: Path, name: str
) -> None:
    file = tmp_path / "calls.py"
    file.write_bytes(b"")
    exporter.directory = tmp_path / name
    exporter.server = Mock()
    message = re.escape(f"directory must be a directory, but {file} is a file")
    with pytest.raises(ValueError, match=message):
        exporter.run()
    assert not exporter.server.called
    assert list(tmp_path.iterdir()) == [file]


def test_mock_with_the_specification_of_a_client_is_accepted(tmp_path: Path) -> None:
    client = Mock(spec=ConversationsClient, agent_id="agent", base_url="https://api.example")
    page = {"conversations": [], "count": 0, "limit": 100, "offset": 0}
    request = httpx.Request("GET", "https://api.example/")
    client.send.return_value = httpx.Response(200, request=request, json=page)
    assert export(client, tmp_path / "calls").conversations == 0
