"""An export whose process is killed at any moment, and which is then run again."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import shutil
import sqlite3
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

import pytest

from exporter import AUDIO_URL, Exporter, FakeApi

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot fork processes"),
    pytest.mark.block_network(allowed_hosts=["/"]),  # the socket of the fork server
]

KILLED: Final = 9
FILE_OPERATIONS: Final = {"open", "os.mkdir", "os.remove", "os.rename"}
STATE_FILE: Final = "export.sqlite"
OPTIONS: Final[dict[str, Any]] = {
    "details": True,
    "audio": "user",
    "format": "parquet",
    "transcripts": "vtt",
}
# Imported once by the process that the others are forked from, which makes each of them fast.
PRELOADED: Final = [
    "__main__",
    "pytest",
    "polyai_conversations.export",
    "polyai_conversations._export.parquet",
]


def first_export(_: Exporter) -> None:
    """Nothing was exported before."""


def later_export(exporter: Exporter) -> None:
    """Some conversations were exported before; now there are new ones, and one has ended."""
    exporter.run(**OPTIONS)
    exporter.api.conversations["c2"]["inProgress"] = False
    exporter.api.add("c3", audioUrl=AUDIO_URL)
    exporter.api.add("c4", inProgress=True)


@pytest.mark.parametrize("prepare", [first_export, later_export])
def test_export_killed_before_any_file_operation_is_completed_by_the_next_run(
    kind: str, tmp_path: Path, prepare: Callable[[Exporter], None]
) -> None:
    api = FakeApi()
    api.add("c0", audioUrl=AUDIO_URL)
    api.add("c1")
    api.add("c2", audioUrl=AUDIO_URL, inProgress=True)
    before = Exporter(kind, tmp_path / "before", api)
    before.directory.mkdir()
    prepare(before)
    uninterrupted = Exporter(kind, tmp_path / "uninterrupted", api)
    shutil.copytree(before.directory, uninterrupted.directory)
    uninterrupted.run(**OPTIONS)
    expected = exported_files(uninterrupted.directory)

    for operation in itertools.count(1):
        exporter = Exporter(kind, tmp_path / str(operation), api)
        shutil.copytree(before.directory, exporter.directory)
        if not is_killed_before(operation, exporter):
            break
        saved = count_saved_conversations(exporter.directory)
        report = exporter.run(**OPTIONS)
        assert exported_files(exporter.directory) == expected, operation
        assert report.fetched == len(api.conversations) - saved, operation
    assert operation > 20, "the export was killed less often than it works with files"


def is_killed_before(operation: int, exporter: Exporter) -> bool:
    """Export in another process; return whether it was killed before it was finished."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    process = context.Process(target=export_until_killed, args=(exporter, operation))
    process.start()
    process.join(30)
    assert process.exitcode in {0, KILLED}
    return process.exitcode == KILLED


def export_until_killed(exporter: Exporter, operation: int) -> None:
    """Export, and end the process before its n-th file operation in the directory."""
    directory = str(exporter.directory)
    operations = itertools.count(1)

    def kill(event: str, arguments: tuple[object, ...]) -> None:
        is_counted = event in FILE_OPERATIONS and str(arguments[0]).startswith(directory)
        if is_counted and next(operations) == operation:
            os._exit(KILLED)  # like a kill: runs no `finally` block, waits for no thread

    sys.addaudithook(kill)
    exporter.run(**OPTIONS)


def exported_files(directory: Path) -> dict[str, bytes]:
    """Return the contents of all files that an export is to leave.

    The state file depends on the number of runs. An empty lock file may be left by a kill.
    """
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file() and path.name != STATE_FILE and path.suffix != ".lock"
    }


def count_saved_conversations(directory: Path) -> int:
    """Count the conversations that need not be fetched again.

    Opening a database that was in use recovers it, so that a copy is opened.
    """
    copy = shutil.copytree(directory, directory.with_name(f"{directory.name}-copy"))
    with closing(sqlite3.connect(copy / STATE_FILE)) as database:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
        if "conversations" not in tables:
            return 0
        query = "SELECT count(*) FROM conversations WHERE kind = 'detail' AND NOT in_progress"
        return int(database.execute(query).fetchone()[0])
