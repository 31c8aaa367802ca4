"""What oasdiff says of two contracts: a program in Go that knows hundreds of kinds of change."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from .changes import STATUSES, Change

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION: Final = "v1.35.0"
_MODULE: Final = f"github.com/oasdiff/oasdiff@{VERSION}"
_FOLDER: Final = Path(__file__).parent.parent / "build" / f"oasdiff-{VERSION}"
PROGRAM: Final = _FOLDER / ("oasdiff.exe" if os.name == "nt" else "oasdiff")

_INFORMATION: Final = 1
# oasdiff calls these harmless, since no message on the wire becomes wrong. A program becomes wrong.
_BREAKING_ALL_THE_SAME: Final = {
    # Almost every field of an answer is optional, and is read all the same.
    "response-optional-property-removed",
    "response-optional-property-removed-before-sunset",
    "optional-response-header-removed",
    # Generated clients are named by these: functions, modules, models.
    "api-operation-id-removed",
    "api-tag-removed",
    "api-schema-removed",
    # Where types are checked, the old argument no longer passes.
    "request-body-type-generalized",
    "request-parameter-type-generalized",
    "request-property-type-generalized",
}
# oasdiff's own words on the version; the verdict here is ours.
_ON_VERSIONS: Final = re.compile(r"^api-(major-)?version-")
_CODE: Final = r"[1-5](?:\d\d|XX)"
_STATUS: Final = re.compile(rf"(?<=status `){_CODE}(?=`)|(?<=`){_CODE}(?=` status)")
# A model made of others is one model; the names of a path's parameters are arguments of clients.
_CHANGELOG: Final = ("changelog", "--flatten-allof", "--include-path-params", "--format=json")


def install() -> None:
    """Build the pinned version, unless it is there.

    Raises:
        FileNotFoundError: Go is not installed.
        subprocess.CalledProcessError: Go could not build it.

    """
    if not PROGRAM.exists():
        environment = {**os.environ, "GOBIN": str(_FOLDER)}
        subprocess.run(["go", "install", _MODULE], check=True, env=environment)


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """Give the changes that oasdiff sees.

    Raises:
        subprocess.CalledProcessError: oasdiff could not read one of them, and has said why.

    """
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, name) for name in ("old.yaml", "new.yaml")]
        for path, spec in zip(paths, (old, new), strict=True):
            path.write_text(yaml.safe_dump(dict(spec), sort_keys=False))
        command = [str(PROGRAM), *_CHANGELOG, *map(str, paths)]
        finished = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return understand(json.loads(finished.stdout or "[]"))


def understand(findings: list[dict[str, Any]]) -> list[Change]:
    """Give the changes that stand in oasdiff's JSON."""
    told = (finding for finding in findings if not _ON_VERSIONS.match(finding["id"]))
    return [_change(finding) for finding in told]


def _change(finding: Mapping[str, Any]) -> Change:
    operation = finding.get("operationId")
    if operation is None and "path" in finding:
        operation = f"{finding['operation']} {finding['path']}"
    status = _STATUS.search(finding["text"])
    return Change(
        text=_STATUS.sub(STATUSES, finding["text"]),
        is_breaking=finding["level"] > _INFORMATION or finding["id"] in _BREAKING_ALL_THE_SAME,
        operations=(operation,) if operation else (),
        statuses=(status[0],) if status else (),
    )


if __name__ == "__main__":
    install()
