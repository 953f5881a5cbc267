"""The requests that the README and the pages show can be pasted, and get the answers shown."""

import json
import re
import shlex
from pathlib import Path

import httpx
import pytest

from tests.support.service import ROOT, Service


def test_the_readmes_request_gets_the_readmes_answer(tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text()
    command, shown = re.search(  # type: ignore[union-attr]  # absent: the test fails all the same
        r"```sh\n(curl [^`]*?/predict[^`]*?)```.*?```json\n(.*?)```", readme, re.DOTALL
    ).groups()
    words = shlex.split(command.replace("\\\n", " "))
    body = json.loads(words[words.index("-d") + 1])
    with Service(ROOT / "model_store", tmp_path) as service:
        answer = httpx.post(service.url + "/predict", json=body, timeout=60)
    document, shown_document = answer.json(), json.loads(shown)
    assert (list(document), document["notes"]) == (list(shown_document), shown_document["notes"])
    got, expected = document["forecasts"][0], shown_document["forecasts"][0]
    assert list(got) == list(expected)
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
