"""Runs the example notebook against a sandbox: `python -m workflows.notebook`.

It writes the notebook with its results to `build/notebook`. The one in `examples` has none.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

import nbformat
from nbclient import NotebookClient

from polyai_conversations.sandbox import Sandbox

ROOT: Final = Path(__file__).parent.parent
SOURCE: Final = ROOT / "examples" / "calls.ipynb"
TARGET: Final = ROOT / "build" / "notebook"


def main() -> None:
    """Run every cell; the first one that fails raises."""
    notebook = nbformat.reads(SOURCE.read_text(encoding="utf-8"), as_version=4)  # type: ignore[no-untyped-call]
    if any(cell.get("outputs") for cell in notebook.cells):
        raise ValueError(f"{SOURCE} contains results; clear them before you save it")
    TARGET.mkdir(parents=True, exist_ok=True)
    with Sandbox(conversations=120, seed=7) as sandbox:
        os.environ["POLYAI_API_KEY"] = sandbox.api_key
        os.environ["POLYAI_AGENT_ID"] = sandbox.agent_id
        os.environ["POLYAI_BASE_URL"] = sandbox.url
        resources = {"metadata": {"path": str(TARGET)}}
        NotebookClient(notebook, timeout=120, resources=resources).execute()
    text = nbformat.writes(notebook)  # type: ignore[no-untyped-call]
    (TARGET / SOURCE.name).write_text(text, encoding="utf-8")
    sys.stdout.write(f"{SOURCE.name} ran; its results are in {TARGET}\n")


if __name__ == "__main__":
    main()
