"""The command `check`: find out whether the API key, the region and the agent work."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import attrs
from rich.table import Table

from polyai_conversations import ConversationsClient
from polyai_conversations._http.redaction import correlation_id_of
from polyai_conversations._http.response_parsing import parse_response
from polyai_conversations.cli.console import print_result, stderr_console, write_line
from polyai_conversations.cli.exit_codes import ExitCode
from polyai_conversations.cli.formatting import sanitize
from polyai_conversations.cli.options import REGIONS, ConnectionOptions
from polyai_conversations.errors import (
    APIConnectionError,
    APIError,
    AuthenticationError,
    NotFoundError,
    PermissionDeniedError,
)
from polyai_conversations_api.api.conversations import list_conversations

_CLIENT_SETTINGS: Final = {"timeout": 10, "max_retries": 1}  # an answer within seconds
_RESPONDS: Final = "responds"
_ACCEPTED: Final = "accepted"
_UNKNOWN: Final = "unknown"


@attrs.frozen
class Diagnosis:
    """What one host says about the key and the agent.

    Attributes:
        base_url: URL of the host.
        host: Words that say whether the host responds.
        key: Words that say whether the host accepts the key.
        agent: Words that say whether the key has access to the agent.
        correlation_id: Identifies the request in PolyAI's logs.
        error: The error that the host returned, or None if everything works.
    """

    base_url: str
    host: str
    key: str
    agent: str
    correlation_id: str | None
    error: APIError | None = None


def check_settings(options: ConnectionOptions) -> int:
    """Check the configured host, print the diagnosis and return the exit code.

    Raises:
        ConversationsError: Something does not work. The diagnosis has been printed by then.
    """
    with options.client(**_CLIENT_SETTINGS) as client:
        diagnosis = _diagnose(client)
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_row("Host", f"{diagnosis.base_url} {diagnosis.host}")
    grid.add_row("Key", diagnosis.key)
    grid.add_row("Agent", diagnosis.agent)
    grid.add_row("Correlation id", sanitize(diagnosis.correlation_id))
    print_result(grid)
    if diagnosis.error is not None:
        raise diagnosis.error
    return ExitCode.SUCCESS


def _region_client(options: ConnectionOptions, region: str) -> ConversationsClient:
    options = dataclasses.replace(options, region=region, base_url=None)
    return options.client(**_CLIENT_SETTINGS)


def check_all_regions(
    options: ConnectionOptions,
    client_for: Callable[[ConnectionOptions, str], ConversationsClient] = _region_client,
) -> int:
    """Check every region's host, print which one accepts the key and return the exit code.

    Args:
        options: The connection options; their region and base URL are ignored.
        client_for: Returns the client for a region.

    Raises:
        APIError: No region accepts the key.
    """

    def diagnose(region: str) -> Diagnosis:
        with client_for(options, region) as client:
            return _diagnose(client)

    with (
        stderr_console().status("Checking every region…"),
        ThreadPoolExecutor(len(REGIONS)) as pool,
    ):
        diagnoses: dict[str, Diagnosis] = dict(
            zip(REGIONS, pool.map(diagnose, REGIONS), strict=True)
        )
    _print_table(diagnoses)
    return _print_verdict(diagnoses)


def _print_table(diagnoses: Mapping[str, Diagnosis]) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("region", "host", "key", "agent", "correlation id"):
        table.add_column(name, no_wrap=True)
    for region, diagnosis in diagnoses.items():
        correlation_id = sanitize(diagnosis.correlation_id)
        table.add_row(region, diagnosis.host, diagnosis.key, diagnosis.agent, correlation_id)
    print_result(table)


def _print_verdict(diagnoses: Mapping[str, Diagnosis]) -> int:
    accepting = [region for region, diagnosis in diagnoses.items() if diagnosis.key == _ACCEPTED]
    if not accepting:
        raise _no_region_error(diagnoses)
    for region in accepting:
        write_line(f"The key belongs to {region}: export POLYAI_REGION={region}")
    works = any(diagnosis.error is None for diagnosis in diagnoses.values())
    return ExitCode.SUCCESS if works else ExitCode.FAILURE


def _no_region_error(diagnoses: Mapping[str, Diagnosis]) -> APIError:
    failing = [region for region, diagnosis in diagnoses.items() if diagnosis.host != _RESPONDS]
    if len(failing) == len(diagnoses):
        return APIError("no region could be checked; is the network working?")
    responding = {name: each for name, each in diagnoses.items() if each.host == _RESPONDS}
    if unsure := [name for name, each in responding.items() if each.key == _UNKNOWN]:
        return APIError(
            f"the agent was not found in {', '.join(unsure)}, and no other region accepts the key; "
            "check the agent's id"
        )
    unchecked = f" ({', '.join(failing)} could not be checked)" if failing else ""
    return APIError(f"no region accepts the key{unchecked}; was the whole key copied?")


def _diagnose(client: ConversationsClient) -> Diagnosis:
    try:
        response = client.send(list_conversations, limit=1, offset=0)
        total = parse_response(list_conversations, response).count
    except APIError as error:
        host, key, agent = _diagnose_error(error)
        return Diagnosis(client.base_url, host, key, agent, error.correlation_id, error)
    agent = f"{sanitize(client.agent_id)}, {total} conversations"
    return Diagnosis(client.base_url, _RESPONDS, _ACCEPTED, agent, correlation_id_of(response))


def _diagnose_error(error: APIError) -> tuple[str, str, str]:
    if isinstance(error, APIConnectionError):
        return "does not respond", "not checked", "not checked"
    if isinstance(error, AuthenticationError):
        return _RESPONDS, "rejected", "not checked"
    if isinstance(error, PermissionDeniedError):
        return _RESPONDS, _ACCEPTED, "no access with this key"
    if isinstance(error, NotFoundError):
        # A region that does not know the key may respond like this, too.
        return _RESPONDS, _UNKNOWN, "not found"
    return "returned an error", _UNKNOWN, _UNKNOWN
