"""How conversations and recordings are shown in notebooks."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_conversations import SavedRecording, WavFormat
from polyai_conversations._notebook import conversation_html, list_html, page_html
from polyai_conversations.models import (
    ConversationDetailResponse,
    ConversationSummaryResponse,
    GetConversationsResponse,
)
from wav_factory import wav

if TYPE_CHECKING:
    from polyai_conversations.sandbox import Sandbox

FORMAT = WavFormat(1, 8000, 1, 16, 2, frames=12_000)
IDS = {"conversationId": "id", "accountId": "account", "projectId": "project"}


class ParsedHtml(HTMLParser):
    """The elements and the text that a browser would find in a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_saved_recording_is_shown_as_a_player(tmp_path: Path) -> None:
    file = tmp_path / "call & more.wav"
    file.write_bytes(wav())
    html = ParsedHtml(SavedRecording(file, len(wav()), "0" * 64, FORMAT)._repr_html_())
    assert "audio" in html.elements
    source = f"data:audio/wav;base64,{base64.b64encode(wav()).decode()}"
    assert dict(html.attributes)["src"] == source
    assert f"{file} ({len(wav())} bytes; 1.5 s, 8,000 Hz, 1 channel)" in html.text


@pytest.mark.parametrize(("reason", "size"), [("Too large", 2**30), ("No such file", None)])
def test_a_recording_without_a_player_is_shown_with_the_reason(
    tmp_path: Path, reason: str, size: int | None
) -> None:
    path = tmp_path / "call.wav"
    if size is not None:
        with path.open("wb") as file:
            file.truncate(size)
    html = ParsedHtml(SavedRecording(path, size or 5, "", FORMAT)._repr_html_())
    assert "audio" not in html.elements
    assert reason in html.text


def test_a_recording_of_unknown_length_is_shown_without_a_duration(tmp_path: Path) -> None:
    recording = SavedRecording(tmp_path / "call.wav", 5, "", WavFormat(1, 8000, 2, 16, 4))
    html = ParsedHtml(recording._repr_html_())
    assert "(5 bytes; unknown length, 8,000 Hz, 2 channels)" in html.text


def test_a_conversation_is_shown_with_its_summary_its_fields_and_its_turns(
    sandbox: Sandbox,
) -> None:
    detail = sandbox.store.detail(sandbox.store.page(1, 0)[0]["conversationId"])
    html = ParsedHtml(conversation_html(ConversationDetailResponse.from_dict(detail)))
    assert detail["turns"]
    for turn in detail["turns"]:
        assert (turn.get("user_input") or "") in html.text
        assert (turn.get("agent_response") or "") in html.text
    assert detail["conversationId"] in html.text
    assert detail["fromNumber"] in html.text
    assert detail["shortSummary"]["heading"] in html.text


SUMMARIES = {
    "plain text": ("It is about <b>.", "It is about <b>."),
    "JSON": ('{"heading": "A", "content": "B"}', "A B"),
    "an object": ({"heading": "A", "content": None}, "A"),
    "a JSON list": ("[1]", "[1]"),
    "null": (None, ""),
}


@pytest.mark.parametrize(("summary", "shown"), SUMMARIES.values(), ids=SUMMARIES)
def test_summaries_of_every_form_are_shown(summary: Any, shown: str) -> None:
    conversation = ConversationSummaryResponse.from_dict({**IDS, "shortSummary": summary})
    assert ParsedHtml(conversation_html(conversation)).text == f"id{shown}"


DISPLAY_IN_IPYTHON = """
import sys
from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance()
shell.run_cell(sys.argv[1], store_history=False)
models = sys.modules["polyai_conversations_api.models"]
row = {"conversationId": "id-1", "accountId": "a", "projectId": "p", "turns": []}
for model in (models.ConversationSummaryResponse, models.ConversationDetailResponse):
    data, _ = shell.display_formatter.format(model.from_dict(row))
    print(data["text/html"])
"""


@pytest.mark.parametrize(
    "cell",
    [
        "import polyai_conversations.models",
        "from polyai_conversations import ConversationsClient",
        "from polyai_conversations import AsyncConversationsClient",
    ],
)
def test_ipython_shows_conversations_as_html(cell: str, tmp_path: Path) -> None:
    output = run_python(DISPLAY_IN_IPYTHON, cell, IPYTHONDIR=str(tmp_path))
    summary, detail = output.splitlines()
    assert summary == detail == "<section><h4>id-1</h4><table></table></section>"


def test_pages_and_lists_are_shown_as_tables() -> None:
    rows = [
        ConversationSummaryResponse.from_dict(
            {**IDS, "conversationId": f"id-{number}", "duration": 91, "polyScore": 4.5}
        )
        for number in range(120)
    ]
    page = ParsedHtml(page_html(GetConversationsResponse(rows[:20], 120, 20, 40)))
    assert "Conversations 41 to 60 of 120" in page.text
    assert page.elements.count("tr") == 21
    shown = ParsedHtml(list_html(rows) or "")
    assert shown.elements.count("tr") == 101
    assert "and 20 more" in shown.text
    assert "id-71:314.5" in shown.text.replace("\n", "")


def test_tables_do_not_break_times_and_channels() -> None:
    row = {**IDS, "startedAt": "2026-05-26T12:00:00Z", "channel": "VOICE-SIP", "inProgress": True}
    html = list_html([ConversationSummaryResponse.from_dict(row)]) or ""
    started, *others = re.findall(r"nowrap\">([^<]*)", html)
    assert started.startswith("2026-05-26 ")
    assert others == ["in progress", "VOICE-SIP"]


def test_an_empty_page_says_so() -> None:
    assert "none of 3" in page_html(GetConversationsResponse([], 3, 20, 40))


@pytest.mark.parametrize("items", [[], [1], ["a", ConversationSummaryResponse("a", "b", "c")]])
def test_other_lists_are_shown_as_usual(items: list[Any]) -> None:
    assert list_html(items) is None


def test_times_are_local_and_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        turn = {"user_input": "Hi", "user_input_datetime": "2026-05-26T10:00:05Z"}
        row = {**IDS, "startedAt": "2026-05-26T10:00:00Z", "turns": [turn]}
        text = ParsedHtml(conversation_html(ConversationDetailResponse.from_dict(row))).text
    finally:
        monkeypatch.undo()
        time.tzset()
    assert "2026-05-26 19:00 JST" in text
    assert "19:00:05UserHi" in text


WITHOUT_IPYTHON = {
    "not imported": "import polyai_conversations.models, sys; print('IPython' in sys.modules)",
    "imported, but not running": (
        "import IPython, polyai_conversations.models; print(IPython.get_ipython() is not None)"
    ),
}


@pytest.mark.parametrize("script", WITHOUT_IPYTHON.values(), ids=WITHOUT_IPYTHON)
def test_ipython_is_neither_imported_nor_started(script: str, tmp_path: Path) -> None:
    assert run_python(script, IPYTHONDIR=str(tmp_path)) == "False\n"


def run_python(script: str, *arguments: str, **environment: str) -> str:
    return subprocess.check_output(
        [sys.executable, "-c", script, *arguments], env={**os.environ, **environment}, text=True
    )


HARMLESS = {"section", "h4", "p", "b", "table", "tr", "th", "td"}
hostile_text = (
    st.just("<script>alert('x')</script>\"'&")
    | st.text()
    | st.sampled_from(["</td>", "<img src=x onerror=y>", "&lt;"])
)


@given(hostile_text, hostile_text, hostile_text)
def test_values_of_a_conversation_are_escaped(conversation_id: str, said: str, tag: str) -> None:
    row = {
        **IDS,
        "conversationId": conversation_id,
        "note": said,
        "shortSummary": json.dumps({"heading": said, "content": tag}),
        "tags": [tag],
        "fromNumber": tag,
        "turns": [
            {"user_input": said, "agent_response": tag, "user_input_datetime": conversation_id}
        ],
    }
    html = ParsedHtml(conversation_html(ConversationDetailResponse.from_dict(row)))
    assert set(html.elements) <= HARMLESS
    assert set(html.attributes) <= {("style", "text-align: left")}


@given(hostile_text)
def test_file_names_are_escaped(name: str) -> None:
    path = Path("/nowhere", name.replace("\0", "") or "x")
    html = ParsedHtml(SavedRecording(path, 1, "", FORMAT)._repr_html_())
    assert set(html.elements) <= {"figure", "figcaption", "p"}
