"""The command `list`."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

from commands import (
    REQUIRED_FIELDS,
    InProcessCli,
    assert_error,
    get,
    run_cli,
    sandbox_env,
    server_env,
)
from faulty_server import FaultyServer, respond

if TYPE_CHECKING:
    from polyai_conversations.sandbox import Sandbox

LONG_SUMMARY = "The check-up was moved to 11 June at 20:15."


def test_table_has_one_line_per_conversation(sandbox: Sandbox) -> None:
    result = run_cli("list", "--limit", "7", env=sandbox_env(sandbox) | {"TZ": "UTC"})
    assert (result.exit_code, result.stderr) == (0, "")
    header, *lines = result.stdout.splitlines()
    assert header.split() == ["id", "started", "length", "caller", "channel", "handoff", "summary"]
    for line, sent in zip(lines, get(sandbox, limit=7).json()["conversations"], strict=True):
        assert line.split()[0] == sent["conversationId"]
        assert sent["startedAt"][:19].replace("T", " ") in line
        assert line == line.rstrip()
    assert "Handed over to depot" in lines[1]
    assert "in progress" in lines[3]


def test_table_is_not_cut_when_forced_colour_meets_a_pipe(sandbox: Sandbox) -> None:
    result = run_cli("list", "--limit", "9", env=sandbox_env(sandbox) | {"FORCE_COLOR": "1"})
    assert LONG_SUMMARY in result.stdout


@pytest.mark.parametrize(
    ("options", "limit", "offset"),
    [((), 50, 0), (("--limit", "3", "--offset", "2"), 3, 2), (("--all",), 120, 0)],
)
def test_json_prints_the_requested_conversations_as_sent(
    sandbox: Sandbox, cli: InProcessCli, options: tuple[str, ...], limit: int, offset: int
) -> None:
    result = cli("list", "--json", *options, env=sandbox_env(sandbox))
    response = get(sandbox, limit=limit, offset=offset)
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert [json.loads(line) for line in lines] == response.json()["conversations"]
    assert all(line in response.text for line in lines)


def test_json_keeps_the_spelling_of_numbers_times_and_unknown_fields(cli: InProcessCli) -> None:
    fields = (
        '"conversationId":"CA1", "accountId":"ws-1", "projectId":"P",\n\t"polyScore": 1.0,'
        ' "big": 12345678901234567890123, "e": 1e3, "startedAt": "2026-05-26T10:00:01.250+00:00",'
        ' "ü": "\\u00fc", "odd": {"b": [], "a": null}'
    )
    detail = f'{{{fields}, "turns": [{{"user_input": "hi", "is_new": 1.50}}]}}'
    page = f'{{"conversations": [\n{{{fields}}}], "count": 1, "limit": 50, "offset": 0}}'
    with FaultyServer(respond(200, page.encode()), respond(200, detail.encode())) as server:
        listed = cli("list", "--json", env=server_env(server))
        shown = cli("show", "CA1", "--json", env=server_env(server))
    assert listed.stdout == f"{{{fields}}}\n".replace(",\n", ", ")
    assert shown.stdout == f"{detail}\n".replace(",\n", ", ")


def test_csv_uses_the_names_and_values_of_the_api(sandbox: Sandbox, cli: InProcessCli) -> None:
    result = cli("list", "--csv", "--limit", "9", env=sandbox_env(sandbox))
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    for row, sent in zip(rows, get(sandbox, limit=9).json()["conversations"], strict=True):
        assert row["conversationId"] == sent["conversationId"]
        assert row["startedAt"] == sent["startedAt"]
        assert row["handoff"] == json.dumps(sent["handoff"])
        assert row["duration"] == str(sent.get("duration") or "")
    assert rows[0]["summary"] == "Table booked"  # the heading of an object
    assert rows[7]["summary"] == LONG_SUMMARY


def test_error_in_a_later_page_says_how_to_continue(cli: InProcessCli) -> None:
    rows = [{**REQUIRED_FIELDS, "conversationId": f"CA{number}"} for number in range(100)]
    first_page = {"conversations": rows, "count": 250, "limit": 100, "offset": 0}
    with FaultyServer(respond(200, json.dumps(first_page).encode()), respond(400)) as server:
        result = cli("list", "--all", "--json", env=server_env(server))
    assert len(result.stdout.splitlines()) == 100
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert result.stderr.endswith("; to continue after what was listed, use --offset 100\n")


def test_error_in_the_first_page_does_not_suggest_an_offset(cli: InProcessCli) -> None:
    with FaultyServer(respond(400)) as server:
        result = cli("list", "--json", env=server_env(server))
    assert_error(result, 1, "400")
    assert "--offset" not in result.stderr


def test_csv_contains_formulas_only_with_raw(cli: InProcessCli) -> None:
    row = {**REQUIRED_FIELDS, "fromNumber": "+441234", "shortSummary": "=1+1", "channel": "@x"}
    page = json.dumps({"conversations": [row], "count": 1, "limit": 50, "offset": 0}).encode()
    with FaultyServer(respond(200, page)) as server:
        safe = cli("list", "--csv", env=server_env(server))
        raw = cli("list", "--csv", "--raw", env=server_env(server))
        alone = cli("list", "--raw", env=server_env(server))
    (cells,) = csv.DictReader(io.StringIO(safe.stdout))
    assert (cells["fromNumber"], cells["channel"], cells["summary"]) == ("'+441234", "'@x", "'=1+1")
    (cells,) = csv.DictReader(io.StringIO(raw.stdout))
    assert (cells["fromNumber"], cells["channel"], cells["summary"]) == ("+441234", "@x", "=1+1")
    assert_error(alone, 2, "--raw needs --csv")
