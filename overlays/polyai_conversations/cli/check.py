"""`check`: whether key, region and agent work, in plain words."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Final

import attrs
from rich.table import Table

from polyai_conversations.errors import (
    APIConnectionError,
    APIError,
    AuthenticationError,
    NotFoundError,
    PermissionDeniedError,
)

from .connection import REGIONS
from .exits import Status
from .plain import plain
from .terminal import messages, show, write_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .client import CommandClient
    from .connection import Connection

_PATIENCE_SECONDS: Final = 10
_RETRIES: Final = 1


@attrs.frozen
class Finding:
    """What a host said to a key and an agent.

    Attributes:
        address: The host's address.
        host: Whether it answers.
        key: Whether it knows the key.
        agent: Whether the key opens the agent.
        correlation_id: Names the exchange in the vendor's logs.
        error: What kept it from working; None where all is well.

    """

    address: str
    host: str
    key: str
    agent: str
    correlation_id: str | None
    error: APIError | None = None

    @property
    def knows_the_key(self) -> bool:
        """Whether the key is this host's."""
        return self.key == "accepted"


def check(connection: Connection) -> int:
    """Ask the host that is configured, and say what works.

    Raises:
        ConversationsError: Something does not; what and why was not said yet.

    """
    with _client(connection) as client:
        finding = _ask(client)
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_row("Host", f"{finding.address} {finding.host}")
    grid.add_row("Key", finding.key)
    grid.add_row("Agent", finding.agent)
    grid.add_row("Correlation id", plain(finding.correlation_id))
    show(grid)
    if finding.error is not None:
        raise finding.error
    return Status.DONE


def check_all_regions(connection: Connection) -> int:
    """Ask every region's host at once, and say which one knows the key."""
    with messages().status("Asking every region…"), ThreadPoolExecutor(len(REGIONS)) as pool:
        answers = pool.map(partial(_ask_region, connection), REGIONS)
        findings = list(zip(REGIONS, answers, strict=True))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("region", "host", "key", "agent", "correlation id"):
        table.add_column(name, no_wrap=True)
    for region, finding in findings:
        correlation_id = plain(finding.correlation_id)
        table.add_row(region, finding.host, finding.key, finding.agent, correlation_id)
    show(table)
    return _conclude(findings)


def _conclude(findings: Sequence[tuple[str, Finding]]) -> int:
    homes = [region for region, finding in findings if finding.knows_the_key]
    for region in homes:
        write_line(f"The key belongs to {region}: export POLYAI_REGION={region}")
    if homes:
        works = any(finding.error is None for _, finding in findings)
        return Status.DONE if works else Status.FAILED
    silent = [region for region, finding in findings if finding.host != "answers"]
    if len(silent) == len(findings):
        raise APIError("no region's host answers: check the network")
    unsure = f" ({', '.join(silent)} did not answer)" if silent else ""
    raise APIError(f"no region knows the key{unsure}: check that it was copied whole")


def _ask_region(connection: Connection, region: str) -> Finding:
    with _client(dataclasses.replace(connection, region=region, base_url=None)) as client:
        return _ask(client)


def _client(connection: Connection) -> CommandClient:
    return connection.client(timeout=_PATIENCE_SECONDS, max_retries=_RETRIES)


def _ask(client: CommandClient) -> Finding:
    try:
        total, correlation_id = client.count()
    except APIError as error:
        host, key, agent = _verdict(error)
        return Finding(client.base_url, host, key, agent, error.correlation_id, error)
    agent = f"{plain(client.agent_id)}, {total} conversations"
    return Finding(client.base_url, "answers", "accepted", agent, correlation_id)


def _verdict(error: APIError) -> tuple[str, str, str]:
    if isinstance(error, APIConnectionError):
        return "does not answer", "not asked", "not asked"
    if isinstance(error, AuthenticationError):
        return "answers", "not accepted", "not asked"
    if isinstance(error, PermissionDeniedError):
        return "answers", "accepted", "not open to this key"
    if isinstance(error, NotFoundError):
        return "answers", "accepted", "not found"
    return "fails", "not known", "not known"
