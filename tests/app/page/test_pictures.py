"""The pictures of the page in the documentation; `make page-images` takes them anew."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.app.page.conftest import Visit
from tests.support.service import ROOT, Service

__all__ = ["Service"]

IMAGES = ROOT / "docs" / "images"


@pytest.mark.parametrize(
    ("name", "address", "shown", "height"),
    [
        ("page", "sample=airline_passengers&horizon=24&levels=80,95", ".facts", 790),
        ("page-quality", "sample=airline_passengers&tab=quality", ".verdict", 1290),
        ("page-many", "sample=shops&series=Hamburg&horizon=28&tab=why", ".parts", 1600),
    ],
)
def test_a_picture_is_taken(
    visit: Visit, tmp_path: Path, name: str, address: str, shown: str, height: int
) -> None:
    page = visit(
        f"/#/forecast?{address}",
        viewport={"width": 1120, "height": height},
        reduced_motion="reduce",
    )
    expect(page.locator(shown)).to_be_visible()
    expect(page.locator(".key-band").first).to_be_visible()
    expect(page.locator(".progress")).to_be_hidden()
    page.evaluate("scrollTo(0, 0)")
    folder = IMAGES if os.environ.get("UPDATE_IMAGES") else tmp_path
    page.screenshot(path=folder / f"{name}.png")
    assert (folder / f"{name}.png").read_bytes().startswith(b"\x89PNG")
