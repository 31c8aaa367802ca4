"""An export to a disk that is full, or that fails."""

from __future__ import annotations

import errno
import json
import os
import uuid
from typing import TYPE_CHECKING

import httpx
import pytest

from polyai_conversations import ExportError, NotFoundError
from polyai_conversations._export.parquet import write_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from exporter import Exporter

resource = pytest.importorskip("resource", reason="only POSIX can limit the size of files")


@pytest.fixture
def limit_file_size() -> Iterator[Callable[[int], None]]:
    """Let no file grow beyond a number of bytes, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("size", [0, 5_000, 60_000, 150_000])
def test_full_disk_is_reported_and_nothing_is_lost(
    exporter: Exporter, limit_file_size: Callable[[int], None], size: int
) -> None:
    for number in range(200):
        exporter.api.add(f"c{number}", note="x" * 900)
    limit_file_size(size)
    with pytest.raises((ExportError, OSError), match=r"free space|File too large"):
        exporter.run(details=True)
    limit_file_size(resource.RLIM_INFINITY)
    exporter.run(details=True)
    assert exporter.ids == list(exporter.api.conversations)


@pytest.fixture
def failed_exporter(exporter: Exporter, limit_file_size: Callable[[int], None]) -> Exporter:
    """Export to a disk that has room for the state of the export, but not for its records."""
    for number in range(20):
        exporter.api.add(f"c{number}", note="x" * 50_000)
    exporter.run()
    exporter.api.add("new")
    limit_file_size(600_000)
    with pytest.raises(OSError, match="File too large"):
        exporter.run()
    limit_file_size(resource.RLIM_INFINITY)
    return exporter


def test_records_that_do_not_fit_on_the_disk_are_written_by_the_next_run(
    failed_exporter: Exporter,
) -> None:
    assert failed_exporter.run().fetched == 0
    assert failed_exporter.ids == list(failed_exporter.api.conversations)


def test_next_run_frees_the_space_of_unfinished_records_at_once(failed_exporter: Exporter) -> None:
    assert list(failed_exporter.directory.glob(".*.part"))
    failed_exporter.server = lambda _: httpx.Response(404)
    with pytest.raises(NotFoundError):
        failed_exporter.run()
    assert list(failed_exporter.directory.glob(".*.part")) == []


def finished_files(directory: Path) -> dict[str, bytes]:
    suffixes = {".jsonl", ".parquet"}
    return {path.name: path.read_bytes() for path in directory.iterdir() if path.suffix in suffixes}


@pytest.mark.parametrize("fails", ["records", "tables"])
def test_files_that_were_not_stored_do_not_replace_those_that_were(
    exporter: Exporter, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    def fail(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    exporter.api.add("old")
    exporter.run(format="parquet")
    if fails == "records":
        exporter.api.add("new")
    else:
        (exporter.directory / "turns.parquet").unlink()
    before = finished_files(exporter.directory)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="Input/output error"):
            exporter.run(format="parquet")
    assert finished_files(exporter.directory) == before
    assert exporter.run(format="parquet").fetched == 0
    assert exporter.ids == list(exporter.api.conversations)


@pytest.mark.parametrize("size", [0, 3, 10_000])
def test_table_that_does_not_fit_on_the_disk_leaves_no_partial_file(
    tmp_path: Path, limit_file_size: Callable[[int], None], size: int
) -> None:
    ids = {"accountId": "a", "projectId": "p"}
    rows = [{**ids, "conversationId": str(uuid.uuid4())} for _ in range(2_000)]
    records = tmp_path / "conversations.jsonl"
    records.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    limit_file_size(size)
    with pytest.raises(OSError, match="File too large"):
        write_tables(records, tmp_path, lambda _: None)
    assert list(tmp_path.iterdir()) == [records]
