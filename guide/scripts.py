"""Inline scripts become files, so that the content security policy need not allow any."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from mkdocs.utils import get_relative_url

_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_FOLDER = "assets/scripts"


class ScriptFiles:
    """The scripts that were taken out of the pages of a site, each of them once."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def take_out(self, html: str, url: str) -> str:
        """Return the page at `url`, below the site's address, with files for its scripts."""

        def as_file(found: re.Match[str]) -> str:
            text = found[1]
            digest = hashlib.sha256(text.encode()).hexdigest()[:12]
            path = f"{_FOLDER}/{digest}.js"
            self._texts[path] = text
            return f'<script src="{get_relative_url(path, url)}"></script>'

        return _INLINE.sub(as_file, html)

    def write(self, site: Path) -> None:
        """Write the files into the folder of the site."""
        for path, text in self._texts.items():
            file = site / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
