"""What every command needs to reach the API: its options, and the client they make.

The annotations here are read at run time; so they are in the other modules with commands.
"""

import dataclasses
import inspect
import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from .client import CommandClient

REGIONS = ("us", "eu", "uk", "studio", "dev")
_PANEL = "Connection"


def complete_region(incomplete: str) -> list[str]:
    """Give the regions that begin like this."""
    return [region for region in REGIONS if region.startswith(incomplete)]


def _be_talkative(*, debug: bool) -> None:
    if debug:
        logging.basicConfig(format="%(asctime)s %(name)s %(message)s")
        logging.getLogger("polyai_conversations").setLevel(logging.DEBUG)


@dataclasses.dataclass(frozen=True)
class Connection:
    """The options that every command shares; what is None is left to the environment."""

    api_key: Annotated[
        str | None,
        typer.Option(
            metavar="KEY",
            help="The key. Better in the environment, where no list of processes shows it: "
            "POLYAI_API_KEY.",
            rich_help_panel=_PANEL,
        ),
    ] = dataclasses.field(default=None, repr=False)
    agent: Annotated[
        str | None,
        typer.Option(
            "--agent",
            "--agent-id",
            metavar="AGENT",
            help="The agent (project), by id or slug. Default: POLYAI_AGENT_ID.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    region: Annotated[
        str | None,
        typer.Option(
            metavar="|".join(REGIONS),
            help="The region in which the key was made. Default: POLYAI_REGION.",
            autocompletion=complete_region,
            rich_help_panel=_PANEL,
        ),
    ] = None
    base_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="An address in place of the region's. Default: POLYAI_BASE_URL.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    timeout: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            help="How long to wait for an answer. Default: 5 to connect, 60 for anything else.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    debug: Annotated[
        bool,
        typer.Option(
            "--debug",
            help="Tell of every exchange on stderr, and where an error arose.",
            rich_help_panel=_PANEL,
        ),
    ] = False

    def client(self, **settings: Any) -> "CommandClient":
        """Make the client; these settings give way to the options.

        Raises:
            ConfigurationError: A setting is missing, unknown or unsafe.

        """
        from .client import CommandClient  # noqa: PLC0415 - slow to load, and not for --help

        options: dict[str, Any] = {
            "api_key": self.api_key,
            "agent_id": self.agent,
            "region": self.region,
            "base_url": self.base_url,
            "timeout": self.timeout,
        }
        given = {name: value for name, value in options.items() if value is not None}
        return CommandClient(**{**settings, **given})


def connected(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """Give a command the options of a connection, which it takes, in one, as its first argument."""
    own = list(inspect.signature(command).parameters.values())[1:]
    shared = list(inspect.signature(Connection).parameters.values())
    parameters = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in (*own, *shared)
    ]

    def run(**given: Any) -> int | None:
        connection = Connection(**_named(shared, given))
        _be_talkative(debug=connection.debug)
        return command(connection, **_named(own, given))

    run.__name__ = command.__name__
    run.__doc__ = command.__doc__
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return run


def _named(parameters: list[inspect.Parameter], given: Mapping[str, Any]) -> dict[str, Any]:
    return {parameter.name: given[parameter.name] for parameter in parameters}
