"""Runs openapi-python-client, and tells which versions of it and of ruff wrote the code."""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Versions = Mapping[str, str]

ROOT: Final = Path(__file__).parent.parent
PACKAGE: Final = "polyai_conversations_api"
TEMPLATES: Final = ROOT / "workflows" / "templates"
# The generated code depends on both, because ruff formats it.
PROGRAMS: Final = ("openapi-python-client", "ruff")
# The generator writes `content_type` for a response and `content type` for a request.
_UNKNOWN_MEDIA_TYPE: Final = re.compile(r"Unsupported content[ _]type (?P<names>[^)\n]+)")
_PIN: Final = re.compile(r"^(?P<name>[\w-]+)==(?P<version>\S+)$", re.MULTILINE)


class GenerationError(Exception):
    """The generator failed or warned."""


def generate(spec: Path, folder: Path, templates: Path = TEMPLATES) -> Path:
    """Generate the package from a contract into a directory; return the package's directory.

    Args:
        spec: The contract.
        folder: The directory to create the package in.
        templates: The directory of the templates that replace those of the generator.

    Raises:
        GenerationError: The generator failed or warned; the message contains what it printed.

    """
    package = folder / PACKAGE
    # The generator calls ruff by name; both are installed in the same directory.
    beside = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    finished = subprocess.run(
        [
            *(sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning"),
            *("--meta", "none", "--path", str(spec), "--output-path", str(package)),
            *("--config", str(ROOT / "generator-config.yaml")),
            *("--custom-template-path", str(templates)),
        ],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        env={**os.environ, "PATH": beside, "PYTHONUTF8": "1"},
    )
    if finished.returncode:
        raise GenerationError(finished.stdout + remedy(finished.stdout))
    (package / "py.typed").touch()
    return package


def remedy(output: str) -> str:
    """Return what to do about the generator's warnings, or an empty text."""
    names = dict.fromkeys(match["names"].strip() for match in _UNKNOWN_MEDIA_TYPE.finditer(output))
    if not names:
        return ""
    return (
        f"\nThe generator does not know {', '.join(names)}. Map each media type to one that it "
        "knows under `content_type_overrides` in generator-config.yaml, for example to "
        "`application/octet-stream` for bytes, `text/plain` for text or `application/json`."
    )


def installed_versions() -> dict[str, str]:
    """Return the versions of the generator and of ruff that run."""
    return {name: importlib.metadata.version(name) for name in PROGRAMS}


def pinned_versions() -> dict[str, str]:
    """Return the versions that pyproject.toml pins."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
    return parse_versions("\n".join(groups["generator"]))


def parse_versions(text: str) -> dict[str, str]:
    """Return the versions in a text with a line `NAME==VERSION` for each program."""
    return {match["name"]: match["version"] for match in _PIN.finditer(text)}


def format_versions(versions: Versions) -> str:
    """Return the text that `parse_versions` reads."""
    heading = "# These versions wrote this directory; do not edit it by hand.\n"
    return heading + "".join(f"{name}=={version}\n" for name, version in versions.items())


def causes(written_by: Versions, installed: Versions, pinned: Versions) -> Iterator[str]:
    """Yield what differences between committed and fresh code may come from.

    Args:
        written_by: The versions that wrote the committed code, as far as they are known.
        installed: The versions that wrote the fresh code.
        pinned: The versions that pyproject.toml demands.

    """
    for name, version in installed.items():
        if version != pinned[name]:
            yield (
                f"{name} {version} is installed, but pyproject.toml pins {pinned[name]}. "
                "Differences may come from that; `nox -s regenerate` installs the pinned version."
            )
        if name in written_by and version != written_by[name]:
            yield (
                f"generated/ was written with {name} {written_by[name]}, and {version} is "
                "installed. Differences may come from that; CONTRIBUTING.md describes the upgrade."
            )
    if installed == pinned == written_by:
        yield (
            "The installed versions wrote generated/, so differences come from openapi.yaml, from "
            "generator-config.yaml, from workflows/templates or from edits by hand."
        )
