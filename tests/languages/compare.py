"""Generate clients in several languages from the contract, and compare their reports.

`nox -s languages` runs this; README.md explains what it proves.
"""

from __future__ import annotations

import difflib
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from polyai_conversations.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Sequence

    Command = tuple[str, ...]

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parent.parent
BUILD: Final = ROOT / "build" / "languages"
_RUN_SECONDS: Final = 120
# The part of the report that does not need the operations that write, or recordings.
_READ: Final = ("count", "page", "details")


@dataclass(frozen=True)
class Language:
    """A folder with a program, the commands that build it, and the command that runs it.

    Args:
        name: The name of the folder.
        tools: The programs that must be installed.
        build: The commands that build the program.
        run: The command that prints the report.
        sections: The keys of the report that the program prints; all if it is empty.

    """

    name: str
    tools: tuple[str, ...]
    build: tuple[Command, ...]
    run: Command
    sections: tuple[str, ...] = ()

    def missing(self) -> list[str]:
        """Return the tools that are not installed."""
        return [tool for tool in self.tools if shutil.which(tool) is None]


PYTHON: Final = Language("python", (), (), (sys.executable, "report.py"))
_NPM: Final = (("npm", "ci", "--prefer-offline"), ("npm", "run", "build"))
_GO: Final = (
    ("go", "generate", "./..."),
    ("go", "vet", "./..."),
    ("go", "build", "-o", "report"),
)
_MAVEN: Final = (("mvn", "-B", "-ntp", "-q", "process-classes"),)
_CLASSPATH: Final = os.pathsep.join(("target/classes", "target/lib/*"))
LANGUAGES: Final = (
    Language("typescript", ("node", "npm"), _NPM, ("node", "out/report.js")),
    Language("zod", ("node", "npm"), _NPM, ("node", "out/report.js"), sections=_READ),
    Language("go", ("go",), _GO, ("./report",)),
    Language("ogen", ("go",), _GO, ("./report",), sections=_READ),
    Language(
        "rust",
        tools=("cargo", "npm"),  # npm converts the contract to OpenAPI 3.0.
        build=(("cargo", "build", "--locked", "--quiet"),),
        run=("target/debug/conversations-report",),
    ),
    Language("java", ("java", "mvn"), _MAVEN, ("java", "-cp", _CLASSPATH, "report.Report")),
    Language(
        "kotlin",
        tools=("java", "mvn"),
        build=_MAVEN,
        run=("java", "-cp", _CLASSPATH, "report.ReportKt"),
        sections=_READ,
    ),
)


class BrokenError(Exception):
    """A client that does not build, or a program that fails or does not print JSON."""


def main() -> int:
    """Compare the languages in the arguments, or all of them; return the exit status."""
    names = sys.argv[1:] or [language.name for language in LANGUAGES]
    if unknown := set(names) - {language.name for language in LANGUAGES}:
        known = ", ".join(language.name for language in LANGUAGES)
        print(f"Unknown language: {', '.join(sorted(unknown))}. Choose from {known}.")
        return 2
    return compare([language for language in LANGUAGES if language.name in names])


def compare(languages: Sequence[Language]) -> int:
    """Compare the report of each language with that of Python; return the exit status."""
    try:
        expected = report(PYTHON, HERE / "python")
    except BrokenError as error:
        print(error)
        return 1
    verdicts = {language.name: check(language, expected) for language in languages}
    width = max(map(len, verdicts), default=0)
    print()
    for name, verdict in verdicts.items():
        print(f"{name:{width}}  {verdict}")
    return int(any(verdict.startswith(("BROKEN", "DIFFERENT")) for verdict in verdicts.values()))


def check(language: Language, expected: str) -> str:
    """Build and run the program of a language; return the verdict in one line."""
    if missing := language.missing():
        return f"SKIPPED: not installed: {', '.join(missing)}"
    print(f"{language.name} …", flush=True)
    start = time.monotonic()
    try:
        folder = build(language)
        built = time.monotonic()
        actual = report(language, folder)
    except BrokenError as error:
        print(error)
        return f"BROKEN: {str(error).partition(chr(10))[0]}"
    if lines := difference(select(expected, language.sections), actual, language.name):
        print(lines)
        return "DIFFERENT from the Python report"
    return f"equal (built in {built - start:.1f} s, ran in {time.monotonic() - built:.1f} s)"


def build(language: Language) -> Path:
    """Build the program of a language in the build folder; return its folder there.

    The results of earlier builds are kept, which makes later ones faster.
    """
    shutil.copytree(HERE, BUILD, dirs_exist_ok=True)
    shutil.copy(ROOT / "openapi.yaml", BUILD)
    folder = BUILD / language.name
    for command in language.build:
        run(command, folder)
    return folder


def sandbox() -> Sandbox:
    """Return a sandbox whose conversations are the same each time."""
    return Sandbox(conversations=60, seed=7, forward_compat=True)


def report(language: Language, folder: Path) -> str:
    """Run the program of a language against a new sandbox; return its normalized report."""
    with sandbox() as server:
        settings = {
            "POLYAI_BASE_URL": server.url,
            "POLYAI_API_KEY": server.api_key,
            "POLYAI_RATE_LIMITED_KEY": server.rate_limited_key,
            "POLYAI_AGENT_ID": server.agent_id,
        }
        output = run(language.run, folder, _RUN_SECONDS, **settings)
    try:
        # JSON does not distinguish 4 from 4.0.
        return normalized(json.loads(output, parse_int=float))
    except ValueError:
        raise BrokenError(f"the output of {language.name} is not JSON:\n{output}") from None


def select(report: str, sections: tuple[str, ...]) -> str:
    """Return the named sections of a report; all of it if none is named."""
    value = json.loads(report)
    return normalized({name: value[name] for name in sections or value})


def normalized(value: object) -> str:
    """Return equal text for equal JSON values."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)


def run(command: Command, folder: Path, seconds: float | None = None, **settings: str) -> str:
    """Run a command in a folder; return its output."""
    program, *arguments = command
    # On Windows, npm.cmd only starts by its full name.
    found = shutil.which(program) or str(folder / program)
    try:
        done = subprocess.run(
            [found, *arguments],
            check=False,
            cwd=folder,
            env={**os.environ, **settings},
            capture_output=True,
            encoding="utf-8",
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        raise BrokenError(f"{' '.join(command)} took longer than {seconds} s") from None
    except OSError as error:
        raise BrokenError(f"{' '.join(command)}: {error.strerror}") from None
    if done.returncode:
        raise BrokenError(
            f"{' '.join(command)} exited with status {done.returncode}\n{done.stdout}{done.stderr}"
        )
    return done.stdout


def difference(expected: str, actual: str, name: str) -> str:
    """Return a diff of two reports; empty if they are equal."""
    lines = difflib.unified_diff(
        expected.splitlines(), actual.splitlines(), "python", name, lineterm=""
    )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
