"""The pages describe what the code does."""

import re

import pytest

from app.settings import Settings
from forecasting.store.manifest import COMPILED
from forecasting.store.store import ModelStore
from tests.support.service import ROOT


def test_every_setting_is_on_the_settings_page_with_its_default() -> None:
    page = (ROOT / "docs" / "settings.md").read_text()
    documented = dict(re.findall(r"^\| `(FORECAST_\w+)` \| `([^`]*)` \|", page, re.MULTILINE))
    fields = Settings.model_fields.items()
    assert documented == {f"FORECAST_{name.upper()}": str(field.default) for name, field in fields}


@pytest.mark.parametrize("page", sorted(p.name for p in (ROOT / "docs").glob("*.md")))
def test_every_link_of_a_page_leads_to_a_file(page: str) -> None:
    text = (ROOT / "docs" / page).read_text()
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", text):
        assert (ROOT / "docs" / target).exists(), f"docs/{page} links to {target}"


def test_the_figures_on_accuracy_are_those_of_the_version_that_is_shipped() -> None:
    store = ModelStore(ROOT / "model_store")
    if "zero-shot" not in store.models():
        pytest.skip("no zero-shot version is shipped")
    shipped = store.manifest("zero-shot", store.versions("zero-shot")[-1])
    page = (ROOT / "docs" / "accuracy-results.md").read_text()
    assert shipped.files[COMPILED].sha256[:12] in page, "run make bench-accuracy again"
