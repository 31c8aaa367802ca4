"""The reference page and the contract as the sandbox serves them, without an API key."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import httpx
import pytest
import yaml
from starlette.applications import Starlette

from polyai_conversations.sandbox import Sandbox
from polyai_conversations.sandbox.data.store import ConversationStore
from polyai_conversations.sandbox.server.reference_page import CONTRACT_EXAMPLES, ReferencePage

SPEC = Path(__file__).parent.parent / "openapi.yaml"
AGENT = "PROJECT-SANDBOX"


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "reference.js"
    path.write_text("built()")
    return path


def get(path: str, script: Path, agent_id: str = AGENT, conversations: int = 20) -> httpx.Response:
    """Get a path from the reference page of a sandbox with this script."""
    store = ConversationStore(conversations, seed=7, agent_id=agent_id)
    page = ReferencePage(store, api_key="</script>&", agent_id=agent_id, script=script)
    transport = httpx.ASGITransport(Starlette(routes=page.routes()))

    async def fetch() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
            return await client.get(path)

    return asyncio.run(fetch())


def test_the_sandbox_serves_the_page_without_a_key() -> None:
    with Sandbox(conversations=1) as sandbox:
        assert httpx.get(f"{sandbox.url}/docs").status_code == 200
        assert httpx.get(f"{sandbox.url}/openapi.yaml").content == SPEC.read_bytes()


def test_the_contract_is_served_unchanged(script: Path) -> None:
    response = get("/openapi.yaml", script)
    assert response.content == SPEC.read_bytes()
    assert response.headers["content-type"].startswith("application/yaml")


def test_the_examples_on_the_page_work_on_this_sandbox(script: Path) -> None:
    page = get("/docs", script).text
    assert AGENT in page
    assert not any(example in page for example in CONTRACT_EXAMPLES)


def test_the_contract_contains_the_examples_that_the_page_replaces() -> None:
    assert all(example in SPEC.read_text() for example in CONTRACT_EXAMPLES)


def test_the_page_loads_nothing_from_other_hosts(script: Path) -> None:
    page = get("/docs", script)
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert get("/docs/reference.js", script).text == "built()"


def test_markup_in_the_api_key_does_not_end_the_script(script: Path) -> None:
    assert get("/docs", script).text.count("</script>") == 2


def test_an_agent_id_with_special_characters_is_escaped_on_the_page(script: Path) -> None:
    agent_id = 'our: "ü/x" #1'
    page = get("/docs", script, agent_id).text
    (settings,) = re.findall("const page = (.*);\n", page)
    contract = yaml.safe_load(json.loads(settings)["settings"]["content"])
    assert contract["components"]["parameters"]["AgentId"]["example"] == agent_id
    row = contract["components"]["examples"]["Page"]["value"]["conversations"][0]
    assert row["projectId"] == agent_id
    assert row["audioUrl"] == f"conversations/{row['conversationId']}/audio"


def test_a_page_that_is_not_built_says_how_to_build_it(tmp_path: Path) -> None:
    missing = tmp_path / "reference.js"
    assert "nox -s docs" in get("/docs", missing).text
    assert get("/docs/reference.js", missing).status_code == 404


def test_the_page_works_without_conversations(script: Path) -> None:
    assert get("/docs", script, conversations=0).status_code == 200
