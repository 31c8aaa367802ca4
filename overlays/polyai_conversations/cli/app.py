"""The commands and their options.

Each command imports its module from `commands` only when it runs, and this module imports nothing
slow, so that help and shell completion respond immediately. Typer reads the annotations in this
module at run time.
"""

from datetime import datetime
from typing import Annotated, Literal

import typer

from polyai_conversations._version import __version__

from .options import ConnectionOptions, parse_moment, with_connection_options

PROGRAM = "polyai-conversations"
_FILTERS = "Filters"

# Copies of the client's types: importing those would slow down --help.
Direction = Literal["combined", "user", "agent"]
Role = Literal["user", "agent"]
AnnotationType = Literal["missing_topic", "wrong_transcript", "wrong_info"]
TranscriptFormat = Literal["text", "markdown", "vtt", "srt", "json"]

ConversationId = Annotated[
    str, typer.Argument(metavar="ID", help="ID of the conversation, as printed by 'list'.")
]

app = typer.Typer(
    epilog="Settings come from POLYAI_API_KEY, POLYAI_AGENT_ID and POLYAI_REGION unless options "
    "override them. Exit status: 0 success, 1 API or data error, 2 usage error, 3 partial failure, "
    "130 interrupted.",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(*, requested: bool) -> None:
    if requested:
        typer.echo(f"{PROGRAM} {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
@with_connection_options
def show_help(
    options: ConnectionOptions,
    context: typer.Context,
    *,
    version: Annotated[  # noqa: ARG001 - the callback prints it
        bool,
        typer.Option(
            "--version", help="Print the version and exit.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Read PolyAI conversations: transcripts, recordings and notes."""
    context.obj = options  # the commands use them where they have none of their own
    if context.invoked_subcommand is None:
        context.get_help()  # Typer prints the help here
        raise typer.Exit(2)


@app.command("list")
@with_connection_options
def list_conversations(
    options: ConnectionOptions,
    *,
    limit: Annotated[
        int | None,
        typer.Option(min=0, help="Number of conversations to list. Default: 50.", metavar="N"),
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="List every conversation.")] = False,
    offset: Annotated[
        int, typer.Option(min=0, help="Number of conversations to skip.", metavar="N")
    ] = 0,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print one JSON object per line, as the server sent it."),
    ] = False,
    as_csv: Annotated[
        bool,
        typer.Option(
            "--csv",
            help="Print the table as CSV. Cells that start with =, +, - or @ get an apostrophe.",
        ),
    ] = False,
    raw: Annotated[
        bool, typer.Option("--raw", help="With --csv, print such cells as they are.")
    ] = False,
) -> None:
    """List conversations in the order the server returns them."""
    if as_json and as_csv:
        raise typer.BadParameter("--json and --csv cannot be combined")
    if raw and not as_csv:
        raise typer.BadParameter("--raw needs --csv")
    if all_ and limit is not None:
        raise typer.BadParameter("--all and --limit cannot be combined")
    from .commands import listing

    write_csv = listing.write_raw_csv if raw else listing.write_csv
    write = listing.write_json if as_json else write_csv if as_csv else listing.write_table
    max_items = None if all_ else listing.DEFAULT_LIMIT if limit is None else limit
    listing.list_conversations(options, max_items, offset, write)


@app.command()
@with_connection_options
def show(
    options: ConnectionOptions,
    conversation_id: ConversationId,
    *,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print the JSON object on one line, as the server sent it."),
    ] = False,
    format_: Annotated[
        TranscriptFormat | None,
        typer.Option("--format", help="Print only the transcript, in a format for files."),
    ] = None,
) -> None:
    """Show the details and the transcript of a conversation."""
    if as_json and format_ is not None:
        raise typer.BadParameter("--json and --format cannot be combined")
    from .commands import show

    if as_json:
        show.print_json(options, conversation_id)
    elif format_ is not None:
        show.print_transcript(options, conversation_id, format_)
    else:
        show.show_conversation(options, conversation_id)


@app.command()
@with_connection_options
def annotate(
    options: ConnectionOptions,
    conversation_id: ConversationId,
    *,
    turn: Annotated[
        int, typer.Option(min=0, help="Number of the turn, as printed by 'show'.", metavar="N")
    ],
    role: Annotated[Role, typer.Option(help="Who said the faulty part.")],
    kind: Annotated[
        AnnotationType,
        typer.Option(
            "--type",
            help="What went wrong: the agent did not know the topic, the user was misheard, or "
            "the agent's answer was wrong.",
        ),
    ],
) -> None:
    """Mark a turn as faulty. Repeating this may create a duplicate."""
    from .commands import annotate

    annotate.annotate_turn(options, conversation_id, turn, role, kind)


@app.command()
@with_connection_options
def note(
    options: ConnectionOptions,
    conversation_id: ConversationId,
    text: Annotated[
        str,
        typer.Argument(
            metavar="TEXT", help="Text of the note; '-' reads it from stdin, '' clears the note."
        ),
    ],
) -> None:
    """Set the note of a conversation, replacing the previous one."""
    from .commands import note

    note.set_note(options, conversation_id, text)


@app.command()
@with_connection_options
def audio(
    options: ConnectionOptions,
    conversation_id: ConversationId,
    *,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            help="File to write, or a directory for it. Default: ID.wav, or ID.user.wav and so on.",
            metavar="FILE",
        ),
    ] = None,
    direction: Annotated[Direction, typer.Option(help="Whose voice to save.")] = "combined",
    redacted: Annotated[
        bool, typer.Option("--redacted", help="Save the version with personal data silenced.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
) -> None:
    """Save a recording. An interrupted download is resumed."""
    from .commands import audio

    audio.save_audio(options, conversation_id, output, direction, redacted=redacted, force=force)


@app.command()
@with_connection_options
def export(
    options: ConnectionOptions,
    directory: Annotated[
        str,
        typer.Argument(metavar="DIR", help="Directory to write to; created if it does not exist."),
    ],
    *,
    details: Annotated[
        bool, typer.Option("--details", help="Fetch each conversation with its turns.")
    ] = False,
    audio: Annotated[
        Direction | None, typer.Option(help="Save recordings too, of both voices or of one.")
    ] = None,
    redacted: Annotated[
        bool, typer.Option("--redacted", help="Save recordings with personal data silenced.")
    ] = False,
    format_: Annotated[
        Literal["jsonl", "parquet"],
        typer.Option(
            "--format",
            help="'parquet' also writes tables: conversations, turns, metrics, function events.",
        ),
    ] = "jsonl",
    transcripts: Annotated[
        TranscriptFormat | None,
        typer.Option(help="Write a transcript of each conversation; implies --details."),
    ] = None,
    concurrency: Annotated[
        int, typer.Option(min=1, help="Number of conversations to fetch at once.", metavar="N")
    ] = 8,
    refresh: Annotated[
        bool,
        typer.Option("--refresh", help="Fetch everything again, not only what is new or changed."),
    ] = False,
    since: Annotated[
        datetime | None,
        typer.Option(
            help="Skip conversations that started earlier. A date or a time such as "
            "2026-05-01T12:00:00+02:00; without a time zone, in UTC.",
            parser=parse_moment,
            metavar="DATE",
            rich_help_panel=_FILTERS,
        ),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(
            help="Skip conversations that started at this time or later, in the same form.",
            parser=parse_moment,
            metavar="DATE",
            rich_help_panel=_FILTERS,
        ),
    ] = None,
    channel: Annotated[
        list[str] | None,
        typer.Option(
            "--channel",
            help="Export this channel, such as VOICE-SIP or WEBCHAT. May be given several times.",
            metavar="CHANNEL",
            rich_help_panel=_FILTERS,
        ),
    ] = None,
    env: Annotated[
        list[str] | None,
        typer.Option(
            "--env",
            help="Export this environment, such as live or sandbox. May be given several times.",
            metavar="ENV",
            rich_help_panel=_FILTERS,
        ),
    ] = None,
    direction: Annotated[
        list[str] | None,
        typer.Option(
            "--direction",
            help="Export this direction, inbound or outbound.",
            metavar="DIRECTION",
            rich_help_panel=_FILTERS,
        ),
    ] = None,
    handoff: Annotated[
        bool | None,
        typer.Option(
            "--handoff/--no-handoff",
            help="Export conversations that were handed off, or those that were not.",
            rich_help_panel=_FILTERS,
        ),
    ] = None,
    min_score: Annotated[
        float | None,
        typer.Option(
            help="Export conversations with at least this PolyScore; others and those without a "
            "score are skipped.",
            metavar="SCORE",
            rich_help_panel=_FILTERS,
        ),
    ] = None,
    max_score: Annotated[
        float | None,
        typer.Option(
            help="Export conversations with at most this PolyScore; others and those without a "
            "score are skipped.",
            metavar="SCORE",
            rich_help_panel=_FILTERS,
        ),
    ] = None,
    min_duration: Annotated[
        float | None,
        typer.Option(
            min=0,
            help="Export conversations that lasted at least this long; those in progress are "
            "skipped.",
            metavar="SECONDS",
            rich_help_panel=_FILTERS,
        ),
    ] = None,
) -> int:
    """Export all conversations to a directory; run it again to update.

    Later runs fetch conversations that are new, were in progress, failed or changed.
    """
    if redacted and audio is None:
        raise typer.BadParameter("--redacted needs --audio")
    if since is not None and until is not None and since >= until:
        raise typer.BadParameter(f"--since must be before --until, not {since} and {until}")
    from .commands import export

    return export.export_conversations(
        options,
        directory,
        details=details,
        audio=audio,
        redacted=redacted,
        format=format_,
        transcripts=transcripts,
        concurrency=concurrency,
        since=since,
        until=until,
        where=export.make_filter(
            channel=channel,
            client_env=env,
            direction=direction,
            handoff=handoff,
            min_score=min_score,
            max_score=max_score,
            min_duration=min_duration,
        ),
        refresh=refresh,
    )


@app.command()
@with_connection_options
def check(
    options: ConnectionOptions,
    *,
    all_regions: Annotated[
        bool,
        typer.Option(
            "--all-regions", help="Send the key to every region and report which one accepts it."
        ),
    ] = False,
) -> int:
    """Check that the API key, the region and the agent work."""
    from .commands import check

    if all_regions:
        return check.check_all_regions(options)
    return check.check_settings(options)


@app.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
def sandbox(
    context: typer.Context,
    arguments: Annotated[
        list[str] | None, typer.Argument(help="Use --help to list them.", metavar="[OPTIONS]")
    ] = None,
) -> int:
    """Run a local server that implements the API, for tests and demos."""
    from .commands.sandbox import run_sandbox

    return run_sandbox(arguments or [], program=context.command_path)
