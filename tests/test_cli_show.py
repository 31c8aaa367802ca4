"""The command `show`, and how it and `list` display what a server may send."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args

import pytest

from commands import (
    CONTROL_CHARACTERS,
    REQUIRED_FIELDS,
    InProcessCli,
    assert_error,
    first_id,
    get,
    list_body,
    sandbox_env,
    server_env,
)
from faulty_server import FaultyServer, respond
from polyai_conversations.models import ConversationDetailResponse
from polyai_conversations.transcripts import TranscriptFormat, transcript

if TYPE_CHECKING:
    from polyai_conversations.sandbox import Sandbox


def test_details_and_every_turn_are_printed(sandbox: Sandbox, cli: InProcessCli) -> None:
    conversation = get(sandbox, f"/{first_id(sandbox)}").json()
    result = cli("show", conversation["conversationId"], env=sandbox_env(sandbox))
    assert (result.exit_code, result.stderr) == (0, "")
    for number, turn in enumerate(conversation["turns"]):
        assert (turn["user_input"] or "") in result.stdout
        said = f"agent  {turn['agent_response']}"
        answer = next(line for line in result.stdout.splitlines() if said in line)
        assert answer.endswith(f"{turn['latency']['perceived_latency']} s")
        assert f"\n{number}  " in result.stdout
    for field in ("fromNumber", "language", "accountId", "deploymentId"):
        assert conversation[field] in result.stdout


def test_functions_and_metrics_are_printed_as_lines(sandbox: Sandbox, cli: InProcessCli) -> None:
    result = cli("show", first_id(sandbox), env=sandbox_env(sandbox))
    assert "create_booking(time=18:30), turn 2, 0.289 s" in result.stdout
    assert "VISITED_FLOW: booking, " in result.stdout


@pytest.mark.parametrize("output", get_args(TranscriptFormat))
def test_format_prints_only_the_transcript(
    sandbox: Sandbox, cli: InProcessCli, output: TranscriptFormat
) -> None:
    conversation = get(sandbox, f"/{first_id(sandbox)}").json()
    arguments = ("show", conversation["conversationId"], "--format", output)
    result = cli(*arguments, env=sandbox_env(sandbox))
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == transcript(ConversationDetailResponse.from_dict(conversation), output)


def test_format_and_json_cannot_be_combined(sandbox: Sandbox, cli: InProcessCli) -> None:
    result = cli("show", "CA1", "--json", "--format", "vtt", env=sandbox_env(sandbox))
    assert_error(result, 2, "cannot be combined")


UNUSUAL_CONVERSATIONS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "required fields only": ({}, ["No transcript."]),
    "null values": (
        dict.fromkeys(("turns", "startedAt", "shortSummary", "tags", "handoff")),
        ["No transcript."],
    ),
    "values of unexpected types": (
        {
            "startedAt": 5,
            "duration": "long",
            "handoff": "maybe",
            "shortSummary": ["x"],
            "turns": [
                {},
                {
                    "user_input": 4,
                    "user_input_datetime": "noon",
                    "agent_response": "x",
                    "latency": "slow",
                },
            ],
        },
        ["long", "maybe", '["x"]', "noon", "slow", "(empty turn)"],
    ),
    "times out of range or without a zone": (
        {"startedAt": "0001-01-01T00:00:00+14:00", "finishedAt": "2026-05-26"},
        ["0001-01-01", "2026-05-26"],
    ),
    "a call of more than an hour": (
        {"duration": 3723, "shortSummary": '{"content": "Only content"}'},
        ["1:02:03", "Only content"],
    ),
    "a call in progress": ({"inProgress": True, "duration": 5}, ["in progress"]),
}


@pytest.mark.parametrize("name", UNUSUAL_CONVERSATIONS)
def test_unusual_conversation_is_printed(cli: InProcessCli, name: str) -> None:
    fields, expected = UNUSUAL_CONVERSATIONS[name]
    conversation = {**REQUIRED_FIELDS, **fields}
    body = json.dumps(conversation).encode()
    with FaultyServer(respond(200, list_body(conversation)), respond(200, body)) as server:
        listed = cli("list", env=server_env(server))
        shown = cli("show", "CA1", env=server_env(server))
    assert (listed.exit_code, shown.exit_code) == (0, 0), (listed, shown)
    assert "CA1" in listed.stdout
    assert "CA1" in shown.stdout
    for text in expected:
        assert text in shown.stdout


def test_control_characters_from_the_server_are_escaped(cli: InProcessCli) -> None:
    text = CONTROL_CHARACTERS
    turn = {"user_input": text, "agent_response": text, "latency": 1}
    fields = dict.fromkeys(("conversationId", "note", "shortSummary"), text)
    conversation = {**REQUIRED_FIELDS, **fields}
    detail = json.dumps({**conversation, **REQUIRED_FIELDS, "turns": [turn], text: text}).encode()
    error = json.dumps({"error_code": text, "error_message": text}).encode()
    with FaultyServer(
        respond(200, list_body(conversation)),
        respond(200, list_body(conversation)),
        respond(200, detail),
        respond(200, detail),
        respond(404, error),
    ) as server:
        table = cli("list", env=server_env(server))
        as_csv = cli("list", "--csv", env=server_env(server))
        shown = cli("show", "CA1", env=server_env(server))
        as_text = cli("show", "CA1", "--format", "text", env=server_env(server))
        failed = cli("show", "CA1", env=server_env(server))
    for output in (table.stdout, as_csv.stdout, shown.stdout, failed.stderr):
        assert output.replace("\n", "").isprintable(), ascii(output)
        assert "\\x1b]0;owned" in output
        assert "[bold red]x[/]:smile:" in output
    assert as_text.stdout.replace("\n", "").isprintable(), ascii(as_text.stdout)
    assert len(table.stdout.splitlines()) == 2
    assert_error(failed, 1, "404")
