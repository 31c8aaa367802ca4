"""Starts a server, and times candidates against it in rounds."""

from __future__ import annotations

import gc
import subprocess
import sys
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

from results import Comparison, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

ROUNDS: Final = 5


def sandbox(*options: str) -> AbstractContextManager[dict[str, str]]:
    """Start the sandbox in its own process; yield the variables that it prints."""
    return server("-m", "polyai_conversations.sandbox", "--port", "0", *options)


@contextmanager
def server(*arguments: str) -> Iterator[dict[str, str]]:
    """Start a Python server in its own process; yield the variables that it prints."""
    command = [sys.executable, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield _settings(process)
        finally:
            process.terminate()


def _settings(process: subprocess.Popen[str]) -> dict[str, str]:
    settings: dict[str, str] = {}
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("export "):
            name, _, value = line.removeprefix("export ").strip().partition("=")
            settings[name] = value
        if len(settings) == 3:  # noqa: PLR2004 - key, agent and URL
            return settings
    raise RuntimeError("the server did not print its settings")


def compare(
    title: str, candidates: Mapping[str, Callable[[], object]], baseline: str, rounds: int = ROUNDS
) -> dict[str, list[float]]:
    """Run all candidates in turn, several times, and publish how their speeds compare.

    Returns:
        All times in seconds, by candidate.

    """
    measurements = {name: partial(_elapsed, run) for name, run in candidates.items()}
    seconds = _measure(measurements, rounds)
    results = []
    for name, times in seconds.items():
        ratios = [base / own for base, own in zip(seconds[baseline], times, strict=True)]
        results.append(Result.of(name, times, ratios))
    Comparison(title, f"speed relative to {baseline}", results).publish()
    return seconds


def compare_cpu_time(
    title: str, candidates: Mapping[str, Callable[[], object]], baseline: str, calls: int
) -> None:
    """Compare the CPU time per call, which other programs on the machine hardly change.

    The garbage collector does not visit the libraries themselves, nor what another candidate left.
    """
    gc.freeze()
    compare_seconds(
        title,
        {name: partial(_cpu_time, run, calls) for name, run in candidates.items()},
        baseline,
        rounds=4 * ROUNDS,
    )


def compare_seconds(
    title: str,
    measurements: Mapping[str, Callable[[], float]],
    baseline: str,
    rounds: int = ROUNDS,
) -> None:
    """Take all measurements in turn, several times, and publish how they compare.

    Args:
        title: What is measured.
        measurements: Functions that return seconds, by candidate.
        baseline: The candidate whose seconds the others are divided by, round by round.
        rounds: How often to take each measurement.

    """
    seconds = _measure(measurements, rounds)
    results = []
    for name, times in seconds.items():
        ratios = [own / base for own, base in zip(times, seconds[baseline], strict=True)]
        results.append(Result.of(name, times, ratios))
    Comparison(title, f"CPU time relative to {baseline}", results).publish()


def _measure(
    measurements: Mapping[str, Callable[[], float]], rounds: int
) -> dict[str, list[float]]:
    seconds: dict[str, list[float]] = {name: [] for name in measurements}
    for _ in range(rounds):
        for name, measure in measurements.items():
            seconds[name].append(measure())
    return seconds


def _elapsed(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def _cpu_time(run: Callable[[], object], calls: int) -> float:
    gc.collect()
    started = time.process_time()
    for _ in range(calls):
        run()
    return (time.process_time() - started) / calls
