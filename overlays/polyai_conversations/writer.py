"""Bytes hashed as they come, and written in large blocks beside the thread that brings them.

They are hashed at once, while they still lie near the processor: in the second thread that takes
longer. Writing lets go of Python's lock, so that the next bytes come in meanwhile. Small files
never need the second thread.
"""

from __future__ import annotations

import hashlib
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_BLOCK: Final = 2**20
_WAITING: Final = 2


class BlockWriter:
    """Gathers bytes into blocks; what it was given is written after `flush`.

    Args:
        write: Writes a block.

    """

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write_block = write
        self._digest = hashlib.sha256()
        self._held: list[bytes] = []
        self._held_size = 0
        self._thread: ThreadPoolExecutor | None = None
        self._blocks: deque[Future[None]] = deque()
        self._broken = False

    def count(self, block: bytes) -> None:
        """Take into the hash what is written already."""
        self._digest.update(block)

    def add(self, chunk: bytes) -> Future[None] | None:
        """Take the next bytes; give what to wait for before more are brought, where writing lags.

        Its result is an OSError if bytes taken before could not be written. Nothing more is, then.
        """
        if self._held_size >= _BLOCK:
            self._hand_over()
        self._digest.update(chunk)
        self._held.append(chunk)
        self._held_size += len(chunk)
        return self._blocks.popleft() if len(self._blocks) > _WAITING else None

    def flush(self) -> None:
        """Write all that was taken.

        Raises:
            OSError: It could not be.

        """
        while self._blocks:
            self._blocks.popleft().result()
        if self._held:
            self._write(self._take_held())

    def hexdigest(self) -> str:
        """Give the SHA-256 of all that was taken, in hexadecimal digits."""
        return self._digest.hexdigest()

    def close(self) -> None:
        """End the thread, once what it was handed is written."""
        if self._thread is not None:
            self._thread.shutdown()

    def _hand_over(self) -> None:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "save-audio")
        self._blocks.append(self._thread.submit(self._write, self._take_held()))

    def _take_held(self) -> list[bytes]:
        held, self._held = self._held, []
        self._held_size = 0
        return held

    def _write(self, chunks: list[bytes]) -> None:
        if self._broken:
            return  # a block after one that is missing would make a splice
        block = b"".join(chunks)
        try:
            self._write_block(block)
        except BaseException:
            self._broken = True
            raise
