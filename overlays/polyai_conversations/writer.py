"""Bytes gathered into blocks, which a second thread hashes and writes while more come in.

Both let go of Python's lock. A few blocks are used over and over, which was measured to be quicker
than lists of the chunks as they came. Small files never need the second thread.
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
    """Hashes and writes bytes in order; what it was given is written after `flush`.

    Args:
        write: Writes a block, and keeps nothing of it.

    """

    def __init__(self, write: Callable[[memoryview], object]) -> None:
        self._write_block = write
        self._digest = hashlib.sha256()
        self._thread: ThreadPoolExecutor | None = None
        self._handed_over: deque[Future[None]] = deque()
        self._written: deque[memoryview] = deque()
        self._block = _new_block()
        self._filled = 0
        self._failure: BaseException | None = None

    def count(self, block: bytes) -> None:
        """Take into the hash what is written already."""
        self._digest.update(block)

    def add(self, chunk: bytes) -> Future[None] | None:
        """Take the next bytes; give what to wait for before more are brought, where writing lags.

        Its result is an OSError if bytes taken before could not be written. Nothing more is, then.
        """
        rest = memoryview(chunk)
        while rest:
            if self._filled == _BLOCK:
                self._hand_over()
            fitting = rest[: _BLOCK - self._filled]
            end = self._filled + len(fitting)
            self._block[self._filled : end] = fitting
            self._filled = end
            rest = rest[len(fitting) :]
        behind = None
        while len(self._handed_over) > _WAITING:
            behind = self._handed_over.popleft()
        return behind

    def settle(self) -> None:
        """Wait for the second thread.

        Raises:
            OSError: It could not write.

        """
        while self._handed_over:
            self._handed_over.popleft().result()

    def flush(self) -> None:
        """Write all that was taken.

        Raises:
            OSError: It could not be.

        """
        self.settle()
        filled, self._filled = self._filled, 0
        if filled:
            self._write(self._block[:filled])

    def hexdigest(self) -> str:
        """Give the SHA-256 of all that was written, in hexadecimal digits."""
        return self._digest.hexdigest()

    def close(self) -> None:
        """End the thread, once what it was handed is written."""
        if self._thread is not None:
            self._thread.shutdown()

    def _hand_over(self) -> None:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "save-audio")
        self._handed_over.append(self._thread.submit(self._write, self._block))
        self._block = self._written.popleft() if self._written else _new_block()
        self._filled = 0

    def _write(self, block: memoryview) -> None:
        if self._failure is not None:
            raise self._failure  # a block after one that is missing would make a splice
        try:
            self._digest.update(block)
            self._write_block(block)
        except BaseException as failure:
            self._failure = failure
            raise
        self._written.append(block)


def _new_block() -> memoryview:
    return memoryview(bytearray(_BLOCK))
