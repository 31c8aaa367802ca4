"""The contract as the sandbox hands it out, without a key."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
import yaml

from polyai_conversations.sandbox import Sandbox, reference

if TYPE_CHECKING:
    from collections.abc import Iterator

SPEC = Path(__file__).parent.parent / "openapi.yaml"


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with (
        Sandbox(conversations=20, seed=7, api_key="</script>&") as sandbox,
        httpx.Client(base_url=sandbox.url) as http,
    ):
        yield http


def test_the_contract_is_served_as_it_is(http: httpx.Client) -> None:
    answer = http.get("/openapi.yaml")
    assert answer.content == SPEC.read_bytes()
    assert answer.headers["content-type"].startswith("application/yaml")


def test_the_page_has_the_sandboxs_own_examples_and_no_other_host(
    http: httpx.Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = tmp_path / "reference.js"
    script.write_text("made()")
    monkeypatch.setattr(reference, "SCRIPT", script)
    page = http.get("/docs")
    assert "PROJECT-SANDBOX" in page.text
    assert not any(example in page.text for example in reference.EXAMPLES)
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert page.text.count("</script>") == 2, "a setting ended the script"
    assert http.get("/docs/reference.js").text == "made()"


def test_an_agent_of_any_name_stands_on_the_page(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(reference, "SCRIPT", tmp_path)
    agent_id = 'our: "ü/x" #1'
    with Sandbox(conversations=5, agent_id=agent_id) as sandbox:
        page = httpx.get(f"{sandbox.url}/docs").text
    (settings,) = re.findall("const page = (.*);\n", page)
    contract = yaml.safe_load(json.loads(settings)["settings"]["content"])
    assert contract["components"]["parameters"]["AgentId"]["example"] == agent_id
    assert "our%3A%20%22%C3%BC%2Fx%22%20%231/conversations/CA" in str(contract["paths"])


def test_the_contract_has_the_examples_that_the_page_replaces() -> None:
    assert all(example in SPEC.read_text() for example in reference.EXAMPLES)


def test_a_page_that_was_not_built_says_how(
    http: httpx.Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(reference, "SCRIPT", tmp_path / "reference.js")
    assert "nox -s docs" in http.get("/docs").text
    assert http.get("/docs/reference.js").status_code == 404


def test_a_sandbox_without_conversations_has_a_page(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(reference, "SCRIPT", tmp_path)
    with Sandbox(conversations=0) as sandbox:
        assert httpx.get(f"{sandbox.url}/docs").status_code == 200
