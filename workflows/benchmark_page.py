"""Writes docs/guides/benchmarks.md from build/benchmarks: `python -m workflows.benchmark_page`."""

from __future__ import annotations

import datetime
import html
import json
import os
import platform
import sys
from pathlib import Path
from typing import Any, Final

from polyai_conversations import __version__

ROOT: Final = Path(__file__).parent.parent
RESULTS: Final = ROOT / "build" / "benchmarks"
TARGET: Final = ROOT / "docs" / "guides" / "benchmarks.md"
_OURS: Final = ("save_audio", "list_conversations", "export", "this client", "import the client")
_OUR_COMMANDS: Final = ("--help", "list --help")
_GIB: Final = 2**30
_MANY: Final = 100


def main() -> None:
    """Write a chart and a table for each benchmark."""
    paths = sorted(RESULTS.glob("*.json"))
    if not paths:
        raise SystemExit(f"{RESULTS} has no results; run `nox -s bench` first")
    sections = [section(json.loads(path.read_text(encoding="utf-8"))) for path in paths]
    TARGET.write_text("\n".join([machine(), *sections]), encoding="utf-8")
    sys.stdout.write(f"wrote {TARGET}\n")


def machine() -> str:
    """Return a sentence about where and when the benchmarks ran."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB
    return (
        f"Measured on {datetime.datetime.now(datetime.UTC).date()} with version {__version__} on "
        f"{platform.system()}, {os.cpu_count()} virtual cores, {memory:.0f} GiB of memory and "
        f"Python {platform.python_version()}. The server ran on the same machine.\n"
    )


def section(comparison: dict[str, Any]) -> str:
    """Return the heading, the chart and the table of one benchmark."""
    rows = [
        f"| `{row['name']}` | {milliseconds(row['median_seconds'])} | {row['ratio']:.2f} "
        f"| {row['lowest']:.2f} to {row['highest']:.2f} |"
        for row in comparison["results"]
    ]
    better = "Longer" if "speed" in comparison["ratio"] else "Shorter"
    caption = f"The {comparison['ratio']}. {better} bars are better.\n"
    table = [
        "| candidate | median, ms | ratio | lowest to highest |",
        "| :--- | ---: | ---: | ---: |",
        *rows,
    ]
    return "\n".join([f"## {comparison['title']}\n", caption, chart(comparison), *table, ""])


def milliseconds(seconds: float) -> str:
    """Return milliseconds, with more digits if they are few."""
    value = 1_000 * seconds
    return f"{value:,.0f}" if value >= _MANY else f"{value:.3g}"


def chart(comparison: dict[str, Any]) -> str:
    """Return bars as HTML, whose text follows the theme and the width of the page."""
    longest = max(row["ratio"] for row in comparison["results"])
    bars = [bar(row["name"], row["ratio"], longest) for row in comparison["results"]]
    label = html.escape(f"Bar chart: {comparison['ratio']}. The table below has the numbers.")
    lines = ["```{raw} html", f'<div class="bars" role="img" aria-label="{label}">']
    return "\n".join([*lines, *bars, "</div>", "```", ""])


def bar(name: str, ratio: float, longest: float) -> str:
    """Return the name, the bar and the ratio of one candidate."""
    kind = "ours" if name.startswith(_OURS) or name in _OUR_COMMANDS else "other"
    return (
        f"<span>{html.escape(name)}</span>"
        f'<span class="bar {kind}" style="--share: {ratio / longest:.3f}">{ratio:.2f}</span>'
    )


if __name__ == "__main__":
    main()
