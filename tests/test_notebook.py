"""What notebooks show: a player, the facts, the transcript, and nothing that was not escaped."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_conversations import SavedRecording, WavFormat
from polyai_conversations._notebook import conversation_html, recording_html
from polyai_conversations.models import ConversationDetailResponse, ConversationSummaryResponse
from polyai_conversations.sandbox import Sandbox
from wav_factory import wav

if TYPE_CHECKING:
    from collections.abc import Callable

WAV = WavFormat(1, 8000, 1, 16, 2, frames=12_000)
IDS = {"conversationId": "id", "accountId": "account", "projectId": "project"}
EVIL = "<script>alert('x')</script>\"'&"


class Elements(HTMLParser):
    """Gathers what a browser would make of a text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.text: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def show(item: Any) -> Elements:
    return Elements(item._repr_html_())  # what notebooks call


def test_a_saved_recording_is_a_player(tmp_path: Path) -> None:
    file = tmp_path / "call & more.wav"
    file.write_bytes(wav())
    page = show(SavedRecording(file, len(wav()), "0" * 64, WAV))
    assert (
        dict(page.attributes)["src"] == f"data:audio/wav;base64,{base64.b64encode(wav()).decode()}"
    )
    assert "audio" in page.names
    assert f"{file} ({len(wav())} bytes; 1.5 s, 8,000 Hz, 1 channel)" in "".join(page.text)


UNPLAYED: dict[str, Callable[[Path], SavedRecording]] = {
    "Too large": lambda path: SavedRecording(path, 2**30, "", WAV),
    "No such file": lambda path: SavedRecording(path, 5, "", WAV),
}


@pytest.mark.parametrize("reason", UNPLAYED)
def test_a_recording_that_cannot_be_played_says_why(tmp_path: Path, reason: str) -> None:
    page = show(UNPLAYED[reason](tmp_path / "call.wav"))
    assert "audio" not in page.names
    assert reason in "".join(page.text)


def test_a_conversation_shows_its_facts_and_its_transcript() -> None:
    with Sandbox(conversations=1, seed=7) as sandbox:
        row = sandbox.store.page(1, 0)[0]
        detail = sandbox.store.detail(row["conversationId"])
    page = show(ConversationDetailResponse.from_dict(detail))
    text = "".join(page.text)
    for turn in detail["turns"]:
        assert (turn.get("user_input") or "") in text
        assert (turn.get("agent_response") or "") in text
    assert detail["fromNumber"] in text
    assert json.loads(detail["shortSummary"])["heading"] in text
    assert row["conversationId"] in "".join(show(ConversationSummaryResponse.from_dict(row)).text)


def test_models_are_shown_without_further_imports() -> None:
    script = (
        "import polyai_conversations as p, polyai_conversations_api.models as m;"
        "p.ConversationsClient; print(hasattr(m.ConversationDetailResponse, '_repr_html_'))"
    )
    output = subprocess.check_output([sys.executable, "-c", script], text=True)
    assert output == "True\n"


SUMMARIES = {
    "plain": ("It is about <b>.", "It is about <b>."),
    "json": ('{"heading": "A", "content": "B"}', "A B"),
    "an object": ({"heading": "A", "content": None}, "A"),
    "a json list": ("[1]", "[1]"),
    "null": (None, ""),
}


@pytest.mark.parametrize(("told", "shown"), SUMMARIES.values(), ids=SUMMARIES)
def test_a_summary_is_shown_in_any_form(told: Any, shown: str) -> None:
    page = show(ConversationSummaryResponse.from_dict({**IDS, "shortSummary": told}))
    assert "".join(page.text) == f"id{shown}"


HARMLESS = {"section", "h4", "p", "b", "table", "tr", "th", "td"}
evil = st.just(EVIL) | st.text() | st.sampled_from(["</td>", "<img src=x onerror=y>", "&lt;"])


@given(evil, evil, evil)
def test_no_value_becomes_markup(name: str, said: str, label: str) -> None:
    row = {
        **IDS,
        "conversationId": name,
        "note": said,
        "shortSummary": json.dumps({"heading": said, "content": label}),
        "tags": [label],
        "fromNumber": label,
        "turns": [{"user_input": said, "agent_response": label, "user_input_datetime": name}],
    }
    page = Elements(conversation_html(ConversationDetailResponse.from_dict(row)))
    assert set(page.names) <= HARMLESS
    assert page.attributes == []


@given(evil)
def test_no_file_name_becomes_markup(name: str) -> None:
    path = Path("/nowhere", name.replace("\0", "") or "x")
    shown = recording_html(SavedRecording(path, 1, "", WAV))
    assert set(Elements(shown).names) <= {"figure", "figcaption", "p"}
