"""The command line, `polyai-conversations`: the package for those who do not write Python."""

import sys
from importlib.util import find_spec

PROGRAM = "polyai-conversations"


def main() -> int:
    """Run the command that the process was given; give its exit status."""
    if find_spec("typer") is None:
        sys.stderr.write(
            f'{PROGRAM}: this needs more packages: pip install "polyai-conversations[cli]"\n'
        )
        return 2
    from .ending import run  # noqa: PLC0415 - needs the extra

    return run(sys.argv[1:])
