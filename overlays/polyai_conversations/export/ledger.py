"""What is done, in a SQLite file: every step is there whole or not at all, however a run ends.

A record waits here, in its own words, until it is written to the file of conversations; then only
its place in that file is kept.
"""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final, Self

import attrs

from polyai_conversations.errors import ExportError

from .outcome import Failure

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS conversations (
    id TEXT PRIMARY KEY,
    run INTEGER NOT NULL,             -- the last run that saw it in the list
    place INTEGER NOT NULL,           -- and its place there
    kind TEXT,                        -- what is had of it: summary or detail
    in_progress INTEGER NOT NULL DEFAULT 0,
    record BLOB,                      -- as sent, until it is in the file
    start INTEGER, length INTEGER,    -- where it is in the file
    recording TEXT,                   -- the file that was saved
    reason TEXT, correlation_id TEXT  -- why something of it could not be had
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS in_order ON conversations (run DESC, place);
"""
_VERSION: Final = "1"


@attrs.frozen
class Entry:
    """What is had of a conversation.

    Attributes:
        kind: `summary` or `detail`, or None.
        in_progress: Whether it was still going on.

    """

    kind: str | None
    in_progress: bool


@attrs.frozen
class Outcome:
    """What was fetched of a conversation; what is None was not.

    Attributes:
        conversation_id: Which one.
        kind: What the record is: `summary` or `detail`.
        record: The JSON text as it was sent, on one line.
        in_progress: Whether it was still going on.
        recording: The name of the file with its recording.
        failure: What could not be had.

    """

    conversation_id: str
    kind: str | None = None
    record: bytes | None = None
    in_progress: bool = False
    recording: str | None = None
    failure: Failure | None = None


class Ledger:
    """The file of what is done; for one run at a time.

    Raises:
        ExportError: It cannot be opened, or is no such file.

    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._errors(), ExitStack() as on_failure:
            self._db = sqlite3.connect(path, isolation_level=None)
            on_failure.callback(self._db.close)
            # Commits are in order without waiting for the disk: a crash of the machine may lose the
            # last ones, and then they are fetched again.
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.executescript(_SCHEMA)
            self._check_version()
            self.run = int(self.about("run") or 0) + 1
            self.tell("run", str(self.run))
            on_failure.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def about(self, name: str) -> str | None:
        """Look up a fact about the export as a whole."""
        with self._errors():
            row = self._db.execute("SELECT value FROM about WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def tell(self, name: str, value: str) -> None:
        """Write down a fact about the export as a whole."""
        with self._errors():
            self._db.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (name, value))

    def see(self, conversation_id: str, place: int) -> Entry:
        """Note that the list has a conversation, and where; tell what is had of it."""
        with self._errors():
            (kind, in_progress) = self._db.execute(
                "INSERT INTO conversations (id, run, place) VALUES (?, ?, ?) "
                "ON CONFLICT (id) DO UPDATE SET run = excluded.run, place = excluded.place, "
                "reason = NULL, correlation_id = NULL "
                "RETURNING kind, in_progress",
                (_key(conversation_id), self.run, place),
            ).fetchall()[0]
        return Entry(kind, bool(in_progress))

    def keep(self, outcome: Outcome) -> None:
        """Write down what was fetched of a conversation."""
        failure = outcome.failure
        with self._errors():
            self._db.execute(
                "UPDATE conversations SET "
                "kind = coalesce(?, kind), record = coalesce(?, record), "
                "in_progress = CASE WHEN ? IS NULL THEN in_progress ELSE ? END, "
                "recording = coalesce(?, recording), reason = ?, correlation_id = ? WHERE id = ?",
                (
                    *(outcome.kind, outcome.record, outcome.record, outcome.in_progress),
                    outcome.recording,
                    None if failure is None else _storable(failure.reason),
                    None if failure is None else failure.correlation_id,
                    _key(outcome.conversation_id),
                ),
            )

    def has_new_records(self) -> bool:
        """Tell whether records wait to be written to the file."""
        return self._number("SELECT count(*) FROM conversations WHERE record IS NOT NULL") > 0

    def in_order(self) -> Iterator[tuple[bytes, bytes | None, int, int]]:
        """Give key, record, start and length of all that is had, in the order of the list.

        Those that the list no longer has come last.
        """
        with self._errors():
            yield from self._db.execute(
                "SELECT id, record, start, length FROM conversations WHERE kind IS NOT NULL "
                "ORDER BY run DESC, place"
            )

    @contextmanager
    def settling(self) -> Generator[None]:
        """Let what is written down within a `with` block count at its end, or not at all."""
        with self._errors(), self._db:
            self._db.execute("BEGIN")
            yield

    def settle(self, key: bytes, start: int, length: int) -> None:
        """Write down where in the file a record is; it need not wait here any more."""
        with self._errors():
            self._db.execute(
                "UPDATE conversations SET start = ?, length = ?, record = NULL WHERE id = ?",
                (start, length, key),
            )

    def shrink(self) -> None:
        """Give back the room of the records that are in the file now."""
        with self._errors():
            self._db.execute("VACUUM")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def counts(self) -> tuple[int, int]:
        """Count the conversations that are had, and those of them that are still going on."""
        had = self._number("SELECT count(*) FROM conversations WHERE kind IS NOT NULL")
        return had, self._number("SELECT count(*) FROM conversations WHERE in_progress = 1")

    def failures(self) -> tuple[Failure, ...]:
        """Tell what this run could not get."""
        with self._errors():
            rows = self._db.execute(
                "SELECT id, reason, correlation_id FROM conversations "
                "WHERE reason IS NOT NULL AND run = ? ORDER BY place",
                (self.run,),
            ).fetchall()
        return tuple(Failure(_name(key), reason, its_id) for key, reason, its_id in rows)

    def _number(self, query: str) -> int:
        with self._errors():
            return int(self._db.execute(query).fetchone()[0])

    def _check_version(self) -> None:
        version = self.about("version")
        if version is None:
            self.tell("version", _VERSION)
        elif version != _VERSION:
            raise ExportError(
                f"{self._path} is of another version of this program; export into another folder"
            )

    @contextmanager
    def _errors(self) -> Generator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise ExportError(
                f"{self._path}: {error}; is the disk full, or the file of another program?"
            ) from error


def _key(conversation_id: str) -> bytes:
    """Write an id as bytes: JSON may hold half a character, which SQLite's text may not."""
    return conversation_id.encode("utf-8", "surrogatepass")


def _name(key: bytes) -> str:
    return key.decode("utf-8", "surrogatepass")


def _storable(text: str) -> str:
    # SQLite takes no half characters, which a server's words may hold.
    return text.encode("utf-8", "backslashreplace").decode()
