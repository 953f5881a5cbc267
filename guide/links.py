"""Links of the pages are those of the repository; on the site, some of them lead elsewhere."""

from __future__ import annotations

import os
import re
from pathlib import Path
from types import MappingProxyType

ROOT = Path(__file__).parent.parent
FROM_ROOT = MappingProxyType(
    {
        "CONTRIBUTING.md": "development/contributing.md",
        "CHANGELOG.md": "development/changelog.md",
    }
)
"""Pages of the site, below docs/, that are files at the root of the repository."""
_PAGES = FROM_ROOT | {"README.md": "index.md"}
_LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\]]*\])*)\]\((?!\w+:)([^)#\s]+)(#[^)\s]*)?\)")


def move_links(markdown: str, page: str) -> str:
    """Return a page of the site with its links changed to those of the site.

    `page` is its path below docs/. A link to a file that is not on the site becomes its text.
    """
    origins = {path: name for name, path in FROM_ROOT.items()}
    origin = Path(origins.get(page, f"docs/{page}"))

    def moved(link: re.Match[str]) -> str:
        text, target, anchor = link.groups()
        file = os.path.normpath(origin.parent / target)
        on_site = _PAGES.get(file) or file.removeprefix("docs/")
        if file == on_site:
            return str(text)
        relative = os.path.relpath(on_site, Path(page).parent)
        return f"[{text}]({relative}{anchor or ''})"

    return _LINK.sub(moved, markdown)
