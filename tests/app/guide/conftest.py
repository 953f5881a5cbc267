"""The documentation, built as `make docs` does, and served as the service does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from app.exception_handlers import install_exception_handlers
from app.guide.files import GuideFiles
from app.requests.request_id import RequestIdMiddleware
from tests.app.page.conftest import browser
from tests.support.service import ROOT
from tests.support.service_thread import app_thread

__all__ = ["browser"]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site. It is built strictly: a warning, such as of a link to nowhere, is an error."""
    folder = tmp_path_factory.mktemp("guide")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def guide(site: Path) -> Iterator[httpx.Client]:
    """A client of an application that serves the site, and nothing else."""
    app = FastAPI(docs_url=None, redoc_url=None)
    install_exception_handlers(app)
    app.mount("/guide", GuideFiles(site))
    app.mount("/absent", GuideFiles(site / "absent"))
    with app_thread(RequestIdMiddleware(app)) as client:
        yield client
