"""The page at /docs in a real browser; `nox -s docs` runs these tests if Chromium is installed."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect, sync_playwright

from polyai_conversations.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(conversations=20, seed=7) as sandbox:
        yield sandbox


@pytest.fixture
def page(sandbox: Sandbox) -> Iterator[Page]:
    """Open the page; at the end, check that it logged no errors and contacted no other host."""
    errors: list[str] = []
    hosts: set[str] = set()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(FLAGS)
        )
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.on(
            "console", lambda message: errors.extend([message.text] * (message.type == "error"))
        )
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
        page.goto(f"{sandbox.url}/docs")
        yield page
        page.screenshot(path=Path(tempfile.gettempdir(), "reference.png"))
        browser.close()
    assert errors == []
    assert hosts - {""} == {urlsplit(sandbox.url).netloc}


def open_operation(page: Page, summary: str, method: str, path: str) -> None:
    page.get_by_text(summary).first.click()
    name = f"Test Request ({method} /v1/agents/{{agentId}}/conversations{path})"
    page.get_by_role("button", name=name, exact=True).click()


def test_an_operation_shows_its_curl_command(page: Page) -> None:
    page.get_by_text("List an agent's conversations").first.click()
    expect(page.get_by_role("heading", name="List an agent's conversations")).to_be_visible()
    command = page.get_by_text(re.compile(r"curl '?http://127\.0\.0\.1.*conversations"))
    expect(command.first).to_be_visible()


def test_an_operation_succeeds_with_its_examples(page: Page) -> None:
    open_operation(page, "List an agent's conversations", "get", "")
    page.get_by_role("dialog").get_by_role("button", name="Send Request").last.click()
    expect(page.get_by_role("dialog").get_by_text("200 OK")).to_be_visible()


def test_a_recording_can_be_downloaded_and_played(page: Page) -> None:
    open_operation(page, "Get the recording of a conversation", "get", "/{conversationId}/audio")
    page.get_by_role("dialog").get_by_role("button", name="Send Request").last.click()
    expect(page.get_by_role("dialog").get_by_text("200 OK")).to_be_visible()
    page.get_by_role("button", name="Close Client").first.click()
    page.get_by_role("button", name="Play the newest recording").click()
    page.wait_for_function("document.getElementById('player').currentTime > 0.2")
    assert page.evaluate("document.getElementById('player').duration") > 10
