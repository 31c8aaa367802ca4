"""What `nox -s audit` reports: vulnerabilities, and that nothing could be looked up."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from workflows import audit

if TYPE_CHECKING:
    from collections.abc import Callable

    PipAudit = Callable[..., None]

SAFE = {"name": "attrs", "version": "26.1.0", "vulns": []}
SKIPPED = {"name": "anyio", "skip_reason": "Dependency not found on PyPI"}
VULNERABLE = {
    "name": "h11",
    "version": "0.14.0",
    "vulns": [
        {"id": "PYSEC-2025-1", "fix_versions": ["0.16.0"]},
        {"id": "PYSEC-2025-2", "fix_versions": []},
    ],
}


@pytest.fixture
def pip_audit(monkeypatch: pytest.MonkeyPatch) -> PipAudit:
    def replace(*dependencies: dict[str, Any], stderr: str = "", status: int = 0) -> None:
        stdout = json.dumps({"dependencies": dependencies}) if dependencies else ""
        finished = subprocess.CompletedProcess([], status, stdout, stderr)
        monkeypatch.setattr(subprocess, "run", lambda *_, **__: finished)

    return replace


def test_dependencies_without_known_vulnerabilities_pass(
    pip_audit: PipAudit, capsys: pytest.CaptureFixture[str]
) -> None:
    pip_audit(SAFE, SKIPPED)
    assert audit.main(["lock.txt"]) is None
    output = capsys.readouterr().out
    assert "1 dependencies were audited, 0 problems found" in output
    assert "NOT audited, because the database does not know them: anyio" in output


def test_a_vulnerable_dependency_fails(
    pip_audit: PipAudit, capsys: pytest.CaptureFixture[str]
) -> None:
    pip_audit(SAFE, VULNERABLE, status=1)
    assert audit.main(["lock.txt"]) == "some dependencies are vulnerable"
    output = capsys.readouterr().out
    assert "h11 0.14.0: PYSEC-2025-1, fixed in 0.16.0" in output
    assert "h11 0.14.0: PYSEC-2025-2, fixed in no version yet" in output


@pytest.mark.parametrize(
    ("dependencies", "stderr"),
    [([SKIPPED], ""), ([], "requests.exceptions.ConnectionError: HTTPSConnectionPool")],
    ids=["no database", "no network"],
)
def test_an_audit_without_a_database_says_so_and_passes(
    pip_audit: PipAudit,
    capsys: pytest.CaptureFixture[str],
    dependencies: list[dict[str, Any]],
    stderr: str,
) -> None:
    pip_audit(*dependencies, stderr=stderr, status=1)
    assert audit.main(["lock.txt"]) is None
    assert "were NOT audited" in capsys.readouterr().out


def test_any_other_failure_of_pip_audit_fails(pip_audit: PipAudit) -> None:
    pip_audit(stderr="error: unrecognized arguments", status=2)
    assert "unrecognized arguments" in str(audit.main(["lock.txt"]))
