"""The address at which people, rather than programs, meet the service."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from app.page.files import start_page

router = APIRouter()


@router.head("/", include_in_schema=False)
@router.get("/", include_in_schema=False)
async def root() -> Response:
    """Show the page, on which people forecast a file of theirs."""
    return start_page()
