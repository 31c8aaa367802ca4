"""The commands that change a conversation: `annotate` and `note`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from commands import (
    KEY,
    CommandResult,
    InProcessCli,
    assert_error,
    first_id,
    get,
    run_cli,
    sandbox_env,
    server_env,
)
from faulty_server import FaultyServer, respond
from polyai_conversations.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(conversations=1, seed=7, api_key=KEY) as sandbox:
        yield sandbox


def test_annotate_sends_the_annotation_and_confirms_it(cli: InProcessCli) -> None:
    with FaultyServer(respond(200, b'{"success":true}')) as server:
        result = cli(
            *("annotate", "CA1", "--turn", "3", "--role", "agent", "--type", "wrong_info"),
            env=server_env(server),
        )
    assert result == CommandResult(0, "Annotated turn 3 (agent) of CA1: wrong_info\n", "")
    assert json.loads(server.requests[0].body) == {
        "annotations": [{"turnId": 3, "role": "agent", "annotationType": "wrong_info"}]
    }


@pytest.mark.parametrize(("text", "action"), [("call back", "Set"), ("", "Cleared")])
def test_note_is_set_or_cleared(
    sandbox: Sandbox, cli: InProcessCli, text: str, action: str
) -> None:
    conversation_id = first_id(sandbox)
    result = cli("note", conversation_id, text, env=sandbox_env(sandbox))
    assert result == CommandResult(0, f"{action} the note of {conversation_id}\n", "")
    assert get(sandbox, f"/{conversation_id}").json()["note"] == text


def test_note_is_read_from_a_pipe(sandbox: Sandbox) -> None:
    conversation_id = first_id(sandbox)
    text = "grüß\nGott"
    result = run_cli(
        "note", conversation_id, "-", env=sandbox_env(sandbox), stdin=f"{text}\n".encode()
    )
    assert result == CommandResult(0, f"Set the note of {conversation_id}\n", "")
    assert get(sandbox, f"/{conversation_id}").json()["note"] == text


@pytest.mark.parametrize(
    ("stdin", "message"),
    [(b"", "stdin contains no note"), (b"\n", "no note"), (b"\xff", "not valid UTF-8")],
)
def test_empty_or_garbled_stdin_does_not_delete_the_note(
    sandbox: Sandbox, cli: InProcessCli, stdin: bytes, message: str
) -> None:
    conversation_id = first_id(sandbox)
    cli("note", conversation_id, "keep me", env=sandbox_env(sandbox))
    result = cli("note", conversation_id, "-", env=sandbox_env(sandbox), stdin=stdin)
    assert_error(result, 2, message)
    assert get(sandbox, f"/{conversation_id}").json()["note"] == "keep me"
