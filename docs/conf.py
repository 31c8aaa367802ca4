"""Settings of Sphinx; `nox -s docs` builds the site into build/site."""

from __future__ import annotations

from typing import Final

from polyai_conversations import __version__

project: Final = "polyai-conversations"
author: Final = "The polyai-conversations maintainers"
version: Final = __version__
release: Final = __version__

extensions: Final = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinxcontrib.mermaid",
]
exclude_patterns: Final = ["_build"]
nitpicky: Final = False

html_theme: Final = "furo"
html_title: Final = f"polyai-conversations {__version__}"
html_show_sourcelink: Final = False

myst_enable_extensions: Final = ["colon_fence", "deflist"]
myst_heading_anchors: Final = 3

autodoc_typehints: Final = "description"
autodoc_member_order: Final = "bysource"
napoleon_numpy_docstring: Final = False
