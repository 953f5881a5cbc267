"""The picture of the page in the documentation, taken anew with UPDATE_IMAGES=1."""

import os
from pathlib import Path

from playwright.sync_api import expect

from tests.app.page.conftest import Visit
from tests.support.service import ROOT, Service

__all__ = ["Service"]

IMAGES = ROOT / "docs" / "images"


def test_the_picture_of_the_page_is_taken(visit: Visit, tmp_path: Path) -> None:
    page = visit(
        "/#/forecast?sample=airline_passengers&horizon=24&levels=80,95",
        viewport={"width": 1120, "height": 790},
        reduced_motion="reduce",
    )
    expect(page.locator("#said")).to_contain_text("Forecast of 24 steps")
    folder = IMAGES if os.environ.get("UPDATE_IMAGES") else tmp_path
    page.screenshot(path=folder / "page.png")
    assert (folder / "page.png").read_bytes().startswith(b"\x89PNG")
