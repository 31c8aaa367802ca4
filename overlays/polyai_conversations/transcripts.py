"""Writes the transcript of a conversation as text, Markdown, WebVTT or SRT subtitles, or JSON.

```python
from polyai_conversations.transcripts import transcript

print(transcript(client.get_conversation(conversation_id), "markdown"))
```
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from html import escape
from typing import Any, Final, Literal

import attrs

from .views import Conversation, ConversationView, Turn, format_duration, view
from .views.json_text import to_json_text

TranscriptFormat = Literal["text", "markdown", "vtt", "srt", "json"]
SUFFIXES: Final[dict[TranscriptFormat, str]] = {
    "text": ".txt",
    "markdown": ".md",
    "vtt": ".vtt",
    "srt": ".srt",
    "json": ".json",
}
"""The formats, and the suffixes of their files."""

_CHARACTERS_PER_SECOND: Final = 15
_SHORTEST_CUE: Final = 1_000
_UNPRINTABLE: Final = {"Cc", "Cs", "Zl", "Zp"}
_MARKDOWN_SYNTAX: Final = re.compile(r"([\\`*_\[\]<>|~&$])")
_MARKDOWN_LIST: Final = re.compile(r"^([0-9]*)([-+=#.)])")
# SRT cannot escape what players take for markup, so that similar characters replace it.
_SRT_SUBSTITUTES: Final = str.maketrans("<>{}", "\u2039\u203a()")
_to_indented_json: Final = partial(to_json_text, indent=2, default=datetime.isoformat)


@attrs.frozen
class _Cue:
    """What is shown from `start` to `end`, in milliseconds since the start of the call."""

    start: int
    end: int
    speaker: str
    text: str


def transcript(
    conversation: Conversation | ConversationView,
    format: TranscriptFormat = "text",  # noqa: A002 - a file format
) -> str:
    """Return the transcript of a conversation.

    The times of `text` and `markdown` are relative to the start of the call. A conversation of the
    list has no turns, so its transcript has none, either.

    Subtitles (`vtt`, `srt`) need a start and an end for each cue, but the API sends one time for
    each turn: when the agent started to speak, or when the user's speech had been transcribed. The
    other one is estimated at 15 characters per second, and one second at least. A turn without a
    time follows the previous one. Cues are in order and never overlap: each one ends when the next
    one starts, at the latest. SRT cannot escape `<`, `>`, `{` and `}`; similar characters replace
    them.

    `json` is an object with `conversation_id`, `started_at`, `summary` and `turns`. The turns have
    the attributes of `views.Turn`, in the same units, and `offset`, the seconds since the start of
    the call. A number that a float cannot hold, such as 1e999, becomes null, and `other` is empty
    if it is nested too deeply.

    Args:
        conversation: The conversation with its turns, as `client.get_conversation` or `view`
            returns it.
        format: `text`, `markdown`, `vtt` (WebVTT), `srt` (SubRip) or `json`.

    Raises:
        ValueError: The format is unknown, or `conversation` is something else.
    """
    if format not in tuple(_WRITERS):  # a list, which has no hash, is no key of a dictionary
        raise ValueError(f"format must be one of {', '.join(SUFFIXES)}, not {format!r}")
    call = conversation if isinstance(conversation, ConversationView) else view(conversation)
    return "".join(f"{line}\n" for line in _WRITERS[format](call))


def _text(call: ConversationView) -> Iterator[str]:
    yield _on_one_line(_heading(call))
    if call.summary is not None:
        yield _on_one_line(str(call.summary))
    yield ""
    start = _start(call)
    for turn in call.turns:
        if turn.spoken or turn.remarks:
            parts = [_clock(turn, start), f"{turn.speaker.title()}:", turn.spoken]
            yield _on_one_line(" ".join([*parts, *(f"({remark})" for remark in turn.remarks)]))


def _markdown(call: ConversationView) -> Iterator[str]:
    yield f"# {_escape_markdown(call.summary.title if call.summary else call.conversation_id)}"
    yield ""
    yield _escape_markdown(_heading(call))
    if call.summary is not None and call.summary.heading and call.summary.content:
        yield ""
        yield _escape_markdown(call.summary.content)
    start = _start(call)
    for turn in call.turns:
        if turn.spoken or turn.remarks:
            parts = [f"**{turn.speaker.title()}**", _clock(turn, start)]
            remarks = [f"*({_escape_markdown(remark)})*" for remark in turn.remarks]
            yield ""
            yield " ".join(filter(None, [*parts, _escape_markdown(turn.spoken), *remarks]))


def _vtt(call: ConversationView) -> Iterator[str]:
    yield "WEBVTT"
    for cue in _cues(call):
        yield ""
        yield f"{_timestamp(cue.start, '.')} --> {_timestamp(cue.end, '.')}"
        yield f"<v {cue.speaker}>{escape(cue.text, quote=False)}"


def _srt(call: ConversationView) -> Iterator[str]:
    for number, cue in enumerate(_cues(call), start=1):
        yield str(number)
        yield f"{_timestamp(cue.start, ',')} --> {_timestamp(cue.end, ',')}"
        yield f"{cue.speaker}: {cue.text.translate(_SRT_SUBSTITUTES)}"
        yield ""


def _json(call: ConversationView) -> Iterator[str]:
    start = _start(call)
    turns = [
        {**attrs.asdict(turn, recurse=False), "offset": _offset(turn, start)} for turn in call.turns
    ]
    content = {
        "conversation_id": call.conversation_id,
        "started_at": call.started_at,
        "summary": None if call.summary is None else attrs.asdict(call.summary),
        "turns": turns,
    }
    try:
        yield _to_indented_json(content)
    except RecursionError:
        shallow = [_without_deep_values(turn) for turn in turns]
        yield _to_indented_json({**content, "turns": shallow})


def _without_deep_values(turn: dict[str, Any]) -> dict[str, Any]:
    try:
        _to_indented_json({"turns": [turn]})  # as deep as in the transcript
    except RecursionError:
        return {**turn, "other": {}}
    return turn


def _cues(call: ConversationView) -> list[_Cue]:
    cues: list[_Cue] = []
    start = _start(call)
    for turn in call.turns:
        text = _on_one_line(turn.spoken)
        if not text:
            continue
        cue = _cue(turn, text, _offset(turn, start), cues[-1] if cues else None)
        if cues:
            cues[-1] = attrs.evolve(cues[-1], end=min(cues[-1].end, cue.start))
        cues.append(cue)
    return cues


def _cue(turn: Turn, text: str, offset: float | None, previous: _Cue | None) -> _Cue:
    length = max(_SHORTEST_CUE, len(text) * 1_000 // _CHARACTERS_PER_SECOND)
    free = previous.end if previous else 0
    if offset is None:
        start = free
    elif turn.speaker == "agent":
        start = round(1_000 * offset)
    else:
        end = round(1_000 * offset)
        start = max(end - length, min(free, end - _SHORTEST_CUE))
        length = end - start
    start = max(start, previous.start + 1 if previous else 0)
    return _Cue(start, start + max(length, _SHORTEST_CUE), turn.speaker.title(), text)


def _start(call: ConversationView) -> datetime | None:
    """Return when the call started; if that is unknown, the time of its first turn with one."""
    times = (turn.time for turn in call.turns if turn.time is not None)
    return call.started_at or min(times, default=None)


def _offset(turn: Turn, start: datetime | None) -> float | None:
    """Return the seconds from the start of the call, or None if they are unknown."""
    if turn.time is None or start is None:
        return None
    return max(0.0, (turn.time - start).total_seconds())


def _clock(turn: Turn, start: datetime | None) -> str:
    offset = _offset(turn, start)
    return "" if offset is None else f"[{format_duration(timedelta(seconds=offset))}]"


def _timestamp(milliseconds: int, point: str) -> str:
    seconds, milliseconds = divmod(milliseconds, 1_000)
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}{point}{milliseconds:03}"


def _heading(call: ConversationView) -> str:
    started = f"{call.started_at:%Y-%m-%d %H:%M:%S} UTC" if call.started_at else None
    length = None if call.duration is None else format_duration(call.duration)
    return ", ".join(filter(None, [call.conversation_id, started, length, call.channel]))


def _on_one_line(text: str) -> str:
    """Replace control characters and lone surrogates by spaces, and join the words."""
    spaced = (" " if unicodedata.category(each) in _UNPRINTABLE else each for each in text)
    return " ".join("".join(spaced).split())


def _escape_markdown(text: str) -> str:
    escaped = _MARKDOWN_SYNTAX.sub(r"\\\1", _on_one_line(text))
    return _MARKDOWN_LIST.sub(r"\1\\\2", escaped)


_WRITERS: Final[dict[TranscriptFormat, Callable[[ConversationView], Iterator[str]]]] = {
    "text": _text,
    "markdown": _markdown,
    "vtt": _vtt,
    "srt": _srt,
    "json": _json,
}
