"""The settings with which tasks connect to the API.

Spark sends them to executors and shows them, so they do not contain the key.
"""

from __future__ import annotations

import os
from pathlib import Path

import attrs

from polyai_conversations import ConversationsClient
from polyai_conversations._http.api_key import ApiKey
from polyai_conversations._http.call_options import CallOptions
from polyai_conversations._http.config import resolve
from polyai_conversations.errors import ConfigurationError

from .pacing import PacedTransport, Pacer


@attrs.frozen(kw_only=True)
class Connection:
    """The settings of the clients that tasks create.

    Attributes:
        region: The region, as for `ConversationsClient`.
        base_url: The URL to use instead of the region's host.
        api_key_file: A file on each executor that contains the key; None means `POLYAI_API_KEY`.
        rate: Requests per second over all tasks, or None for no limit.
        slots: The number of tasks that run at once.
    """

    region: str | None = None
    base_url: str | None = None
    api_key_file: str | None = None
    rate: float | None = None
    slots: int | None = None

    def client(self, agent_id: str) -> ConversationsClient:
        """Make a client for an agent, on an executor.

        Raises:
            ConfigurationError: The executor has no key.
        """
        transport = None
        if self.rate is not None and self.slots is not None:
            transport = PacedTransport(Pacer(self.rate / self.slots))
        return ConversationsClient(
            api_key=_read_key(self.api_key_file),
            agent_id=agent_id,
            region=self.region,
            base_url=self.base_url,
            transport=transport,
        )


def check_connection(connection: Connection) -> Connection:
    """Check the settings on the driver, before any task starts.

    Raises:
        ValueError: `rate` or `slots` is invalid.
        ConfigurationError: The region or the URL is invalid.
    """
    if connection.rate is not None:
        _check_positive("rate", connection.rate)
        if connection.slots is None:
            raise ValueError(
                "rate needs slots, among which it is divided, and the settings of Spark do not say "
                "how many tasks run at once: pass that number"
            )
    if connection.slots is not None:
        _check_positive("slots", connection.slots)
    if connection.region is not None or connection.base_url is not None:
        # The driver has no key, and needs none: this only checks the address.
        resolve(
            api_key=ApiKey("unused"),
            agent_id="unused",
            region=connection.region,
            base_url=connection.base_url,
            options=CallOptions(),
        )
    return connection


def _check_positive(name: str, value: object) -> None:
    if (
        not isinstance(value, int | float)
        or isinstance(value, bool)
        or not 0 < value < float("inf")
    ):
        raise ValueError(f"{name} must be a positive number, not {value!r}")


def _read_key(path: str | None) -> str:
    if path is None:
        if key := os.environ.get("POLYAI_API_KEY"):
            return key
        raise ConfigurationError(
            "this executor has no API key: set POLYAI_API_KEY in its environment (but not by "
            "spark.executorEnv, which Spark shows in its logs), or pass api_key_file"
        )
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigurationError(
            f"this executor cannot read the file with the API key, {path}: {error.strerror}"
        ) from None
