"""The state of an export in a SQLite file; every step is stored completely or not at all.

A record is stored here as the server sent it until it is written to `conversations.jsonl`. After
that, only its position in that file is kept.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, Self

import attrs

from polyai_conversations.errors import ExportError

from .report import Failure
from .row_fingerprint import RowFingerprint

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS conversations (
    id BLOB PRIMARY KEY,
    run INTEGER NOT NULL,             -- the last run that saw it in the list
    position INTEGER NOT NULL,        -- its position in that list
    kind TEXT,                        -- what is stored for it: summary or detail
    in_progress INTEGER NOT NULL DEFAULT 0,
    record BLOB,                      -- its JSON text, until it is in the file
    start INTEGER, length INTEGER,    -- where it is in the file
    row_text BLOB, row_values BLOB,   -- the fingerprint of its row when it was fetched
    reason TEXT, correlation_id TEXT  -- the failure of the last run
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outdated_recordings (  -- those that were to be fetched and were not
    name TEXT PRIMARY KEY             -- the file, which an earlier run may have saved
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS in_list_order ON conversations (run DESC, position);
"""
_VERSION: Final = "2"


@attrs.frozen
class StoredState:
    """What is stored for a conversation.

    Attributes:
        kind: `summary` or `detail`, or None.
        in_progress: Whether it had not ended when it was stored.
        row: The fingerprint of its row in the list when it was fetched, or None.
    """

    kind: str | None
    in_progress: bool
    row: RowFingerprint | None


@attrs.frozen
class FetchResult:
    """What was fetched for a conversation; None means that something was not fetched.

    Attributes:
        conversation_id: The conversation.
        kind: `summary` or `detail`.
        record: The JSON text as the server sent it, on one line.
        in_progress: Whether it had not ended.
        row: The fingerprint of its row in the list, if the record was to be fetched.
        recording: The name of the file with its recording.
        missed_recording: The name of the file whose recording was to be fetched and was not.
        failure: The error, if a part could not be fetched.
    """

    conversation_id: str
    kind: str | None = None
    record: bytes | None = None
    in_progress: bool = False
    row: RowFingerprint | None = None
    recording: str | None = None
    missed_recording: str | None = None
    failure: Failure | None = None


class StateStore:
    """The state of an export, for one run at a time.

    Raises:
        ExportError: The file cannot be opened, or was written by another version of this package.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._map_exceptions(), ExitStack() as on_failure:
            self._db = sqlite3.connect(path, isolation_level=None)
            on_failure.callback(self._db.close)
            # Commits keep their order but do not wait for the disk, except for `sync`. A crash of
            # the machine may lose the last ones, and the next run fetches them again.
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.executescript(_SCHEMA)
            self._check_version()
            self.run = int(self.get_meta("run") or 0) + 1
            self.set_meta("run", str(self.run))
            on_failure.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def get_meta(self, name: str) -> str | None:
        """Return a property of the export as a whole."""
        with self._map_exceptions():
            row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, name: str, value: str) -> None:
        """Set a property of the export as a whole."""
        with self._map_exceptions():
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def upsert_seen(self, conversation_id: str, position: int) -> StoredState:
        """Store the position of a conversation in the list; return what is stored for it."""
        with self._map_exceptions():
            (kind, in_progress, text, values) = self._db.execute(
                "INSERT INTO conversations (id, run, position) VALUES (?, ?, ?) "
                "ON CONFLICT (id) DO UPDATE SET run = excluded.run, position = excluded.position, "
                "reason = NULL, correlation_id = NULL "
                "RETURNING kind, in_progress, row_text, row_values",
                (_key(conversation_id), self.run, position),
            ).fetchall()[0]
        row = None if text is None else RowFingerprint(text, values)
        return StoredState(kind, bool(in_progress), row)

    def save_result(self, result: FetchResult) -> None:
        """Store what was fetched for a conversation.

        Whatever was not fetched counts as outdated, so that the next run fetches it.
        """
        with self.transaction():
            self._save_record(result)
            self._save_recording(result)

    def is_outdated(self, recording: str) -> bool:
        """Return whether the last run that was to fetch a recording did not.

        Args:
            recording: The name of its file.
        """
        query = "SELECT EXISTS (SELECT 1 FROM outdated_recordings WHERE name = ?)"
        with self._map_exceptions():
            return bool(self._db.execute(query, (recording,)).fetchone()[0])

    def new_records(self) -> list[str]:
        """Return the ids of the records that are waiting to be written to the file."""
        with self._map_exceptions():
            rows = self._db.execute("SELECT id FROM conversations WHERE record IS NOT NULL")
            return [_id(key) for (key,) in rows]

    def written_details(self) -> list[tuple[str, int, int]]:
        """Return id, start and length of each conversation with its turns in the file."""
        with self._map_exceptions():
            rows = self._db.execute(
                "SELECT id, start, length FROM conversations "
                "WHERE kind = 'detail' AND start IS NOT NULL"
            )
            return [(_id(key), start, length) for key, start, length in rows]

    def in_list_order(self) -> Iterator[tuple[bytes, bytes | None, int, int]]:
        """Yield key, record, start and length of each stored record, in the order of the list.

        Conversations that are no longer in the list come last.
        """
        with self._map_exceptions():
            yield from self._db.execute(
                "SELECT id, record, start, length FROM conversations WHERE kind IS NOT NULL "
                "ORDER BY run DESC, position"
            )

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Run the `with` block in one transaction."""
        with self._map_exceptions(), self._db:
            self._db.execute("BEGIN")
            yield

    def mark_written(self, key: bytes, start: int, length: int) -> None:
        """Store the position of a record in the file, instead of the record."""
        with self._map_exceptions():
            self._db.execute(
                "UPDATE conversations SET start = ?, length = ?, record = NULL WHERE id = ?",
                (start, length, key),
            )

    def sync(self) -> None:
        """Wait until everything that was stored is on the disk.

        Raises:
            ExportError: Another program has been reading the file since before it was stored.
        """
        with self._map_exceptions():
            is_blocked, *_ = self._db.execute("PRAGMA wal_checkpoint(FULL)").fetchone()
        if is_blocked:
            raise ExportError(
                f"{self._path} is open in another program; close it there, and export again"
            )

    def vacuum(self) -> None:
        """Free the space of records that have been written to the file."""
        with self._map_exceptions():
            self._db.execute("VACUUM")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def counts(self) -> tuple[int, int]:
        """Return how many conversations are stored, and how many of them had not ended."""
        stored = self._number("SELECT count(*) FROM conversations WHERE kind IS NOT NULL")
        return stored, self._number("SELECT count(*) FROM conversations WHERE in_progress = 1")

    def failures(self) -> tuple[Failure, ...]:
        """Return the failures of this run."""
        with self._map_exceptions():
            rows = self._db.execute(
                "SELECT id, reason, correlation_id FROM conversations "
                "WHERE reason IS NOT NULL AND run = ? ORDER BY position",
                (self.run,),
            ).fetchall()
        return tuple(Failure(_id(key), reason, its_id) for key, reason, its_id in rows)

    def _save_record(self, result: FetchResult) -> None:
        failure, row = result.failure, result.row
        # Without a fingerprint, the stored record counts as outdated.
        fetched = None if result.record is None else row
        text, values = (None, None) if fetched is None else (fetched.text, fetched.values)
        self._db.execute(
            "UPDATE conversations SET "
            "kind = coalesce(?, kind), record = coalesce(?, record), "
            "in_progress = CASE WHEN ? IS NULL THEN in_progress ELSE ? END, "
            "row_text = CASE WHEN ? THEN row_text ELSE ? END, "
            "row_values = CASE WHEN ? THEN row_values ELSE ? END, "
            "reason = ?, correlation_id = ? WHERE id = ?",
            (
                *(result.kind, result.record, result.record, result.in_progress),
                *(row is None, text, row is None, values),
                None if failure is None else _storable(failure.reason),
                None if failure is None else failure.correlation_id,
                _key(result.conversation_id),
            ),
        )

    def _save_recording(self, result: FetchResult) -> None:
        if result.recording is not None:
            delete = "DELETE FROM outdated_recordings WHERE name = ?"
            self._db.execute(delete, (result.recording,))
        if result.missed_recording is not None:
            insert = "INSERT OR IGNORE INTO outdated_recordings VALUES (?)"
            self._db.execute(insert, (result.missed_recording,))

    def _number(self, query: str) -> int:
        with self._map_exceptions():
            return int(self._db.execute(query).fetchone()[0])

    def _check_version(self) -> None:
        version = self.get_meta("version")
        if version is None:
            self.set_meta("version", _VERSION)
        elif version != _VERSION:
            raise ExportError(
                f"{self._path} was written by another version of this package; export into another "
                "directory"
            )

    @contextmanager
    def _map_exceptions(self) -> Generator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise ExportError(
                f"{self._path}: {error}; check that the disk has free space, and that the file "
                "belongs to an export"
            ) from error


def _key(conversation_id: str) -> bytes:
    """Encode an id: JSON may contain a lone surrogate, which text in SQLite may not."""
    return conversation_id.encode("utf-8", "surrogatepass")


def _id(key: bytes) -> str:
    return key.decode("utf-8", "surrogatepass")


def _storable(text: str) -> str:
    # A server's message may contain a lone surrogate, which text in SQLite may not.
    return text.encode("utf-8", "backslashreplace").decode()
