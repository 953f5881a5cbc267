"""The page for everyone: keyboard, screen readers, dark, narrow."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.app.page.conftest import Visit
from tests.support.service import ROOT, Service

__all__ = ["Service"]

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
VIEWS = {
    "start": ("/", ".sample"),
    "forecast": ("/#/forecast?sample=shops", ".numbers, .facts"),
    "quality": (
        "/#/forecast?sample=airline_passengers&tab=quality",
        "[aria-labelledby=tab-quality] .verdict",
    ),
    "why": ("/#/forecast?sample=airline_passengers&tab=why", ".parts"),
    "unusual": (
        "/#/forecast?sample=airline_passengers&tab=unusual",
        "[aria-labelledby=tab-unusual] .verdict",
    ),
    "code": ("/#/forecast?sample=bikes&tab=code", "pre"),
    "train": ("/#/forecast?sample=airline_passengers&tab=train", "#train-recipe option"),
    "models": ("/#/models", ".cards a"),
    "model": ("/#/models/zero-shot", ".scores"),
    "jobs": ("/#/jobs", "h1 >> text=Jobs"),
}


@pytest.mark.skipif(
    not AXE.exists(), reason="axe-core is not there: make page installs it, with Node"
)
@pytest.mark.parametrize(
    ("theme", "views"), [("light", VIEWS), ("dark", ["start", "quality", "unusual", "model"])]
)
def test_axe_finds_no_serious_fault(visit: Visit, theme: str, views: Iterable[str]) -> None:
    page = visit(color_scheme=theme, reduced_motion="reduce")
    page.evaluate(AXE.read_text())
    for name in views:
        path, shown = VIEWS[name]
        page.evaluate("path => { location.hash = path }", path.removeprefix("/"))
        page.wait_for_selector(shown, state="attached")
        found: Any = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        serious = [
            (name, fault["id"], node["html"][:200])
            for fault in found["violations"]
            if fault["impact"] in {"serious", "critical"}
            for node in fault["nodes"]
        ]
        assert not serious


def test_the_keyboard_is_enough(visit: Visit) -> None:
    page = visit()
    page.locator("[data-sample=airline_passengers]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_contain_text("Forecast of 12 steps")
    page.locator("#tab-understood").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#tab-quality")).to_be_focused()
    expect(page.locator(".verdict")).to_be_visible()
    page.locator(".chart").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#said")).to_contain_text("Nov 1961: ")


@pytest.mark.parametrize("view", ["start", "forecast", "quality", "model"])
def test_nothing_is_wider_than_a_phone(visit: Visit, view: str) -> None:
    path, shown = VIEWS[view]
    page = visit(path, viewport={"width": 360, "height": 740})
    page.wait_for_selector(shown, state="attached")
    assert widest(page) <= 360


def widest(page: Page) -> int:
    width: int = page.evaluate("document.documentElement.scrollWidth")
    return width
