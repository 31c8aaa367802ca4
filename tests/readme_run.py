"""Runs every shell and Python block of the README and the guides, in a fresh environment.

`nox -s readme` runs this file. The other tests leave it out, because it installs the package with
pip three times.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import attrs

from polyai_conversations.sandbox import Sandbox
from readme import DOCUMENTS, ROOT, blocks

# The fixtures of the other tests remove proxies, which the package index may need.
ENVIRONMENT = dict(os.environ)
LEFT_BEHIND = shutil.ignore_patterns(
    *(".git", ".nox", ".venv*", "__pycache__", ".*_cache", ".hypothesis", ".coverage*"),
    *("node_modules", "build", "dist", "recordings"),
)
SESSION = Path(__file__).with_name("readme_session.py")
RESULTS = ("conversations.jsonl", "user.wav", "call.wav", "calls/conversations.jsonl")


def test_every_block_runs_as_printed(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    shutil.copytree(ROOT, checkout, ignore=LEFT_BEHIND)
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    printed = [
        attrs.asdict(block)
        for block in blocks(*DOCUMENTS)
        # CI types the two commands.
        if block.language in {"sh", "python"} and block.heading != "Two commands"
    ]
    assert {block["language"] for block in printed} == {"sh", "python"}
    printed += [
        {
            "heading": "Samples",
            "language": path.suffix[1:].replace("py", "python"),
            "text": path.read_text(),
        }
        for path in sorted((ROOT / "docs" / "samples").iterdir())
    ]
    with Sandbox(api_key="your-key", agent_id="PROJECT-YOURS") as sandbox:
        subprocess.run(
            [
                str(environment / "bin" / "python"),
                str(SESSION),
            ],
            input=json.dumps(printed).encode(),
            cwd=checkout,
            env=ENVIRONMENT
            | {
                "PATH": f"{environment / 'bin'}{os.pathsep}{ENVIRONMENT['PATH']}",
                "PYTHONPATH": "",
                "NO_PROXY": "127.0.0.1",
                "POLYAI_BASE_URL": sandbox.url,
                "ID": sandbox.store.page(1, 0)[0]["conversationId"],
            },
            check=True,
        )
    assert [name for name in RESULTS if not (checkout / name).stat().st_size] == []
