"""`sandbox`: the stand-in server, from the command line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from . import PROGRAM

if TYPE_CHECKING:
    from collections.abc import Sequence


def serve(options: Sequence[str]) -> int:
    """Run the server until it is interrupted; it reads its options itself.

    Raises:
        Exit: What it is made of is not installed.

    """
    try:
        from polyai_conversations.sandbox.__main__ import main  # noqa: PLC0415 - an extra, which may not be there
    except ModuleNotFoundError as error:
        sys.stderr.write(
            f'{PROGRAM}: {error.name} is missing: pip install "polyai-conversations[sandbox]"\n'
        )
        raise typer.Exit(2) from None
    sys.argv[1:] = options
    return main(f"{PROGRAM} sandbox")
