"""One run of an export: what of the list it must fetch, and what became of it; no network."""

from __future__ import annotations

from contextlib import aclosing, closing
from typing import TYPE_CHECKING, Any

import attrs

from polyai_conversations.batch import is_complete
from polyai_conversations.concurrently import aeach, each
from polyai_conversations.operation import result
from polyai_conversations.verbatim import SentSummary, sent_text
from polyai_conversations_api.api.conversations import get_conversation

from .ledger import Outcome
from .outcome import ExportReport, Failure, Progress
from .plan import is_wanted, missing

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator
    from pathlib import Path

    import httpx

    from polyai_conversations.pagination import AsyncConversationPager, ConversationPager
    from polyai_conversations_api.models import ConversationSummaryResponse

    from .folder import Folder
    from .plan import Task, Wish
    from .run import OnProgress


class Job:
    """A run in a folder.

    Args:
        folder: The folder.
        wish: What is asked for.
        on_progress: Is told how far it is.

    """

    def __init__(self, folder: Folder, wish: Wish, on_progress: OnProgress | None) -> None:
        self._folder = folder
        self._wish = wish
        self._on_progress = on_progress
        self._progress = Progress()
        self._seen = 0

    @property
    def heard(self) -> dict[str, Any]:
        """How recordings are asked for."""
        return {"direction": self._wish.audio, "redacted": self._wish.redacted}

    def tasks(self, pager: ConversationPager) -> Generator[Task]:
        """Walk the list, and tell what is missing."""
        with closing(each(pager)) as summaries:
            for summary in summaries:
                if (task := self._task(summary, pager.total)) is not None:
                    yield task

    async def atasks(self, pager: AsyncConversationPager) -> AsyncGenerator[Task]:
        """Walk the list, and tell what is missing."""
        async with aclosing(aeach(pager)) as summaries:
            async for summary in summaries:
                if (task := self._task(summary, pager.total)) is not None:
                    yield task

    def with_detail(self, done: Outcome, response: httpx.Response) -> Outcome:
        """Add the full record.

        Raises:
            ResponseValidationError: It breaks the contract.

        """
        detail = result(get_conversation, response)
        return attrs.evolve(
            done,
            kind="detail",
            record=_bytes(sent_text(response)),
            in_progress=detail.in_progress is True,
        )

    def with_recording(self, done: Outcome, path: Path) -> Outcome:
        """Add that the recording is there."""
        return attrs.evolve(done, recording=path.name)

    def keep(self, done: Outcome) -> None:
        """Write down what was fetched, and tell how far the run is."""
        self._folder.ledger.keep(done)
        so_far = self._progress
        self._advance(
            done=so_far.done + 1,
            fetched=so_far.fetched + (done.record is not None),
            recordings=so_far.recordings + (done.recording is not None),
            failed=so_far.failed + (done.failure is not None),
        )

    def finish(self) -> ExportReport:
        """Write the files, and sum up."""
        self._folder.write_records()
        wants_tables = self._wish.format == "parquet" or self._folder.has_tables
        tables = self._folder.write_tables() if wants_tables else ()
        had, in_progress = self._folder.ledger.counts()
        return ExportReport(
            files=(self._folder.records, *tables),
            conversations=had,
            fetched=self._progress.fetched,
            in_progress=in_progress,
            recordings=self._progress.recordings,
            failures=self._folder.ledger.failures(),
        )

    def _task(self, summary: ConversationSummaryResponse, total: int | None) -> Task | None:
        assert isinstance(summary, SentSummary)  # noqa: S101 - `sent_page` made it
        self._seen += 1
        task = self._missing(summary)
        self._advance(total=total, done=self._progress.done + (task is None))
        return task

    def _missing(self, summary: SentSummary) -> Task | None:
        if not is_wanted(summary, self._wish):
            return None
        entry = self._folder.ledger.see(summary.conversation_id, self._seen)
        recording = self._folder.recording(summary.conversation_id, self._wish)
        if recording is not None and is_complete(recording):
            recording = None
        return missing(summary, entry, recording, self._wish)

    def _advance(self, **changes: Any) -> None:
        self._progress = attrs.evolve(self._progress, **changes)
        if self._on_progress is not None:
            self._on_progress(self._progress)


def outcome(task: Task) -> Outcome:
    """Give what is had before anything is fetched: what the list says, where that will do."""
    if task.summary is None:
        return Outcome(task.conversation_id)
    return Outcome(
        task.conversation_id,
        kind="summary",
        record=_bytes(task.summary),
        in_progress=task.going_on,
    )


def failure(done: Outcome, error: Exception) -> Outcome:
    """Add why the rest could not be had."""
    correlation_id = getattr(error, "correlation_id", None)
    return attrs.evolve(done, failure=Failure(done.conversation_id, str(error), correlation_id))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
