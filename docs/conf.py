"""Settings of Sphinx; `nox -s docs` builds the site into build/site."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from polyai_conversations import __version__

sys.path.insert(0, str(Path(__file__).parent))  # generated.py

project: Final = "polyai-conversations"
author: Final = "The polyai-conversations maintainers"
version: Final = __version__
release: Final = __version__

extensions: Final = [
    "generated",
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
]
exclude_patterns: Final = ["_build", "guides/benchmarks.md"]  # a part of guides/performance.md
nitpicky: Final = False

html_theme: Final = "furo"
html_title: Final = f"polyai-conversations {__version__}"
html_show_copyright: Final = False
html_show_sourcelink: Final = False
html_copy_source: Final = False
html_static_path: Final = ["_static"]
html_css_files: Final = ["site.css"]
pygments_dark_style: Final = "github-dark"

myst_enable_extensions: Final = ["colon_fence", "deflist"]
myst_heading_anchors: Final = 3

# The fields called `bytes` are not targets for links to the type.
suppress_warnings: Final = ["ref.python"]

autodoc_preserve_defaults: Final = True
autodoc_typehints: Final = "description"
autodoc_typehints_description_target: Final = "documented_params"
autodoc_member_order: Final = "bysource"
napoleon_numpy_docstring: Final = False
