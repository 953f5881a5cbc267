"""The page's files, which are built from web/, and the headers that keep the page to itself."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_BUILT = Path(__file__).parent / "built"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = MappingProxyType(
    {
        "Content-Security-Policy": _POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-cache",
    }
)
"""A file is fetched anew only if it has changed: `no-cache` makes browsers ask with its ETag."""


def start_page() -> Response:
    """Return the page that a browser opens first."""
    return FileResponse(_BUILT / "index.html", headers=_HEADERS)


class PageFiles(StaticFiles):
    """Serves the scripts, styles and samples that the page asks for."""

    def __init__(self) -> None:
        super().__init__(directory=_BUILT)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file with the page's headers."""
        response = await super().get_response(path, scope)
        response.headers.update(_HEADERS)
        return response
