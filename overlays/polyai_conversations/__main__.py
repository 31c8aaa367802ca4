"""Runs the command line with `python -m polyai_conversations`."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
