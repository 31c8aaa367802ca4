"""Compares two contracts with oasdiff, a Go program that knows hundreds of kinds of change."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from .changes import STATUSES, Change, Release

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION: Final = "v1.35.0"
_MODULE: Final = f"github.com/oasdiff/oasdiff@{VERSION}"
_FOLDER: Final = Path(__file__).parent.parent / "build" / f"oasdiff-{VERSION}"
PROGRAM: Final = _FOLDER / ("oasdiff.exe" if os.name == "nt" else "oasdiff")

_LEVEL_INFO: Final = 1
# oasdiff considers these harmless, because all messages stay valid. They do break programs.
_ALSO_BREAKING: Final = {
    # Almost every field of a response is optional, but programs read it anyway.
    "response-optional-property-removed",
    "response-optional-property-removed-before-sunset",
    "optional-response-header-removed",
    # Generated clients name functions, modules and models after these.
    "api-operation-id-removed",
    "api-tag-removed",
    "api-schema-removed",
    # A type checker rejects the previous argument.
    "request-body-type-generalized",
    "request-parameter-type-generalized",
    "request-property-type-generalized",
    # A client that converts values to the previous type fails.
    "response-body-type-compatible",
    "response-header-type-compatible",
    "response-property-type-compatible",
}
# Typed clients convert a value according to its format: a date-time is not a text to them.
_NARROWED_FORMAT: Final = re.compile(r"`format` was narrowed")
# `changes.version_error` checks versions instead.
_VERSION_FINDING: Final = re.compile(r"^api-(major-)?version-")
_CODE: Final = r"(?:[1-5](?:\d\d|XX)|default)"
_STATUS: Final = re.compile(rf"(?<=status `){_CODE}(?=`)|(?<=`){_CODE}(?=` status)")

# Schemas composed with `allOf` are compared as one, and the parameters of a path belong to each of
# its operations. The names of path parameters matter, because generated clients use them as
# argument names.
_CHANGELOG: Final = (
    *("changelog", "--flatten-allof", "--flatten-params", "--include-path-params"),
    "--format=json",
)


def install() -> None:
    """Build the pinned version if it is missing.

    Raises:
        FileNotFoundError: Go is not installed.
        subprocess.CalledProcessError: Go could not build it.

    """
    if not PROGRAM.exists():
        environment = {**os.environ, "GOBIN": str(_FOLDER)}
        subprocess.run(["go", "install", _MODULE], check=True, env=environment)


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """Return the changes that oasdiff finds.

    Raises:
        subprocess.CalledProcessError: oasdiff could not read a contract; it has printed why.

    """
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, name) for name in ("old.yaml", "new.yaml")]
        for path, spec in zip(paths, (old, new), strict=True):
            path.write_text(yaml.safe_dump(dict(spec), sort_keys=False))
        command = [str(PROGRAM), *_CHANGELOG, *map(str, paths)]
        finished = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return parse_findings(json.loads(finished.stdout or "[]"))


def parse_findings(findings: list[dict[str, Any]]) -> list[Change]:
    """Return the changes in oasdiff's JSON output."""
    return [_change(finding) for finding in findings if not _VERSION_FINDING.match(finding["id"])]


def _change(finding: Mapping[str, Any]) -> Change:
    operation = finding.get("operationId")
    if operation is None and "path" in finding:
        operation = f"{finding['operation']} {finding['path']}"
    status = _STATUS.search(finding["text"])
    return Change(
        text=_STATUS.sub(STATUSES, finding["text"]),
        release=Release.MAJOR if _is_breaking(finding) else Release.MINOR,
        operations=(operation,) if operation else (),
        statuses=(status[0],) if status else (),
    )


def _is_breaking(finding: Mapping[str, Any]) -> bool:
    return (
        finding["level"] > _LEVEL_INFO
        or finding["id"] in _ALSO_BREAKING
        or _NARROWED_FORMAT.search(finding["text"]) is not None
    )


if __name__ == "__main__":
    install()
