"""The log lines and counts that show the progress of an export."""

from __future__ import annotations

from typing import TYPE_CHECKING

from polyai_conversations.cli.progress import ProgressLog
from polyai_conversations.export import Progress

if TYPE_CHECKING:
    import pytest


class FakeClock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_line_is_logged_at_most_once_per_interval(capsys: pytest.CaptureFixture[str]) -> None:
    clock = FakeClock()
    with ProgressLog(interval=10, clock=clock) as log:
        for second in range(1, 31):
            clock.now = 100.0 + second
            log.update(Progress(done=second, total=60, fetched=second))
    assert capsys.readouterr().err.splitlines() == [
        "10 of 60 conversations; 1/s, 0 failed; 50 s remaining",
        "20 of 60 conversations; 1/s, 0 failed; 40 s remaining",
        "30 of 60 conversations; 1/s, 0 failed; 30 s remaining",
    ]


def test_unknown_total_and_remaining_time_are_logged_as_unknown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = FakeClock()
    log = ProgressLog(interval=0, clock=clock)
    log.update(Progress(recordings=2, failed=1))
    assert capsys.readouterr().err == (
        "0 of ? conversations; 0/s, 2 recordings, 1 failed; time remaining unknown\n"
    )
