"""An operation that is added to the contract requires no edit to the tests of the contract."""

from __future__ import annotations

import copy
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import yaml

from workflows.generator import ROOT
from workflows.regenerate import main

if TYPE_CHECKING:
    from pathlib import Path

TESTS = ("test_spec.py", "test_surface.py")
CONVERSATION = "/v1/agents/{agentId}/conversations/{conversationId}"


def test_tests_of_the_contract_pass_with_an_added_operation(tmp_path: Path) -> None:
    for name in ("generator-config.yaml", "noxfile.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    ignored = shutil.ignore_patterns("node_modules", "__pycache__")
    for folder in ("workflows", "generated"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    (tmp_path / "tests").mkdir()
    for name in TESTS:
        shutil.copy(ROOT / "tests" / name, tmp_path / "tests")
    spec = yaml.safe_load((ROOT / "openapi.yaml").read_text())
    deletion = copy.deepcopy(spec["paths"][CONVERSATION]["get"])
    deletion["operationId"] = "deleteConversation"
    deletion["responses"]["204"] = {"description": "The conversation is deleted."}
    spec["paths"][CONVERSATION]["delete"] = deletion
    (tmp_path / "openapi.yaml").write_text(yaml.safe_dump(spec, sort_keys=False))
    assert main([], tmp_path) is None
    finished = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        check=False,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert finished.returncode == 0, finished.stdout
    assert (
        (tmp_path / "generated/polyai_conversations_api/api/conversations")
        .joinpath("delete_conversation.py")
        .exists()
    )
