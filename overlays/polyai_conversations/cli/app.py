"""What can be typed: the commands with their options, and nothing slow to load.

Each command hands over to a module of its own, loaded only then; so help and completion answer at
once. The annotations are read at run time.
"""

from datetime import datetime
from typing import Annotated, Literal

import typer

from polyai_conversations._version import __version__

from . import PROGRAM
from .connection import Connection, connected

Direction = Literal["combined", "user", "agent"]
Role = Literal["user", "agent"]
AnnotationType = Literal["missing_topic", "wrong_transcript", "wrong_info"]

ConversationId = Annotated[
    str, typer.Argument(metavar="ID", help="The conversation, by the id that 'list' gives.")
]

app = typer.Typer(
    help="PolyAI's conversations on the command line: transcripts, recordings, notes.",
    epilog="The settings come from POLYAI_API_KEY, POLYAI_AGENT_ID and POLYAI_REGION. "
    "Exit status: 0 done, 1 the API or the data failed, 2 wrong use, 3 some of many failed, "
    "130 interrupted.",
    pretty_exceptions_enable=False,
)


def _version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"{PROGRAM} {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    *,
    version: Annotated[  # noqa: ARG001 - its callback does it
        bool,
        typer.Option(
            "--version", help="Say which version this is.", callback=_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Show the help where no command is given."""
    if context.invoked_subcommand is None:
        context.get_help()  # Typer prints it
        raise typer.Exit(2)


@app.command("list")
@connected
def list_conversations(  # noqa: PLR0913 - its options
    connection: Connection,
    *,
    limit: Annotated[
        int | None, typer.Option(min=0, help="How many to list. Default: 50.", metavar="N")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="List all that there are.")] = False,
    offset: Annotated[int, typer.Option(min=0, help="How many to skip.", metavar="N")] = 0,
    as_json: Annotated[
        bool, typer.Option("--json", help="As the server sent them, one JSON object a line.")
    ] = False,
    as_csv: Annotated[
        bool,
        typer.Option(
            "--csv", help="The table as CSV; import it as text, cells may begin with = or +."
        ),
    ] = False,
) -> None:
    """List conversations in the server's order."""
    if as_json and as_csv:
        raise typer.BadParameter("--json and --csv exclude each other")
    if all_ and limit is not None:
        raise typer.BadParameter("--all and --limit exclude each other")
    from . import listing

    write = listing.json_lines if as_json else listing.csv_lines if as_csv else listing.table
    max_items = None if all_ else listing.DEFAULT_LIMIT if limit is None else limit
    listing.list_conversations(connection, max_items, offset, write)


@app.command()
@connected
def show(
    connection: Connection,
    conversation_id: ConversationId,
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="As the server sent it, on one line.")
    ] = False,
) -> None:
    """Show a conversation: its facts, then what was said."""
    from . import conversation

    conversation.show(connection, conversation_id, as_json=as_json)


@app.command()
@connected
def annotate(
    connection: Connection,
    conversation_id: ConversationId,
    *,
    turn: Annotated[
        int, typer.Option(min=0, help="The turn, by the number that 'show' gives.", metavar="N")
    ],
    role: Annotated[Role, typer.Option(help="Whose part of it is at fault.")],
    kind: Annotated[
        AnnotationType,
        typer.Option(
            "--type",
            help="What is wrong: the agent lacked the topic, the user was misheard, "
            "or the answer was wrong.",
        ),
    ],
) -> None:
    """Mark a turn as faulty; sent twice, the mark may stand twice."""
    from . import writes

    writes.annotate(connection, conversation_id, turn, role, kind)


@app.command()
@connected
def note(
    connection: Connection,
    conversation_id: ConversationId,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The note; - reads it from stdin.")],
) -> None:
    """Set the note of a conversation, in place of the one there was."""
    from . import writes

    writes.note(connection, conversation_id, text)


@app.command()
@connected
def audio(  # noqa: PLR0913 - its options
    connection: Connection,
    conversation_id: ConversationId,
    *,
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", help="The file, or a folder for it. Default: ID.wav.", metavar="FILE"
        ),
    ] = None,
    direction: Annotated[Direction, typer.Option(help="Whose voice to hear.")] = "combined",
    redacted: Annotated[
        bool, typer.Option("--redacted", help="With personal data silenced.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
) -> None:
    """Save a recording; where a download was cut, it goes on."""
    from . import audio as recording

    recording.save(connection, conversation_id, output, direction, redacted=redacted, force=force)


@app.command()
@connected
def export(  # noqa: PLR0913 - its options
    connection: Connection,
    directory: Annotated[
        str, typer.Argument(metavar="DIR", help="The folder; it is made if need be.")
    ],
    *,
    details: Annotated[
        bool, typer.Option("--details", help="With the turns, and not only what the list says.")
    ] = False,
    audio: Annotated[
        Direction | None, typer.Option(help="With recordings; of whose voices.")
    ] = None,
    redacted: Annotated[
        bool, typer.Option("--redacted", help="With personal data silenced in recordings.")
    ] = False,
    format_: Annotated[
        Literal["jsonl", "parquet"],
        typer.Option("--format", help="parquet adds tables of conversations and turns."),
    ] = "jsonl",
    concurrency: Annotated[
        int, typer.Option(min=1, help="How many conversations to fetch at once.", metavar="N")
    ] = 8,
    since: Annotated[
        datetime | None,
        typer.Option(help="Leave out what began before this day or moment, in UTC."),
    ] = None,
) -> int:
    """Write everything into a folder; run again, it fetches only what is missing."""
    from . import export as exporting

    return exporting.save(
        connection,
        directory,
        details=details,
        audio=audio,
        redacted=redacted,
        format=format_,
        concurrency=concurrency,
        since=since,
    )


@app.command()
@connected
def check(
    connection: Connection,
    *,
    all_regions: Annotated[
        bool,
        typer.Option(
            "--all-regions", help="Send the key to every region's host, and say which one knows it."
        ),
    ] = False,
) -> int:
    """Say whether key, region and agent work."""
    from . import check as checking

    if all_regions:
        return checking.check_all_regions(connection)
    return checking.check(connection)


@app.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
def sandbox(
    options: Annotated[
        list[str] | None, typer.Argument(help="--help lists them.", metavar="[OPTIONS]")
    ] = None,
) -> int:
    """Run a stand-in for the API on this machine; prints what to export."""
    from .sandbox import serve

    return serve(options or [])
