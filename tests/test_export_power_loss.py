"""An export on a machine that loses power; what was not flushed to the disk is gone."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import attrs
import pytest

from exporter import Exporter
from polyai_conversations import ExportError
from polyai_conversations._export.directory import ExportDirectory

RECORDS = "conversations.jsonl"
STATE = "export.sqlite"


def copy_what_is_on_the_disk(directory: Path, target: Path) -> None:
    """Copy an export without the log of its state, which SQLite flushes when it is merged."""
    ignored = shutil.ignore_patterns(f"{STATE}-*", ".export.lock")
    shutil.copytree(directory, target, ignore=ignored)


@pytest.fixture
def after_power_loss(
    exporter: Exporter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Exporter:
    """An export that is cut off, in each run, when it has moved the records to their place."""
    crashed = attrs.evolve(exporter, directory=tmp_path / "crashed")
    replace = os.replace

    def replace_and_lose_power(source: Any, target: Any) -> None:
        replace(source, target)
        if Path(target) == exporter.directory / RECORDS:
            shutil.rmtree(crashed.directory, ignore_errors=True)
            copy_what_is_on_the_disk(exporter.directory, crashed.directory)

    monkeypatch.setattr(os, "replace", replace_and_lose_power)
    return crashed


def test_export_that_lost_power_after_its_last_step_is_continued(
    exporter: Exporter, after_power_loss: Exporter
) -> None:
    exporter.api.add("old", note="x")
    exporter.run()
    exporter.api.add("new", note="longer")
    exporter.run()
    report = after_power_loss.run()
    assert (report.conversations, report.fetched) == (2, 0)
    assert after_power_loss.ids == ["new", "old"]


def test_killed_export_that_loses_power_in_the_next_run_is_continued(
    exporter: Exporter, after_power_loss: Exporter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def kill_when_pending(directory: ExportDirectory) -> None:
        if directory.state.get_meta("commit_pending") == "yes":
            ignored = shutil.ignore_patterns(".export.lock")
            shutil.copytree(exporter.directory, tmp_path / "killed", ignore=ignored)
            raise KeyboardInterrupt

    exporter.api.add("old")
    exporter.run()
    exporter.api.add("new")
    with monkeypatch.context() as patch:
        patch.setattr(ExportDirectory, "_commit_pending", kill_when_pending)
        with pytest.raises(KeyboardInterrupt):
            exporter.run()
    shutil.rmtree(exporter.directory)
    (tmp_path / "killed").rename(exporter.directory)
    exporter.run()
    assert after_power_loss.run().fetched == 0
    assert after_power_loss.ids == ["new", "old"]


def test_state_that_another_program_reads_is_an_error_and_nothing_is_lost(tmp_path: Path) -> None:
    exporter = Exporter("sync", tmp_path / "calls")  # once, because SQLite waits for five seconds
    exporter.api.add("old")
    exporter.run()
    exporter.api.add("new")
    with closing(sqlite3.connect(exporter.directory / STATE)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM meta").fetchall()
        with pytest.raises(ExportError, match="is open in another program"):
            exporter.run()
        assert exporter.ids == ["old"]
    assert exporter.run().fetched == 0
    assert exporter.ids == ["new", "old"]
