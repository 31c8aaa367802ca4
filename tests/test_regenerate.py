"""Which files of the generated package are compared with a fresh one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from workflows.regenerate import sources

if TYPE_CHECKING:
    from pathlib import Path

NOT_TEXT = b"\xa7\r\r\n\x00"


@pytest.mark.parametrize("folder", ["__pycache__", "models/__pycache__", ".ruff_cache/0.17.6"])
def test_files_in_cache_folders_are_skipped(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / folder / "turn.cpython-311.pyc").write_bytes(NOT_TEXT)
    (tmp_path / "client.py").write_text("client = 1\n")
    assert sources(tmp_path) == {"client.py": "client = 1\n"}


@pytest.mark.parametrize("name", ["turn_cache.py", "models/turn_cache.py", "turn_cache/turn.py"])
def test_a_model_whose_name_ends_in_cache_is_compared(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("turn = 1\n")
    assert sources(tmp_path) == {name: "turn = 1\n"}
