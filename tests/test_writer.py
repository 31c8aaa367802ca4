"""What a block writer was given is what it wrote, however it came and however the disk lags."""

from __future__ import annotations

import hashlib
import time
from concurrent.futures import wait
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_conversations import writer
from polyai_conversations.writer import BlockWriter

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

BLOCK = 16


@pytest.fixture(autouse=True, scope="module")
def small_blocks() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writer, "_BLOCK", BLOCK)
        yield


class Disk:
    """Takes blocks, now and then late; is full for a moment when the nth comes (the first is 0)."""

    def __init__(self, full_at: int | None = None, lag: random.Random | None = None) -> None:
        self.blocks: list[bytes] = []
        self._full_at = full_at
        self._lag = lag

    def write(self, block: memoryview) -> None:
        if self._lag is not None:
            time.sleep(self._lag.choice((0, 0, 0.001)))
        if len(self.blocks) == self._full_at:
            self._full_at = None
            raise OSError("the disk is full")
        self.blocks.append(bytes(block))


@given(
    chunks=st.lists(st.binary(max_size=3 * BLOCK), max_size=30),
    before=st.binary(max_size=BLOCK),
    lag=st.randoms(use_true_random=False),
)
def test_all_bytes_are_written_and_hashed_in_order(
    chunks: list[bytes], before: bytes, lag: random.Random
) -> None:
    disk = Disk(lag=lag)
    with closing(BlockWriter(disk.write)) as blocks:
        blocks.count(before)
        for chunk in chunks:
            if (behind := blocks.add(chunk)) is not None:
                behind.result()
        blocks.flush()
    whole = b"".join(chunks)
    assert b"".join(disk.blocks) == whole
    assert blocks.hexdigest() == hashlib.sha256(before + whole).hexdigest()


@pytest.mark.parametrize("full_at", [0, 1, 5])
def test_nothing_is_written_after_a_block_that_could_not_be(full_at: int) -> None:
    disk = Disk(full_at)
    whole = bytes(range(10 * BLOCK))
    failures = []
    with closing(BlockWriter(disk.write)) as blocks:
        for start in range(0, len(whole), BLOCK):
            if (behind := blocks.add(whole[start : start + BLOCK])) is not None:
                wait([behind])
                failures.append(behind.exception())
        with pytest.raises(OSError, match="full"):
            blocks.flush()
    assert b"".join(disk.blocks) == whole[: full_at * BLOCK]
    assert [failure is None for failure in failures] == [n < full_at for n in range(7)]


def test_a_large_chunk_tells_of_the_failure_of_any_of_its_blocks() -> None:
    with closing(BlockWriter(Disk(full_at=1).write)) as blocks:
        behind = blocks.add(bytes(9 * BLOCK))
        assert behind is not None
        with pytest.raises(OSError, match="full"):
            behind.result()


def test_what_fits_into_one_block_needs_no_thread() -> None:
    disk = Disk()
    with closing(BlockWriter(disk.write)) as blocks:
        assert blocks.add(bytes(BLOCK)) is None
        assert not disk.blocks
        blocks.flush()
    assert disk.blocks == [bytes(BLOCK)]
