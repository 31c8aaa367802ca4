"""The transcripts of an export, in one file for each conversation with its turns."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from polyai_conversations._audio.filenames import safe_filename
from polyai_conversations._files import replace_file, sync_file
from polyai_conversations.transcripts import SUFFIXES, TranscriptFormat, transcript

from .record_parser import parse_record


class TranscriptDirectory:
    """The directory `transcripts` of an export.

    A file that exists is up to date, because `discard` removes it before its conversation changes.

    Args:
        path: The directory, which is created when the first file is written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def formats(self) -> set[TranscriptFormat]:
        """The formats of the existing files."""
        return {name for name, suffix in SUFFIXES.items() if any(self._path.glob(f"[!.]*{suffix}"))}

    def discard(self, conversation_ids: Collection[str]) -> None:
        """Remove the transcripts of conversations, if there are any."""
        for name in self.formats:
            for conversation_id in conversation_ids:
                self._file(conversation_id, name).unlink(missing_ok=True)

    def write(
        self, conversation_id: str, name: TranscriptFormat, read_record: Callable[[], bytes]
    ) -> bool:
        """Write a transcript unless its file exists; return whether it was written.

        Args:
            conversation_id: The conversation.
            name: The format.
            read_record: Returns the JSON of the conversation.

        Raises:
            OSError: The file cannot be written.
        """
        target = self._file(conversation_id, name)
        if target.exists():
            return False
        text = transcript(parse_record(read_record()), name)
        self._path.mkdir(exist_ok=True)
        temporary = target.with_name(f".{target.name}.part")
        with temporary.open("wb") as file:
            file.write(text.encode())
            sync_file(file)
        replace_file(temporary, target)
        return True

    def _file(self, conversation_id: str, name: TranscriptFormat) -> Path:
        return self._path / f"{safe_filename(conversation_id)}{SUFFIXES[name]}"
