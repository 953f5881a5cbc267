"""The documentation, which `make docs` builds, and the headers that keep it to itself."""

from __future__ import annotations

from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app.errors import GuideNotBuiltError

_BUILT = Path(__file__).parent / "built"
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


class GuideFiles(StaticFiles):
    """Serves the pages of the documentation, if it was built."""

    def __init__(self, folder: Path = _BUILT) -> None:
        super().__init__(directory=folder, html=True, check_dir=False)
        self._start = folder / "index.html"

    async def check_config(self) -> None:
        """Look whether there is a guide; it may be built while the service runs.

        Raises GuideNotBuiltError if there is none.
        """
        if not self._start.is_file():
            raise GuideNotBuiltError

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a page or a file of it with the guide's headers."""
        response = await super().get_response(path, scope)
        response.headers.update(_HEADERS)
        return response
