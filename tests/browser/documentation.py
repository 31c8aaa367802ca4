"""Every page of the documentation in a real browser; `nox -s docs` runs these tests."""

from __future__ import annotations

import functools
import html
import re
import shutil
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest
from playwright.sync_api import sync_playwright
from reference import FLAGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

SITE = Path(__file__).parent.parent.parent / "build" / "site"
PAGES = sorted(
    path.relative_to(SITE).as_posix()
    for path in SITE.rglob("*.html")
    if "_modules" not in path.parts
)
TARGET = re.compile(r'\s(?:href|src)="([^"]+)"')
FAULTS = """() => [
  ...(document.documentElement.scrollWidth > innerWidth ? ["the page is too wide"] : []),
  ...[...document.querySelectorAll("img[src]")]
    .filter(image => !image.naturalWidth).map(image => `broken: ${image.src}`),
  ...[...document.querySelectorAll("article table, article pre")].filter(each => {
    for (let box = each; box.tagName !== "ARTICLE"; box = box.parentElement)
      if (["auto", "scroll"].includes(getComputedStyle(box).overflowX)) return false;
    return each.getBoundingClientRect().right > innerWidth;
  }).map(each => `cut off: ${each.textContent.trim().slice(0, 40)}`),
]"""


class Handler(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    handler = functools.partial(Handler, directory=str(SITE))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)


@pytest.mark.parametrize("width", [1280, 400])
def test_nothing_is_cut_off_or_missing(browser: Browser, url: str, width: int) -> None:
    assert PAGES
    found = {}
    page = browser.new_page(viewport={"width": width, "height": 900})
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    for name in PAGES:
        page.goto(url + name)
        if faults := page.evaluate(FAULTS):
            found[name] = faults
    page.close()
    assert found == {}
    assert hosts - {""} == {urlsplit(url).netloc}


def test_every_link_leads_to_a_file_and_an_anchor() -> None:
    origin = "http://site/"
    texts = {path.relative_to(SITE).as_posix(): path.read_text() for path in SITE.rglob("*.html")}
    broken = []
    for name, text in texts.items():
        if name.startswith("contract/"):  # its script draws it
            continue
        for link in TARGET.findall(text):
            target, anchor = urldefrag(urljoin(origin + name, html.unescape(link)))
            if not target.startswith(origin):
                continue
            path = unquote(urlsplit(target).path).removeprefix("/")
            exists = (SITE / path).is_file()
            if not exists or (anchor and f'id="{unquote(anchor)}"' not in texts.get(path, "")):
                broken.append(f"{name}: {link}")
    assert broken == []


def test_llms_txt_lists_pages_that_exist_and_the_full_text_has_their_tables() -> None:
    links = re.findall(r"\]\(([^)]+)\)", (SITE / "llms.txt").read_text())
    assert len(links) > 20
    assert [link for link in links if not (SITE / link).exists()] == []
    full = (SITE / "llms-full.txt").read_text()
    assert "```{" not in full
    assert "| `conversation_id` | `string` |" in full


def test_no_internals_appear_in_the_reference() -> None:
    text = (SITE / "reference" / "python.html").read_text()
    for internal in ("attr_dict[", " object at 0x", "NOTHING"):
        assert internal not in text
