"""The pages say what the code does."""

import json
import re
import shlex
from pathlib import Path

import httpx
import pytest

from app.settings import Settings
from forecasting.store.manifest import COMPILED
from forecasting.store.store import ModelStore
from tests.support.service import ROOT, Service


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


def test_the_readmes_request_gets_the_readmes_answer(tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text()
    command, shown = re.search(  # type: ignore[union-attr]  # absent: the test fails all the same
        r"```sh\n(curl [^`]*?/predict[^`]*?)```.*?```json\n(.*?)```", readme, re.DOTALL
    ).groups()
    words = shlex.split(command.replace("\\\n", " "))
    body = json.loads(words[words.index("-d") + 1])
    with Service(ROOT / "model_store", tmp_path) as service:
        answer = httpx.post(service.url + "/predict", json=body, timeout=60)
    got, expected = answer.json()["forecasts"][0], json.loads(shown)["forecasts"][0]
    assert got["point"] == pytest.approx(expected["point"], rel=1e-3)
    for level, interval in expected["intervals"].items():
        assert got["intervals"][level]["upper"] == pytest.approx(interval["upper"], rel=1e-3)


def test_the_quick_starts_training_can_be_pasted(client: httpx.Client) -> None:
    page = (ROOT / "docs" / "quick-start.md").read_text()
    commands = [
        shlex.split(command)
        for command in re.findall(r"^curl [^`]*?/train [^`]*", page, re.MULTILINE)
    ]
    assert commands
    for words in commands:
        answer = client.post("/train", json=json.loads(words[words.index("-d") + 1]))
        assert answer.status_code == 202, answer.text
        assert client.delete(answer.headers["location"]).status_code == 202


def test_the_figures_on_accuracy_are_those_of_the_version_that_is_shipped() -> None:
    store = ModelStore(ROOT / "model_store")
    if "zero-shot" not in store.models():
        pytest.skip("no zero-shot version is shipped")
    shipped = store.manifest("zero-shot", store.versions("zero-shot")[-1])
    page = (ROOT / "docs" / "accuracy-results.md").read_text()
    assert shipped.files[COMPILED].sha256[:12] in page, "run make bench-accuracy again"
