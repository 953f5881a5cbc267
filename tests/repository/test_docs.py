"""The pages describe what the code does."""

import re
from pathlib import Path

import pytest

from app.settings.settings import Settings
from forecast_client.http.address import KEY_VARIABLE, URL_VARIABLE
from forecasting.store.manifest import COMPILED
from forecasting.store.store import ModelStore
from tests.support.service import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)")


def has_anchor(page: Path, anchor: str) -> bool:
    """Return whether a link may name it after the #: the headings as GitHub writes them there.

    Those of a part that is made from the code are checked when the site is built.
    """
    text = page.read_text()
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return "<!-- generated: " in text or anchor in {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_setting_that_a_page_names_exists(page: Path) -> None:
    named = set(re.findall(r"\bFORECAST_[A-Z_]*[A-Z]\b", page.read_text()))
    settings = {f"FORECAST_{name.upper()}" for name in Settings.model_fields}
    assert named <= settings | {URL_VARIABLE, KEY_VARIABLE}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_to_a_file_and_to_a_heading_of_it(page: Path) -> None:
    for target, anchor in LINK.findall(page.read_text()):
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), f"{page.name} links to {target}"
        assert not anchor or has_anchor(file, anchor), f"{page.name} links to {target}#{anchor}"


def test_the_figures_on_accuracy_are_those_of_the_version_that_is_shipped() -> None:
    store = ModelStore(ROOT / "model_store")
    if "zero-shot" not in store.models():
        pytest.skip("no zero-shot version is shipped")
    shipped = store.manifest("zero-shot", store.versions("zero-shot")[-1])
    page = (ROOT / "docs" / "results" / "accuracy-results.md").read_text()
    assert shipped.files[COMPILED].sha256[:12] in page, "run make bench-accuracy again"
