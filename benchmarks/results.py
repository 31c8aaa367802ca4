"""The results of a benchmark: printed as a table, and kept for the page about performance."""

from __future__ import annotations

import json
import re
import statistics
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER: Final = Path(__file__).parent.parent / "build" / "benchmarks"


@attrs.frozen
class Result:
    """How one candidate compares with the baseline.

    Attributes:
        name: The candidate.
        median_seconds: Its median time.
        ratio: The median of its ratios in all rounds.
        lowest: The lowest of these ratios.
        highest: The highest of these ratios.
    """

    name: str
    median_seconds: float
    ratio: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, name: str, seconds: Sequence[float], ratios: Sequence[float]) -> Self:
        """Summarize all rounds of a candidate."""
        return cls(
            name,
            statistics.median(seconds),
            statistics.median(ratios),
            min(ratios),
            max(ratios),
        )


@attrs.frozen
class Comparison:
    """The results of all candidates.

    Attributes:
        title: What was measured.
        ratio: What the ratios mean, such as "speed relative to httpx".
        results: The results, in the order in which they are shown.
    """

    title: str
    ratio: str
    results: list[Result]

    def publish(self) -> None:
        """Print a table, and write the results to a file of build/benchmarks."""
        print(self.title)
        print(f"{'':42} median ms   {self.ratio} (lowest to highest)")
        for result in self.results:
            print(
                f"{result.name:42} {1_000 * result.median_seconds:9.3f}   {result.ratio:6.2f}"
                f"   ({result.lowest:.2f} to {result.highest:.2f})"
            )
        FOLDER.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"\W+", "-", self.title).strip("-").lower()
        text = json.dumps(attrs.asdict(self), indent=2)
        (FOLDER / f"{name}.json").write_text(text, encoding="utf-8")
