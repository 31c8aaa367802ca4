"""Tracks whether a streamed recording, which can be read only once, can still be read."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager


class StreamState:
    """The state of a recording that is streamed."""

    def __init__(self) -> None:
        self._ended_because: str | None = None

    def check_readable(self) -> None:
        """Raise `RuntimeError` if there is nothing left to read."""
        if self._ended_because is not None:
            raise RuntimeError(f"the recording {self._ended_because}: open it again")

    def close(self) -> None:
        """Mark the end of the `with` block."""
        self._end("is closed because its `with` block has ended")

    @contextmanager
    def reading(self) -> Generator[None]:
        """Remember how reading ends. After leaving the loop early, reading can continue later."""
        try:
            yield
        except GeneratorExit:
            raise
        except BaseException:
            self._end("broke off")
            raise
        self._end("has been read already")

    def _end(self, reason: str) -> None:
        self._ended_because = self._ended_because or reason
