"""`sandbox`: the stand-in server, from the command line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from . import PROGRAM

if TYPE_CHECKING:
    from collections.abc import Sequence


def serve(options: Sequence[str]) -> int:
    """Run the server until it is interrupted; it reads its options itself.

    Raises:
        ValueError: What it is made of is not installed.

    """
    try:
        from polyai_conversations.sandbox.__main__ import main  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ValueError(str(error)) from error
    sys.argv[1:] = options
    return main(f"{PROGRAM} sandbox")
