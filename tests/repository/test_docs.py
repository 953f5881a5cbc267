"""The pages describe what the code does."""

import re
from pathlib import Path

import pytest

from app.settings import Settings
from forecasting.store.manifest import COMPILED
from forecasting.store.store import ModelStore
from tests.support.service import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)")


def anchors_of(page: Path) -> set[str]:
    """Return what a link may name after the #: the headings as GitHub writes them there."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_setting_is_on_the_settings_page_with_its_default() -> None:
    page = (ROOT / "docs" / "reference" / "settings.md").read_text()
    documented = dict(re.findall(r"^\| `(FORECAST_\w+)` \| (`[^`]*`|–) \|", page, re.MULTILINE))
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    assert documented == {
        f"FORECAST_{name.upper()}": "–" if default is None else f"`{default}`"
        for name, default in defaults.items()
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_to_a_file_and_to_a_heading_of_it(page: Path) -> None:
    for target, anchor in LINK.findall(page.read_text()):
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), f"{page.name} links to {target}"
        assert not anchor or anchor in anchors_of(file), f"{page.name} links to {target}#{anchor}"


def test_the_figures_on_accuracy_are_those_of_the_version_that_is_shipped() -> None:
    store = ModelStore(ROOT / "model_store")
    if "zero-shot" not in store.models():
        pytest.skip("no zero-shot version is shipped")
    shipped = store.manifest("zero-shot", store.versions("zero-shot")[-1])
    page = (ROOT / "docs" / "results" / "accuracy-results.md").read_text()
    assert shipped.files[COMPILED].sha256[:12] in page, "run make bench-accuracy again"
