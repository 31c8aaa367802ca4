"""The directory of an export, with its files; only one run at a time may write to it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from polyai_conversations._audio.filenames import recording_filename, recording_filenames
from polyai_conversations._files import exclusive_lock, make_directory, replace_file, sync_file
from polyai_conversations._http.arguments import check_directory
from polyai_conversations.errors import ExportError
from polyai_conversations.transcripts import SUFFIXES, TranscriptFormat

from .options import ExportOptions
from .state_store import StateStore
from .transcript_directory import TranscriptDirectory

RECORDS: Final = "conversations.jsonl"
_TABLES: Final = ("conversations", "turns", "metrics", "function_events")
_AUDIO: Final = "audio"
_STATE: Final = "export.sqlite"
_LOCK: Final = ".export.lock"
_PENDING: Final = f".{RECORDS}.part"
_DISCARDED_FORMATS: Final = "discarded_transcripts"


class ExportDirectory:
    """The directory of an export; a `with` block locks it against other exports.

    Args:
        directory: The directory, which is created if needed.
        source: The host and the agent whose conversations it contains.
    """

    def __init__(self, directory: str | os.PathLike[str], source: str) -> None:
        check_directory("directory", directory)
        self._path = Path(directory)
        self._source = source
        self.records = self._path / RECORDS
        self._pending = self._path / _PENDING
        self._audio = self._path / _AUDIO
        self._transcripts = TranscriptDirectory(self._path / "transcripts")
        self._tables = tuple(self._path / f"{name}.parquet" for name in _TABLES)

    def __enter__(self) -> Self:
        """Open the directory, and finish the last step of an earlier run if it was interrupted.

        Raises:
            FileBusyError: Another export is writing to it.
            ExportError: It contains another export, or has been changed since the last run.
            ValueError: It is a file.
            OSError: It cannot be written.
        """
        make_directory("directory", self._path)
        message = (
            f"another export is writing to {self._path}; wait for it to finish, or choose another "
            "directory"
        )
        with ExitStack() as resources:
            resources.enter_context(exclusive_lock(self._path / _LOCK, message))
            self.state = resources.enter_context(StateStore(self._path / _STATE))
            self._check_source()
            self._commit_pending()
            self._check_records()
            self._check_tables()
            self._resources = resources.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._resources.close()

    @property
    def has_tables(self) -> bool:
        """Whether an earlier run wrote tables, which this run must update."""
        return any(map(Path.exists, self._tables))

    def recording_path(self, conversation_id: str, options: ExportOptions) -> Path | None:
        """Return the file for a recording, or None if the options exclude recordings."""
        if options.audio is None:
            return None
        self._audio.mkdir(exist_ok=True)
        name = recording_filename(conversation_id, options.audio, redacted=options.redacted)
        return self._audio / name

    def write_records(self) -> None:
        """Write all stored conversations to `conversations.jsonl`, one per line.

        Raises:
            OSError: It cannot be written. What was fetched is kept for the next run.
        """
        new = self.state.new_records()
        if self.records.exists() and not new:
            return
        # A format whose files are all discarded is written again by this run or a later one.
        self.state.set_meta(_DISCARDED_FORMATS, " ".join(sorted(self._transcript_formats())))
        self._transcripts.discard(new)
        with self.state.transaction():
            size = self._write_pending()
            self.state.set_meta("size", str(size))
            self.state.set_meta("revision", str(self.state.run))
            self.state.set_meta("commit_pending", "yes")
        self._commit_pending()
        self.state.vacuum()

    def write_tables(self) -> tuple[Path, ...]:
        """Write the Parquet files unless they are up to date; return their paths.

        Raises:
            OSError: They cannot be written. `conversations.jsonl` is complete nevertheless.
        """
        from .parquet import write_tables
        from .tables import SCHEMAS

        recordings = {path.name for path in self._audio.glob("[!.]*.wav")}
        inputs = "\n".join([*sorted(recordings), *map(str, SCHEMAS.values())])
        digest = hashlib.sha256(os.fsencode(inputs)).hexdigest()
        revision = f"{self.state.get_meta('revision')} {digest}"
        if self.state.get_meta("tables") != revision or not all(map(Path.exists, self._tables)):
            write_tables(self.records, self._path, partial(_find_recording, recordings))
            self.state.set_meta("tables", revision)
        return self._tables

    def write_transcripts(self, name: TranscriptFormat | None) -> int:
        """Write the transcripts that are missing, and return their number.

        Args:
            name: A format, besides those in which transcripts exist already.

        Raises:
            OSError: One cannot be written. `conversations.jsonl` is complete nevertheless.
        """
        formats = self._transcript_formats()
        if name is not None:
            formats.add(name)
        if not formats:
            return 0
        with self.records.open("rb") as records:
            written = sum(
                self._transcripts.write(id_, each, partial(_read_record, records, start, length))
                for id_, start, length in self.state.written_details()
                for each in formats
            )
        self.state.set_meta(_DISCARDED_FORMATS, "")
        return written

    def _transcript_formats(self) -> set[TranscriptFormat]:
        formats = self._transcripts.formats
        discarded = (self.state.get_meta(_DISCARDED_FORMATS) or "").split()
        formats.update(name for name in SUFFIXES if name in discarded)
        return formats

    def _write_pending(self) -> int:
        with self._pending.open("wb") as pending:
            for key, record in self._lines():
                self.state.mark_written(key, pending.tell(), len(record))
                pending.write(record + b"\n")
            sync_file(pending)
            return pending.tell()

    def _lines(self) -> Iterator[tuple[bytes, bytes]]:
        with ExitStack() as files:
            old = files.enter_context(self.records.open("rb")) if self.records.exists() else None
            for key, record, start, length in self.state.in_list_order():
                if record is not None:
                    yield key, record
                elif old is not None:
                    yield key, _read_record(old, start, length)

    def _check_source(self) -> None:
        source = self.state.get_meta("source")
        if source is None:
            self.state.set_meta("source", self._source)
        elif source != self._source:
            raise ExportError(
                f"{self._path} contains an export of {source}, not of {self._source}; choose "
                "another directory"
            )

    def _commit_pending(self) -> None:
        if self.state.get_meta("commit_pending") != "yes":
            self._pending.unlink(missing_ok=True)
            return
        if self._pending.exists():
            # A crash of the machine must not leave the new file beside the old state.
            self.state.sync()
            replace_file(self._pending, self.records)
        self.state.set_meta("commit_pending", "no")

    def _check_records(self) -> None:
        expected = self.state.get_meta("size")
        found = self.records.stat().st_size if self.records.exists() else None
        if found == (None if expected is None else int(expected)):
            return
        raise ExportError(
            f"{self.records} has changed since the last export ({expected or 'no'} bytes then, "
            f"{'none' if found is None else found} now); restore it, or choose another directory"
        )

    def _check_tables(self) -> None:
        if self.has_tables and find_spec("pyarrow") is None:
            raise ExportError(
                f"{self._path} contains Parquet tables, which would become outdated: "
                'pip install "polyai-conversations[parquet]", or remove them'
            )


def _read_record(records: IO[bytes], start: int, length: int) -> bytes:
    records.seek(start)
    return records.read(length)


def _find_recording(recordings: set[str], conversation_id: str) -> str | None:
    names = recording_filenames(conversation_id)
    return next((f"{_AUDIO}/{name}" for name in names if name in recordings), None)
