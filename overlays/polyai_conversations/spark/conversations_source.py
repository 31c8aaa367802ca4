"""The data source `polyai`: the lists of agents, as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition

from polyai_conversations._http.operation import check_id

from .connection import Connection, check_connection
from .schemas import LISTED, LISTED_ARROW, listed_row, record_batch

if TYPE_CHECKING:
    from pyspark.sql.types import StructType

_OPTIONS: Final = ("agents", "region", "base_url", "api_key_file", "rate", "slots")


class ConversationsSource(DataSource):
    """One row for each conversation of the given agents that has ended.

    Register it with `spark.dataSource.register(ConversationsSource)`, and read it with
    `spark.read.format("polyai").options(…).load()`. The columns are `LISTED`. Conversations that
    are in progress appear once they have ended.

    One task reads the list of one agent: a list has no filters, and windows of it that are read
    by different tasks would lose conversations while others arrive.

    The options are text, as always in Spark:

    - `agents`: The ids or slugs of the agents, separated by commas. Required.
    - `region` or `base_url`: As for `ConversationsClient`. Default: the variables
      `POLYAI_REGION` and `POLYAI_BASE_URL` of the executors.
    - `api_key_file`: A file on each executor that contains the API key. Default: the variable
      `POLYAI_API_KEY` of the executors. The key itself is never an option, because Spark shows
      options in its plans and logs.
    - `rate`: Requests per second, over all tasks. Default: no limit.
    - `slots`: The number of tasks that run at once, among which `rate` is divided. Default and
      maximum: the number of agents.

    Raises:
        ValueError: An option is missing, unknown or invalid.
        ConfigurationError: The region or the URL is invalid.
    """

    @classmethod
    def name(cls) -> str:
        """Return the name of the format."""
        return "polyai"

    def schema(self) -> str:
        """Return the columns."""
        return LISTED

    def reader(self, schema: StructType) -> DataSourceReader:  # noqa: ARG002 - Spark passes it
        """Return what reads the lists; it checks the options."""
        return ListReader(self.options)


class AgentPartition(InputPartition):
    """The list of one agent."""

    def __init__(self, agent_id: str) -> None:
        super().__init__(agent_id)
        self.agent_id = agent_id


class ListReader(DataSourceReader):
    """Reads the lists of agents, one in each task."""

    def __init__(self, options: Mapping[str, str]) -> None:
        options = {name.lower(): value for name, value in options.items()}
        _check_names(options)
        self._agents = _agents(options.get("agents", ""))
        slots = _number("slots", options.get("slots"))
        self._connection = check_connection(
            Connection(
                region=options.get("region"),
                base_url=options.get("base_url"),
                api_key_file=options.get("api_key_file"),
                rate=_number("rate", options.get("rate")),
                slots=len(self._agents) if slots is None else min(int(slots), len(self._agents)),
            )
        )

    def partitions(self) -> list[InputPartition]:
        """Return one partition for each agent."""
        return [AgentPartition(agent_id) for agent_id in self._agents]

    def read(self, partition: InputPartition) -> Iterator[Any]:
        """Yield the list of an agent as record batches, one for each page."""
        agent_id = str(partition.value)
        with (
            self._connection.client(agent_id) as client,
            closing(client.list_conversations().pages()) as pages,
        ):
            for page in pages:
                ended = [each for each in page.conversations if each.in_progress is not True]
                yield record_batch([listed_row(agent_id, each) for each in ended], LISTED_ARROW)


def _check_names(options: Mapping[str, str]) -> None:
    # The message must not show the value of an option, which might be a key.
    for name in options:
        if name.replace("_", "") in {"apikey", "key"}:
            raise ValueError(
                f"the API key must not be an option ({name}), which Spark would show in plans and "
                "logs: set POLYAI_API_KEY on the executors, or use api_key_file"
            )
        if name not in _OPTIONS:
            raise ValueError(f"unknown option {name!r}: the options are {', '.join(_OPTIONS)}")


def _agents(text: str) -> list[str]:
    agents = [agent_id.strip() for agent_id in text.split(",") if agent_id.strip()]
    if not agents:
        raise ValueError("the option agents must contain ids, separated by commas")
    if len(set(agents)) < len(agents):
        raise ValueError(f"the option agents contains an id twice: {text}")
    return [check_id("agents", agent_id) for agent_id in agents]


def _number(name: str, text: str | None) -> float | None:
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"the option {name} must be a number, not {text!r}") from None
