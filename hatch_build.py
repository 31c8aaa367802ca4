"""Makes the README readable on the package index, where links relative to the repository break.

The release workflow sets `GITHUB_REPOSITORY` and `GITHUB_SHA`, so a released README links to the
commit that it was built from. A build elsewhere does not know the address of the repository, so it
keeps the text of these links and leaves out the picture.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_LINK = re.compile(r"(?P<image>!?)\[(?P<text>[^\]]*)\]\((?!https?:|#)(?P<path>[^)]+)\)")


def index_readme(text: str, environment: Mapping[str, str]) -> str:
    """Return a README without relative links."""
    server = environment.get("GITHUB_SERVER_URL", "https://github.com")
    repository, commit = (
        environment.get("GITHUB_REPOSITORY", ""),
        environment.get("GITHUB_SHA", ""),
    )

    def absolute(match: re.Match[str]) -> str:
        image, label, path = match["image"], match["text"], match["path"]
        if not (repository and commit):
            return "" if image else label
        kind = "raw" if image else "blob"
        return f"{image}[{label}]({server}/{repository}/{kind}/{commit}/{path})"

    return _LINK.sub(absolute, text)


class ReadmeHook(MetadataHookInterface):
    """Sets the field `readme`, which `pyproject.toml` lists as dynamic."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add the README to the metadata."""
        readme = Path(self.root, "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {
            "content-type": "text/markdown",
            "text": index_readme(readme, os.environ),
        }
