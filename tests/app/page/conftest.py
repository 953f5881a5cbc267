"""A real browser, and a service with the models that are shipped."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.service import ROOT, Service

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_PATIENCE_MS = 30_000
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for one module: while it is open, nothing else can run an event loop."""
    if CHROMIUM is None:
        pytest.skip("there is no chromium: apt-get install chromium brings it")
    expect.set_options(timeout=_PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that bulk jobs of the service may use."""
    return tmp_path_factory.mktemp("tables").resolve()


@pytest.fixture(scope="session")
def shipped(tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with a copy of the shipped models, which tests may promote and train."""
    folder = tmp_path_factory.mktemp("page")
    store = shutil.copytree(ROOT / "model_store", folder / "store")
    with Service(store, folder, {"FORECAST_BULK_LOCATIONS": str(tables)}) as running:
        yield running


Visit = Callable[..., Page]


@contextmanager
def visiting(browser: Browser, service: Service) -> Iterator[Visit]:
    """Open pages of a service. At the end, none of them may have complained in its console."""
    complaints: list[str] = []
    contexts = []

    def visit(path: str = "/", *, expect_complaints: bool = False, **options: Any) -> Page:
        options = {"viewport": {"width": 1280, "height": 900}} | options
        context = browser.new_context(base_url=service.url, accept_downloads=True, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(_PATIENCE_MS)
        if not expect_complaints:
            page.on("console", lambda said: complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert not complaints


@pytest.fixture
def visit(browser: Browser, shipped: Service) -> Iterator[Visit]:
    with visiting(browser, shipped) as opened:
        yield opened


@pytest.fixture
def drop() -> Callable[..., None]:
    """Choose a file on the page, by its name and its text."""

    def choose(page: Page, name: str, content: str | bytes) -> None:
        data = content.encode() if isinstance(content, str) else content
        page.set_input_files(
            "#file", {"name": name, "mimeType": "application/octet-stream", "buffer": data}
        )

    return choose
