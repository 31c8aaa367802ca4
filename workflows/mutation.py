"""Mutation testing of the pure modules: `python -m workflows.mutation [MODULE …]`.

cosmic-ray makes one small change to a module at a time, such as `<` to `<=`, and runs the tests of
that module. A change that they do not notice is a survivor. `mutation.toml` lists the modules,
their tests, and the survivors that no test can notice, each with the reason.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any, Final

import attrs

_ROOT: Final = Path(__file__).parent.parent
_SETTINGS: Final = _ROOT / "workflows" / "mutation.toml"
_PACKAGE: Final = "overlays/polyai_conversations"
_COPIED: Final = ("overlays", "generated", "tests", "pyproject.toml")
_TIMEOUT: Final = 60.0  # seconds; a change can make a loop endless
# Without conftest.py, the tests of a pure module start three times as fast.
_PYTEST: Final = "-m pytest -x -q --noconftest -p no:cacheprovider -p no:randomly"


@attrs.frozen
class Mutant:
    """A change of one line.

    Attributes:
        line: The original line.
        change: What became of it.
    """

    line: str
    change: str


@attrs.frozen
class Outcome:
    """What became of the changes to a module."""

    killed: int
    survivors: list[Mutant]


def main(arguments: list[str]) -> str | None:
    """Test the modules, or those given; return why the tests are not good enough, or None."""
    settings = tomllib.loads(_SETTINGS.read_text())
    modules = {name: settings["modules"][name] for name in arguments or settings["modules"]}
    explained = {
        (each["module"], each["line"], each["change"]) for each in settings.get("equivalent", [])
    }
    survived = set()
    for module, tests in modules.items():
        outcome = test_module(module, tests, settings["exclude-operators"])
        new = [m for m in outcome.survivors if (module, m.line, m.change) not in explained]
        survived |= {(module, m.line, m.change) for m in outcome.survivors}
        _print(describe(module, outcome, new))
    outdated = {each for each in explained if each[0] in modules} - survived
    for module, line, change in sorted(outdated):
        _print(f"{module}: this change is explained, but did not survive\n  - {line}\n  + {change}")
    unexplained = survived - explained
    if not unexplained and not outdated:
        return None
    return f"{len(unexplained)} changes are not explained, and {len(outdated)} no longer survive"


def describe(module: str, outcome: Outcome, unexplained: list[Mutant]) -> str:
    """Return a line about a module, and two about each survivor that is not explained."""
    total = outcome.killed + len(outcome.survivors)
    share = outcome.killed / total if total else 1.0
    survivors = len(outcome.survivors)
    explained = survivors - len(unexplained)
    summary = f"{module}: the tests notice {outcome.killed} of {total} changes ({share:.1%})"
    lines = [f"{summary}; {survivors} survive, {explained} of them explained"]
    for mutant in unexplained:
        lines += [f"  - {mutant.line}", f"  + {mutant.change}"]
    return "\n".join(lines)


def test_module(module: str, tests: list[str], exclude_operators: list[str]) -> Outcome:
    """Change a copy of a module in every way that cosmic-ray knows, and run its tests each time.

    Raises:
        SystemExit: The tests fail without any change.
    """
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        for each in _COPIED:
            _copy(_ROOT / each, directory / each)
        paths = " ".join(f"tests/{test}" for test in tests)
        config = {
            "module-path": f"{_PACKAGE}/{module}",
            "timeout": _TIMEOUT,
            "excluded-modules": [],
            "test-command": f"{sys.executable} {_PYTEST} {paths}",
        }
        _write_config(directory / "config.toml", config, exclude_operators)
        _run("cosmic-ray", "baseline", "config.toml", cwd=directory)
        _run("cosmic-ray", "init", "config.toml", "session.sqlite", cwd=directory)
        _run("cr-filter-operators", "session.sqlite", "config.toml", cwd=directory)
        _run("cosmic-ray", "exec", "config.toml", "session.sqlite", cwd=directory)
        dump = _run("cosmic-ray", "dump", "session.sqlite", cwd=directory)
    return outcome_of(dump)


def outcome_of(dump: str) -> Outcome:
    """Read the results that cosmic-ray prints as one JSON array per line."""
    killed, survivors = 0, []
    for line in dump.splitlines():
        _, result = json.loads(line)
        if result["worker_outcome"] == "skipped":
            continue
        if result["test_outcome"] == "survived":
            survivors.append(_mutant(result["diff"]))
        else:
            killed += 1
    return Outcome(killed, survivors)


def _mutant(diff: str) -> Mutant:
    changed = [line for line in diff.splitlines() if not line.startswith(("---", "+++"))]
    removed = [line[1:].strip() for line in changed if line.startswith("-")]
    added = [line[1:].strip() for line in changed if line.startswith("+")]
    return Mutant(" ".join(removed), " ".join(added))


def _write_config(path: Path, config: dict[str, Any], exclude_operators: list[str]) -> None:
    # JSON strings, numbers and arrays are TOML too.
    lines = ["[cosmic-ray]", *(f"{key} = {json.dumps(value)}" for key, value in config.items())]
    lines += ["[cosmic-ray.distributor]", 'name = "local"']
    lines += ["[cosmic-ray.filters.operators-filter]"]
    lines += [f"exclude-operators = {json.dumps(exclude_operators)}"]
    path.write_text("\n".join(lines))


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(
            source, target, ignore=shutil.ignore_patterns("__pycache__", "node_modules")
        )
    else:
        shutil.copyfile(source, target)


def _run(*command: str, cwd: Path) -> str:
    # CI makes hypothesis try the same examples each time, without a time limit for each.
    paths = os.pathsep.join(str(cwd / each) for each in ("overlays", "generated", "tests"))
    environment = os.environ | {"CI": "1", "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
    finished = subprocess.run(
        command, cwd=cwd, env=environment, check=False, capture_output=True, text=True
    )
    if finished.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{finished.stdout}{finished.stderr}")
    return finished.stdout


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
