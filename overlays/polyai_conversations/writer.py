"""Bytes written and hashed in large blocks, beside the thread that brings the bytes.

Hashing and writing let go of Python's lock, so that the next bytes come in meanwhile. Small files
never need the second thread.
"""

from __future__ import annotations

import hashlib
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
        self._blocks: list[Future[None]] = []
        self._broken = False

    def count(self, block: bytes) -> None:
        """Take into the hash what is written already."""
        self._digest.update(block)

    def add(self, chunk: bytes) -> None:
        """Take the next bytes.

        Raises:
            OSError: Bytes taken before could not be written. Nothing more is.

        """
        if self._held_size >= _BLOCK:
            self._hand_over()
        self._held.append(chunk)
        self._held_size += len(chunk)

    def flush(self) -> None:
        """Write all that was taken.

        Raises:
            OSError: It could not be.

        """
        for block in self._blocks:
            block.result()
        self._blocks.clear()
        if self._held:
            self._write(self._take_held())

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
        self._blocks.append(self._thread.submit(self._write, self._take_held()))
        if len(self._blocks) > _WAITING:
            self._blocks.pop(0).result()

    def _take_held(self) -> bytes:
        block = b"".join(self._held)
        self._held.clear()
        self._held_size = 0
        return block

    def _write(self, block: bytes) -> None:
        if self._broken:
            return  # a block after one that is missing would make a splice
        try:
            self._write_block(block)
        except BaseException:
            self._broken = True
            raise
        self._digest.update(block)
