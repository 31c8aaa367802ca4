"""The folder of an export: its files, and the one run at a time that may write them."""

from __future__ import annotations

import os
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from polyai_conversations.arguments import check_folder
from polyai_conversations.batch import recording_name
from polyai_conversations.claim import claim
from polyai_conversations.errors import ExportError, FileBusyError

from .ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from .plan import Wish

RECORDS: Final = "conversations.jsonl"
_LEDGER: Final = "export.sqlite"
_LOCK: Final = ".export.lock"
_PART: Final = f".{RECORDS}.part"


class Folder:
    """The folder, ours alone within a `with` block.

    Args:
        directory: The folder; it is made if need be.
        owner: What the conversations belong to: the host and the agent.

    """

    def __init__(self, directory: str | os.PathLike[str], owner: str) -> None:
        check_folder("directory", directory)
        self._path = Path(directory)
        self._owner = owner
        self.records = self._path / RECORDS
        self._part = self._path / _PART
        self._audio = self._path / "audio"
        self._tables = (self._path / "conversations.parquet", self._path / "turns.parquet")

    def __enter__(self) -> Self:
        """Open the folder, and finish what an earlier run had begun to move.

        Raises:
            FileBusyError: Another export is writing into it.
            ExportError: It holds something else.
            OSError: It cannot be written.

        """
        self._path.mkdir(parents=True, exist_ok=True)
        with ExitStack() as closing:
            self._lock(closing)
            self.ledger = closing.enter_context(Ledger(self._path / _LEDGER))
            self._check_owner()
            self._finish_moving()
            self._check_records()
            self._check_tables()
            self._closing = closing.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closing.close()

    @property
    def has_tables(self) -> bool:
        """Whether an earlier run wrote tables, which must not fall behind."""
        return any(map(Path.exists, self._tables))

    def recording(self, conversation_id: str, wish: Wish) -> Path | None:
        """Give the file for a recording; None where none is wanted."""
        if wish.audio is None:
            return None
        self._audio.mkdir(exist_ok=True)
        return self._audio / recording_name(conversation_id, wish.audio, redacted=wish.redacted)

    def write_records(self) -> None:
        """Write all that is had into the file of conversations, one a line.

        Raises:
            OSError: It cannot be written. What was fetched is kept for the next run.

        """
        if self.records.exists() and not self.ledger.has_new_records():
            return
        with self.ledger.settling():
            size = self._write_part()
            self.ledger.tell("size", str(size))
            self.ledger.tell("edition", str(self.ledger.run))
            self.ledger.tell("moving", "yes")
        self._finish_moving()
        self.ledger.shrink()

    def write_tables(self) -> tuple[Path, ...]:
        """Write the conversations and their turns as Parquet files, unless they are there.

        Raises:
            OSError: They cannot be written. The file of conversations is there all the same.

        """
        from .tables import write_tables  # noqa: PLC0415 - pyarrow is an extra

        edition = self.ledger.about("edition") or ""
        if self.ledger.about("tables") != edition or not all(map(Path.exists, self._tables)):
            write_tables(self.records, *self._tables)
            self.ledger.tell("tables", edition)
        return self._tables

    def _write_part(self) -> int:
        with self._part.open("wb") as part:
            for key, record in self._lines():
                self.ledger.settle(key, part.tell(), len(record))
                part.write(record + b"\n")
            part.flush()
            os.fsync(part.fileno())
            return part.tell()

    def _lines(self) -> Iterator[tuple[bytes, bytes]]:
        with ExitStack() as closing:
            old = closing.enter_context(self.records.open("rb")) if self.records.exists() else None
            for key, record, start, length in self.ledger.in_order():
                if record is not None:
                    yield key, record
                elif old is not None:
                    old.seek(start)
                    yield key, old.read(length)

    def _lock(self, closing: ExitStack) -> None:
        path = self._path / _LOCK
        try:
            lock = claim(path)
        except FileBusyError:
            raise FileBusyError(
                f"another export is writing into {self._path}; wait until it is done, or choose "
                "another folder"
            ) from None
        closing.callback(lock.close)
        closing.callback(path.unlink, missing_ok=True)

    def _check_owner(self) -> None:
        owner = self.ledger.about("owner")
        if owner is None:
            self.ledger.tell("owner", self._owner)
        elif owner != self._owner:
            raise ExportError(
                f"{self._path} holds an export of {owner}, not of {self._owner}; choose another "
                "folder"
            )

    def _finish_moving(self) -> None:
        if self.ledger.about("moving") != "yes":
            self._part.unlink(missing_ok=True)
            return
        if self._part.exists():
            self._part.replace(self.records)
        self.ledger.tell("moving", "no")

    def _check_records(self) -> None:
        size = self.ledger.about("size")
        there = self.records.stat().st_size if self.records.exists() else None
        if there == (None if size is None else int(size)):
            return
        raise ExportError(
            f"{self.records} is not as the last export left it ({size or 'no'} bytes then, "
            f"{'none' if there is None else there} now); put it back, or choose another folder"
        )

    def _check_tables(self) -> None:
        if self.has_tables and find_spec("pyarrow") is None:
            raise ExportError(
                f"{self._path} holds Parquet tables, which would fall behind: "
                'pip install "polyai-conversations[parquet]", or remove them'
            )
