"""Draws a terminal session with the command line against the sandbox: docs/terminal.svg.

The commands really run, in a terminal of 80 columns; rich draws what they print.
"""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from polyai_conversations.sandbox import Sandbox

TARGET: Final = Path(__file__).parent.parent / "docs" / "terminal.svg"
WIDTH: Final = 80
_SHOWN_LINES: Final = 14


def main() -> None:
    """Run the commands, and write the picture."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    with Sandbox(conversations=12, seed=7) as sandbox:
        conversation_id = newest_recording(sandbox)
        settings = {
            "POLYAI_API_KEY": sandbox.api_key,
            "POLYAI_AGENT_ID": sandbox.agent_id,
            "POLYAI_BASE_URL": sandbox.url,
            "TERM": "xterm-256color",
            "COLUMNS": str(WIDTH),
            "TZ": "UTC",
        }
        for arguments in (
            ["list", "--limit", "5"],
            ["show", conversation_id, "--format", "text"],
        ):
            console.print(Text(f"$ polyai-conversations {' '.join(arguments)}", style="bold"))
            for line in run(arguments, settings)[:_SHOWN_LINES]:
                console.print(Text.from_ansi(line), soft_wrap=True)
            console.print()
    svg = console.export_svg(title="polyai-conversations", unique_id="terminal")
    TARGET.write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n")
    sys.stdout.write(f"wrote {TARGET}\n")


def newest_recording(sandbox: Sandbox) -> str:
    """Return the id of the newest conversation that has a recording."""
    page = sandbox.store.page(12, 0)
    return next(str(row["conversationId"]) for row in page if row.get("audioUrl"))


def run(arguments: list[str], settings: dict[str, str]) -> list[str]:
    """Run a command in a terminal; return the lines it leaves on the screen, with colours."""
    master, terminal = pty.openpty()
    command = [sys.executable, "-m", "polyai_conversations", *arguments]
    with subprocess.Popen(
        # Progress, which a picture cannot show, is on stderr.
        command,
        stdout=terminal,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **settings},
    ) as process:
        os.close(terminal)
        output = b""
        with suppress(OSError):  # the terminal ends with the command
            while chunk := os.read(master, 2**16):
                output += chunk
        os.close(master)
    if process.returncode:
        raise ChildProcessError(output.decode())
    return output.decode().replace("\r\n", "\n").rstrip().split("\n")


if __name__ == "__main__":
    main()
