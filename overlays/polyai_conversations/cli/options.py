"""The connection options that all commands share, and the client made from them.

Typer reads the annotations in this module at run time.
"""

import dataclasses
import inspect
import logging
import math
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from polyai_conversations import ConversationsClient

# A copy of `_http.config.REGIONS`: importing that module would slow down --help.
REGIONS = ("us", "eu", "uk", "studio", "dev")
_PANEL = "Connection"
_CONTEXT = "context"
_logger = logging.getLogger("polyai_conversations")


def complete_region(incomplete: str) -> list[str]:
    """Return the regions that start with what the user has typed so far."""
    return [region for region in REGIONS if region.startswith(incomplete)]


def check_seconds(seconds: float | None) -> float | None:
    """Return the value of an option that takes a number of seconds.

    Raises:
        typer.BadParameter: It is not a positive number.
    """
    if seconds is not None and not 0 < seconds < math.inf:
        raise typer.BadParameter(f"{seconds:g} is not a positive number of seconds")
    return seconds


def parse_moment(text: str) -> datetime:
    """Return the date or time of an option; Typer's own parser refuses time zones and fractions.

    Raises:
        typer.BadParameter: It is not in ISO 8601.
    """
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is not a date or a time in ISO 8601, such as 2026-05-01 or "
            "2026-05-01T12:00:00Z"
        ) from None


def configure_logging(*, debug: bool) -> None:
    """Log the client's HTTP requests to stderr if `--debug` is given."""
    if debug:
        logging.basicConfig(format="%(asctime)s %(name)s %(message)s")
        _logger.setLevel(logging.DEBUG)


def is_debug() -> bool:
    """Return whether debug logging is on."""
    return _logger.isEnabledFor(logging.DEBUG)


@dataclasses.dataclass(frozen=True)
class ConnectionOptions:
    """The options that every command shares; None means that the environment variable is used."""

    api_key: Annotated[
        str | None,
        typer.Option(
            metavar="KEY",
            help="API key. POLYAI_API_KEY is safer, because options appear in the process list.",
            rich_help_panel=_PANEL,
        ),
    ] = dataclasses.field(default=None, repr=False)
    agent: Annotated[
        str | None,
        typer.Option(
            "--agent",
            "--agent-id",
            metavar="AGENT",
            help="ID or slug of the agent (project). Default: POLYAI_AGENT_ID.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    region: Annotated[
        str | None,
        typer.Option(
            metavar="|".join(REGIONS),
            help="Region in which the key was created. Default: POLYAI_REGION.",
            autocompletion=complete_region,
            rich_help_panel=_PANEL,
        ),
    ] = None
    base_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="URL to use instead of the region's host. Default: POLYAI_BASE_URL.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    timeout: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            help="How long to wait for the server. Default: 5 to connect, 60 for anything else.",
            callback=check_seconds,
            rich_help_panel=_PANEL,
        ),
    ] = None
    deadline: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            help="How long a whole request may take, with its retries. Default: 600, and no limit "
            "for recordings.",
            callback=check_seconds,
            rich_help_panel=_PANEL,
        ),
    ] = None
    debug: Annotated[
        bool,
        typer.Option(
            "--debug",
            help="Log every HTTP request to stderr, and show where an error was raised.",
            rich_help_panel=_PANEL,
        ),
    ] = False

    def or_else(self, earlier: "ConnectionOptions | None") -> "ConnectionOptions":
        """Return these options, completed with those that were given before the command."""
        if earlier is None:
            return self
        own = {name: value for name, value in vars(self).items() if value not in {None, False}}
        return dataclasses.replace(earlier, **own)

    def client(self, **defaults: Any) -> "ConversationsClient":
        """Create a client from these options.

        Args:
            defaults: Client settings that apply unless an option overrides them.

        Raises:
            ConfigurationError: A setting is missing, unknown or unsafe.
        """
        from polyai_conversations import ConversationsClient

        options: dict[str, Any] = {
            "agent_id": self.agent,
            "region": self.region,
            "base_url": self.base_url,
            "timeout": self.timeout,
            "deadline": self.deadline,
        }
        given = {name: value for name, value in options.items() if value is not None}
        return ConversationsClient(api_key=self.api_key, **{**defaults, **given})


def with_connection_options(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """Add the connection options to a command.

    The command receives them as one `ConnectionOptions`, its first argument.
    """
    own = list(inspect.signature(command).parameters.values())[1:]
    shared = list(inspect.signature(ConnectionOptions).parameters.values())
    context = inspect.Parameter(_CONTEXT, inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
    parameters = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for parameter in (context, *own, *shared)
        if parameter is context or parameter.name != _CONTEXT
    ]

    def run(**values: Any) -> int | None:
        options = ConnectionOptions(**_select(shared, values)).or_else(values[_CONTEXT].obj)
        configure_logging(debug=options.debug)
        return command(options, **_select(own, values))

    run.__name__ = command.__name__
    run.__doc__ = command.__doc__
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return run


def _select(parameters: list[inspect.Parameter], values: Mapping[str, Any]) -> dict[str, Any]:
    return {parameter.name: values[parameter.name] for parameter in parameters}
