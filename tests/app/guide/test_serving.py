"""The guide in a browser: it needs no other host, and nothing in it is refused by its policy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import httpx
import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

pytestmark = pytest.mark.slow

WIDE: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 360, "height": 740}


@contextmanager
def opened(browser: Browser, guide: httpx.Client, path: str, **options: Any) -> Iterator[Page]:
    """Open a page. It may ask no other host, and nothing on it may complain."""
    origin = str(guide.base_url).rstrip("/")
    context = browser.new_context(**options)
    page = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda said: complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{origin}/guide/{path}")
    page.wait_for_load_state("networkidle")
    yield page
    context.close()
    assert asked
    assert not [url for url in asked if not url.startswith(origin)]
    assert not complaints


def test_pages_come_with_a_policy_that_allows_the_guides_own_files_alone(
    guide: httpx.Client,
) -> None:
    for path in ("/guide/", "/guide/guides/dates/", "/guide/search/search_index.json"):
        answer = guide.get(path)
        assert answer.status_code == 200
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-cache"


def test_addresses_without_their_last_slash_lead_on(guide: httpx.Client) -> None:
    for path in ("/guide", "/guide/guides/dates"):
        answer = guide.get(path, follow_redirects=True)
        assert (answer.status_code, answer.url.path) == (200, f"{path}/")


def test_what_is_not_there_is_a_problem(guide: httpx.Client) -> None:
    for path in ("/guide/guides/none/", "/guide/..%2ffiles.py"):
        answer = guide.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_guide_that_was_not_built_says_how_to_build_it(guide: httpx.Client) -> None:
    answer = guide.get("/absent/")
    assert (answer.status_code, answer.json()["code"]) == (404, "guide_not_built")
    assert answer.headers["content-type"] == "application/problem+json"
    assert "make docs" in answer.json()["detail"]


def test_search_finds_a_page(browser: Browser, guide: httpx.Client) -> None:
    with opened(browser, guide, "") as page:
        page.keyboard.press("f")
        page.keyboard.type("mase")
        found = page.locator(".md-search-result__link", has_text="What the scores say").first
        found.click()
        expect(page.locator("h1")).to_contain_text("What the scores say")


def test_light_and_dark_are_remembered(browser: Browser, guide: httpx.Client) -> None:
    with opened(browser, guide, "", color_scheme="light") as page:
        body = page.locator("body")
        expect(body).to_have_attribute("data-md-color-scheme", "default")
        page.locator("label[title=Dark]").click()
        expect(body).to_have_attribute("data-md-color-scheme", "slate")
        page.reload()
        expect(body).to_have_attribute("data-md-color-scheme", "slate")


@pytest.mark.parametrize(
    ("path", "scheme", "viewport"),
    [
        ("", "light", WIDE),
        ("concepts/zero-shot/", "dark", WIDE),
        ("guides/covariates/", "light", PHONE),
        ("reference/operations/", "dark", PHONE),
    ],
)
def test_a_page_fits_its_window_and_asks_no_other_host(
    browser: Browser,
    guide: httpx.Client,
    path: str,
    scheme: Literal["light", "dark"],
    viewport: ViewportSize,
) -> None:
    with opened(browser, guide, path, color_scheme=scheme, viewport=viewport) as page:
        expect(page.locator("h1").first).to_be_visible()
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= viewport["width"]
