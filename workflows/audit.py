"""Look up pinned versions in a database of vulnerabilities: `python -m workflows.audit LOCK_FILE`.

pip-audit says that nothing is vulnerable even if the package index has no database of
vulnerabilities. This program tells the two apart, and also reports that no index was reached.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any, Final

# The versions are pinned already, so pip need not resolve them.
_PIP_AUDIT: Final = ("pip-audit", "--format=json", "--no-deps", "--disable-pip", "--requirement")
_UNREACHABLE: Final = re.compile(r"ConnectionError|ConnectTimeout|ReadTimeout|ServiceError")


def main(arguments: list[str]) -> str | None:
    """Audit a lock file; return why that failed, or None."""
    finished = subprocess.run(
        [*_PIP_AUDIT, *arguments], check=False, capture_output=True, text=True
    )
    if finished.stdout:
        report = json.loads(finished.stdout)
        sys.stdout.writelines(f"{line}\n" for line in describe(report))
        return "some dependencies are vulnerable" if vulnerabilities(report) else None
    if _UNREACHABLE.search(finished.stderr):
        sys.stdout.write("No database could be reached, so the dependencies were NOT audited.\n")
        return None
    return f"pip-audit failed:\n{finished.stderr}"


def describe(report: dict[str, Any]) -> list[str]:
    """Return what was audited and found, one line each."""
    dependencies = report["dependencies"]
    skipped = [each["name"] for each in dependencies if "skip_reason" in each]
    if len(skipped) == len(dependencies):
        return ["The package index has no database, so the dependencies were NOT audited."]
    audited = len(dependencies) - len(skipped)
    lines = [f"{audited} dependencies were audited, {len(vulnerabilities(report))} problems found."]
    if skipped:
        lines.append(f"NOT audited, because the database does not know them: {', '.join(skipped)}")
    return lines + vulnerabilities(report)


def vulnerabilities(report: dict[str, Any]) -> list[str]:
    """Return a line for each vulnerability: the package, its id, and the versions that fix it."""
    return [
        f"{each['name']} {each['version']}: {found['id']}, "
        f"fixed in {', '.join(found['fix_versions']) or 'no version yet'}"
        for each in report["dependencies"]
        for found in each.get("vulns", [])
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
