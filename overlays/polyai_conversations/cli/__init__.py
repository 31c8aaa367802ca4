"""The command line, `polyai-conversations`."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

_MISSING_EXTRA = (
    "polyai-conversations: the command line needs additional packages; install them with "
    'pip install "polyai-conversations[cli]"\n'
)
_USAGE_ERROR = 2


def main() -> int:
    """Run the command line with the arguments of this process and return the exit code."""
    # Python sets a stream to None when the process starts with it closed.
    sys.stdout = sys.stdout or Path(os.devnull).open("w")  # noqa: SIM115 - open until exit
    sys.stderr = sys.stderr or Path(os.devnull).open("w")  # noqa: SIM115 - open until exit
    if find_spec("typer") is None:
        sys.stderr.write(_MISSING_EXTRA)
        return _USAGE_ERROR
    from .runner import run

    return run(sys.argv[1:])
