"""Transcripts as text, Markdown, WebVTT, SRT and JSON."""

from __future__ import annotations

import itertools
import json
import re
from html import unescape
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_conversations.models import (
    ConversationDetailResponse,
    ConversationSummaryResponse,
    GetConversationsResponse,
)
from polyai_conversations.transcripts import SUFFIXES, TranscriptFormat, transcript
from polyai_conversations.views import view

if TYPE_CHECKING:
    from polyai_conversations.sandbox import Sandbox

IDS = {"conversationId": "KA-123", "accountId": "ws", "projectId": "agent"}
CALL = {
    **IDS,
    "startedAt": "2026-05-26T10:00:00Z",
    "duration": 91,
    "channel": "VOICE-SIP",
    "shortSummary": {"heading": "Table for twelve", "content": "It was put through."},
    "turns": [
        {
            "agent_response": "Good morning, how can I help?",
            "agent_response_datetime": "2026-05-26T10:00:04.288Z",
        },
        {
            "user_input": "Una mesa <para> doce & más --> {hoy}\n\n*por favor*",
            "user_input_datetime": "2026-05-26T10:00:12.500Z",
            "translated_user_input": "A table for twelve",
            "barge_in": True,
            "agent_response": "Sí.",
            "agent_response_datetime": "2026-05-26T10:00:14.474Z",
            "latency": 1.974,
        },
        {"is_silence": True, "agent_response": "Are you still there?"},
    ],
}


@attrs.frozen
class Cue:
    """A cue as a player would show it, with times in milliseconds."""

    start: int
    end: int
    speaker: str
    text: str


CUE_TIME = r"(\d{2,}):([0-5]\d):([0-5]\d)%s(\d{3})"
VTT_TIMES = re.compile(f"{CUE_TIME % '[.]'} --> {CUE_TIME % '[.]'}")
SRT_TIMES = re.compile(f"{CUE_TIME % ','} --> {CUE_TIME % ','}")
VTT_TEXT = re.compile(r"<v (User|Agent)>((?:[^<>&\r\n]|&(?:lt|gt|amp);)+)")
SRT_TEXT = re.compile(r"(User|Agent): ([^<>{}\r\n]+)")


def milliseconds(hours: str, minutes: str, seconds: str, fraction: str) -> int:
    return ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1_000 + int(fraction)


def parse_cue(block: str, time_line: re.Pattern[str], text_line: re.Pattern[str]) -> Cue:
    """Parse the two lines of a cue; raise an error for anything that is not allowed in them."""
    times, text = block.split("\n")
    parsed, said = time_line.fullmatch(times), text_line.fullmatch(text)
    assert parsed, times
    assert said, text
    groups = parsed.groups()
    start, end = milliseconds(*groups[:4]), milliseconds(*groups[4:])
    return Cue(start, end, said[1], unescape(said[2]))


def parse_vtt(text: str) -> list[Cue]:
    header, *blocks = text.removesuffix("\n").split("\n\n")
    assert header == "WEBVTT"
    return [parse_cue(block, VTT_TIMES, VTT_TEXT) for block in blocks]


def parse_srt(text: str) -> list[Cue]:
    *blocks, end = text.split("\n\n")
    assert end == ""
    cues = []
    for number, block in enumerate(blocks, start=1):
        index, cue = block.split("\n", 1)
        assert index == str(number)
        cues.append(parse_cue(cue, SRT_TIMES, SRT_TEXT))
    return cues


PARSERS = {"vtt": parse_vtt, "srt": parse_srt}


def transcript_of(conversation: dict[str, Any], output: TranscriptFormat) -> str:
    return transcript(ConversationDetailResponse.from_dict(conversation), output)


def test_text_has_a_line_for_each_speaker() -> None:
    assert transcript_of(CALL, "text") == (
        "KA-123, 2026-05-26 10:00:00 UTC, 1:31, VOICE-SIP\n"
        "Table for twelve. It was put through.\n"
        "\n"
        "[0:04] Agent: Good morning, how can I help?\n"
        "[0:12] User: Una mesa <para> doce & más --> {hoy} *por favor* (A table for twelve) "
        "(the user interrupted)\n"
        "[0:14] Agent: Sí.\n"
        "User: (the user said nothing)\n"
        "Agent: Are you still there?\n"
    )


def test_markdown_has_a_paragraph_for_each_speaker() -> None:
    assert transcript_of(CALL, "markdown") == (
        "# Table for twelve\n"
        "\n"
        "KA-123, 2026-05-26 10:00:00 UTC, 1:31, VOICE-SIP\n"
        "\n"
        "It was put through.\n"
        "\n"
        "**Agent** [0:04] Good morning, how can I help?\n"
        "\n"
        r"**User** [0:12] Una mesa \<para\> doce \& más --\> {hoy} \*por favor\* "
        "*(A table for twelve)* *(the user interrupted)*\n"
        "\n"
        "**Agent** [0:14] Sí.\n"
        "\n"
        "**User** *(the user said nothing)*\n"
        "\n"
        "**Agent** Are you still there?\n"
    )


@pytest.mark.parametrize(
    ("content", "escaped"),
    [
        ("1. Booked", r"1\. Booked"),
        ("- Booked", r"\- Booked"),
        ("# Booked", r"\# Booked"),
        ("[a](b) `c` _d_", r"\[a\](b) \`c\` \_d\_"),
        ("\\ and $", r"\\ and \$"),
    ],
)
def test_markdown_syntax_in_text_is_escaped(content: str, escaped: str) -> None:
    summary = {"heading": "Heading", "content": content}
    lines = transcript_of({**IDS, "shortSummary": summary}, "markdown").splitlines()
    assert lines == ["# Heading", "", "KA-123", "", escaped]


def test_vtt_cues_are_relative_to_the_start_of_the_call() -> None:
    assert parse_vtt(transcript_of(CALL, "vtt")) == [
        Cue(4_288, 6_221, "Agent", "Good morning, how can I help?"),
        Cue(9_300, 12_500, "User", "Una mesa <para> doce & más --> {hoy} *por favor*"),
        Cue(14_474, 15_474, "Agent", "Sí."),
        Cue(15_474, 16_807, "Agent", "Are you still there?"),
    ]


def test_srt_has_the_cues_of_vtt_without_characters_that_players_interpret() -> None:
    vtt, srt = parse_vtt(transcript_of(CALL, "vtt")), parse_srt(transcript_of(CALL, "srt"))
    substitutes = str.maketrans("<>{}", "\u2039\u203a()")
    assert srt == [attrs.evolve(cue, text=cue.text.translate(substitutes)) for cue in vtt]


@pytest.mark.parametrize("output", PARSERS)
def test_time_of_an_agent_ends_the_estimate_for_the_user(output: TranscriptFormat) -> None:
    turns = [
        {"agent_response": "x" * 300, "agent_response_datetime": "2026-05-26T10:00:01Z"},
        {"user_input": "No!", "user_input_datetime": "2026-05-26T10:00:03Z"},
    ]
    agent, user = PARSERS[output](transcript_of({**CALL, "turns": turns}, output))
    assert (agent.start, agent.end, user.start, user.end) == (1_000, 2_000, 2_000, 3_000)


def test_call_without_a_start_begins_with_its_first_turn() -> None:
    call = {name: value for name, value in CALL.items() if name != "startedAt"}
    assert parse_vtt(transcript_of(call, "vtt"))[0].start == 0
    assert "\n[0:00] Agent: Good morning" in transcript_of(call, "text")


def refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def test_number_that_no_float_can_hold_is_null_in_json() -> None:
    values = {"agent_response": "Hello", "confidence": float("inf"), "scores": [{"a": -1e999}, 0.5]}
    text = transcript_of({**IDS, "turns": [values]}, "json")
    (turn,) = json.loads(text, parse_constant=refuse)["turns"]
    assert turn["other"] == {"confidence": None, "scores": [{"a": None}, 0.5]}


def test_json_omits_the_other_values_of_a_turn_that_are_nested_too_deeply() -> None:
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    turns = [{"agent_response": "One", "x": nested}, {"agent_response": "Two", "x": [[1]]}]
    content = json.loads(transcript_of({**IDS, "turns": turns}, "json"))
    texts_and_others = [(turn["text"], turn["other"]) for turn in content["turns"]]
    assert texts_and_others == [("One", {}), ("Two", {"x": [[1]]})]


def test_json_has_the_turns_with_their_offsets() -> None:
    content = json.loads(transcript_of(CALL, "json"))
    assert content["started_at"] == "2026-05-26T10:00:00+00:00"
    assert content["summary"]["heading"] == "Table for twelve"
    turn = content["turns"][2]
    assert (turn["index"], turn["speaker"], turn["text"]) == (1, "agent", "Sí.")
    assert (turn["offset"], turn["latency"]) == (14.474, 1.974)


@pytest.mark.parametrize("output", SUFFIXES)
def test_conversation_of_the_list_has_an_empty_transcript(output: TranscriptFormat) -> None:
    text = transcript(ConversationSummaryResponse.from_dict(IDS), output)
    assert "Agent" not in text
    if output in PARSERS:
        assert PARSERS[output](text) == []


def test_unknown_format_is_rejected() -> None:
    with pytest.raises(ValueError, match="format must be one of text, markdown, vtt, srt, json"):
        transcript_of(CALL, "html")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"format must be one of .*, not \[\]"):
        transcript_of(CALL, [])  # type: ignore[arg-type]


@pytest.mark.parametrize("output", SUFFIXES)
def test_transcript_of_a_view_is_that_of_its_conversation(output: TranscriptFormat) -> None:
    call = view(ConversationDetailResponse.from_dict(CALL))
    assert transcript(call, output) == transcript_of(CALL, output)


def test_transcript_of_a_page_is_refused_with_a_remedy() -> None:
    with pytest.raises(ValueError, match="not GetConversationsResponse: pass each of"):
        transcript(GetConversationsResponse([], 0, 1, 0))  # type: ignore[arg-type]


@pytest.mark.parametrize("output", SUFFIXES)
def test_every_conversation_of_the_sandbox_has_a_transcript(
    sandbox: Sandbox, output: TranscriptFormat
) -> None:
    for row in sandbox.store.page(200, 0):
        detail = sandbox.store.detail(row["conversationId"])
        text = transcript_of(detail, output)
        if output in PARSERS:
            said = [cue.text for cue in PARSERS[output](text) if cue.speaker == "Agent"]
            assert said == [turn["agent_response"] for turn in detail["turns"]]


seconds = st.none() | st.integers(0, 59).map(lambda n: f"2026-05-26T10:00:{n:02}.5Z")
words = st.text(max_size=40) | st.sampled_from(["-->", "a\r\n\r\nb", "<b>&amp;", "\ud800", "1"])
turns = st.fixed_dictionaries(
    {
        "user_input": words,
        "user_input_datetime": seconds | st.just("2025-05-26T10:00:00Z"),
        "agent_response": words,
        "agent_response_datetime": seconds,
    }
)


@pytest.mark.parametrize("output", PARSERS)
@given(turns=st.lists(turns, max_size=5), started=seconds)
def test_cues_are_valid_in_order_and_do_not_overlap(
    output: TranscriptFormat, turns: list[dict[str, Any]], started: str | None
) -> None:
    text = transcript_of({**IDS, "turns": turns, "startedAt": started}, output)
    cues = PARSERS[output](text)
    assert all(cue.start < cue.end for cue in cues)
    assert all(one.end <= next_.start for one, next_ in itertools.pairwise(cues))
    assert text.encode().decode() == text
