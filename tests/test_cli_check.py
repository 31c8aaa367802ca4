"""The command `check`."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

import pytest

from commands import KEY, CommandResult, InProcessCli, sandbox_env, server_env
from faulty_server import FaultyServer, close_connection, respond
from polyai_conversations.cli.commands.check import check_all_regions
from polyai_conversations.cli.options import REGIONS, ConnectionOptions

if TYPE_CHECKING:
    from polyai_conversations import ConversationsClient
    from polyai_conversations.sandbox import Sandbox

ERRORS = {
    401: ("rejected", "not checked"),
    403: ("accepted", "no access with this key"),
    404: ("unknown", "not found"),
    500: ("unknown", "unknown"),
}


@pytest.mark.parametrize("status", ERRORS)
def test_diagnosis_of_an_error_status(cli: InProcessCli, status: int) -> None:
    with FaultyServer(respond(status, X_PolyAI_Correlation_Id="corr-1")) as server:
        result = cli("check", env=server_env(server))
    diagnosis = dict(line.split(maxsplit=1) for line in result.stdout.splitlines())
    assert (diagnosis["Key"], diagnosis["Agent"]) == ERRORS[status]
    assert "corr-1" in result.stdout
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert f"{status} " in result.stderr
    assert KEY not in result.stdout + result.stderr


def test_diagnosis_when_everything_works(sandbox: Sandbox, cli: InProcessCli) -> None:
    result = cli("check", env=sandbox_env(sandbox))
    assert (result.exit_code, result.stderr) == (0, "")
    diagnosis = dict(re.split("  +", line) for line in result.stdout.splitlines())
    assert diagnosis["Host"] == f"{sandbox.url} responds"
    assert diagnosis["Key"] == "accepted"
    assert diagnosis["Agent"] == f"{sandbox.agent_id}, 120 conversations"
    assert len(diagnosis["Correlation id"]) == 36


def test_diagnosis_of_a_host_that_does_not_respond(cli: InProcessCli) -> None:
    with FaultyServer(close_connection) as server:
        result = cli("check", env=server_env(server))
    assert "does not respond" in result.stdout
    assert result.exit_code == 1
    assert "correlation id" in result.stderr


def check_regions(cli: InProcessCli, agent: str, *, others: str, **urls: str) -> CommandResult:
    """Check all regions at these URLs; `others` is the URL of the regions not named."""

    def client_for(options: ConnectionOptions, region: str) -> ConversationsClient:
        return options.client(base_url=urls.get(region, others), max_retries=0)

    options = ConnectionOptions(api_key=KEY, agent=agent)
    return cli.call(partial(check_all_regions, options, client_for))


def test_all_regions_finds_the_region_of_the_key(sandbox: Sandbox, cli: InProcessCli) -> None:
    with FaultyServer(respond(401)) as rejecting:
        result = check_regions(cli, sandbox.agent_id, eu=sandbox.url, others=rejecting.url)
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines[1:6]] == list(REGIONS)
    assert [line.split()[0] for line in lines[1:6] if "rejected" not in line] == ["eu"]
    assert lines[-1] == "The key belongs to eu: export POLYAI_REGION=eu"
    assert (result.exit_code, len(rejecting.requests)) == (0, 4)


def test_all_regions_fails_if_no_region_accepts_the_key(cli: InProcessCli) -> None:
    with FaultyServer(respond(401)) as rejecting:
        result = check_regions(cli, "X", others=rejecting.url)
    assert result.exit_code == 1
    assert "no region accepts the key; was the whole key copied?" in result.stderr


def test_all_regions_names_the_regions_that_could_not_be_checked(cli: InProcessCli) -> None:
    with FaultyServer(respond(401)) as rejecting, FaultyServer(close_connection) as silent:
        result = check_regions(cli, "X", dev=silent.url, others=rejecting.url)
    assert result.exit_code == 1
    assert "no region accepts the key (dev could not be checked)" in result.stderr


def test_all_regions_does_not_blame_the_key_if_no_host_responds(cli: InProcessCli) -> None:
    with FaultyServer(close_connection) as silent:
        result = check_regions(cli, "X", others=silent.url)
    message = "no region could be checked; is the network working?"
    assert (result.exit_code, result.stderr) == (1, f"polyai-conversations: {message}\n")


def test_all_regions_finds_the_region_of_a_key_without_access_to_the_agent(
    cli: InProcessCli,
) -> None:
    with FaultyServer(respond(401)) as rejecting, FaultyServer(respond(403)) as forbidding:
        result = check_regions(cli, "X", uk=forbidding.url, others=rejecting.url)
    assert "The key belongs to uk" in result.stdout
    assert result.exit_code == 1


def test_all_regions_does_not_take_404_for_the_region_of_the_key(
    sandbox: Sandbox, cli: InProcessCli
) -> None:
    with FaultyServer(respond(404)) as other:
        result = check_regions(cli, sandbox.agent_id, eu=sandbox.url, others=other.url)
    assert result.stdout.splitlines()[-1] == "The key belongs to eu: export POLYAI_REGION=eu"
    assert result.stdout.count("The key belongs to") == 1


def test_all_regions_names_the_agent_if_only_404_is_left(cli: InProcessCli) -> None:
    with FaultyServer(respond(401)) as rejecting, FaultyServer(respond(404)) as other:
        result = check_regions(cli, "X", uk=other.url, others=rejecting.url)
    assert result.exit_code == 1
    assert "the agent was not found in uk" in result.stderr
    assert "check the agent's id" in result.stderr


def test_all_regions_contacts_the_host_of_every_region(cli: InProcessCli) -> None:
    env = {"POLYAI_API_KEY": KEY, "POLYAI_AGENT_ID": "X", "POLYAI_BASE_URL": "https://x.invalid"}
    with FaultyServer(respond(403)) as proxy:
        result = cli("check", "--all-regions", env=env | {"HTTPS_PROXY": proxy.url})
    hosts = {(request.method, request.path) for request in proxy.requests}
    assert hosts == {("CONNECT", f"api.{region}.poly.ai:443") for region in REGIONS}
    assert result.exit_code == 1
