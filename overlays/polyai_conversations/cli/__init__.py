"""The command line, `polyai-conversations`: the package for those who do not write Python."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

PROGRAM = "polyai-conversations"


def main() -> int:
    """Run the command that the process was given; give its exit status."""
    # A program started with a stream closed has None in its place.
    sys.stdout = sys.stdout or Path(os.devnull).open("w")  # noqa: SIM115 - open to the end
    sys.stderr = sys.stderr or Path(os.devnull).open("w")  # noqa: SIM115 - likewise
    if find_spec("typer") is None:
        sys.stderr.write(
            f'{PROGRAM}: this needs more packages: pip install "polyai-conversations[cli]"\n'
        )
        return 2
    from .ending import run  # noqa: PLC0415 - needs the extra

    return run(sys.argv[1:])
