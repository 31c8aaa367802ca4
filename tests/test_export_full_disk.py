"""An export to a disk that is full."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

import pytest

from polyai_conversations import ExportError
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
        write_tables(records, tmp_path / "conversations.parquet", tmp_path / "turns.parquet")
    assert list(tmp_path.iterdir()) == [records]
