"""The requests that the README and the pages show can be pasted, and get the answers shown."""

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.service import ROOT, Service

README = (ROOT / "README.md").read_text()


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    jobs = tmp_path_factory.mktemp("jobs")
    with Service(ROOT / "model_store", jobs) as service, service.client() as client:
        yield client


def test_the_readmes_request_gets_the_readmes_answer(shipped: httpx.Client) -> None:
    command, shown = re.search(  # type: ignore[union-attr]  # absent: the test fails all the same
        r"```sh\n(curl [^`]*?/predict[^`]*?)```.*?```json\n(.*?)```", README, re.DOTALL
    ).groups()
    words = shlex.split(command.replace("\\\n", " "))
    body = json.loads(words[words.index("-d") + 1])
    answer = shipped.post("/predict", json=body)
    document, shown_document = answer.json(), json.loads(shown)
    assert (list(document), document["notes"]) == (list(shown_document), shown_document["notes"])
    got, expected = document["forecasts"][0], shown_document["forecasts"][0]
    assert list(got) == list(expected)
    assert got["point"] == pytest.approx(expected["point"], rel=1e-3)
    for level, interval in expected["intervals"].items():
        assert got["intervals"][level]["upper"] == pytest.approx(interval["upper"], rel=1e-3)


def test_the_readmes_file_is_read_with_the_readmes_note(
    shipped: httpx.Client, tmp_path: Path
) -> None:
    commands, note = re.search(  # type: ignore[union-attr]  # absent: the test fails all the same
        r"```sh\n(printf .*?)```.*?^> (.*?)$", README, re.DOTALL | re.MULTILINE
    ).groups()
    address = str(shipped.base_url).rstrip("/")
    commands = commands.replace("localhost:8000", address)
    done = subprocess.run(["sh", "-ec", commands], cwd=tmp_path, capture_output=True, check=True)
    answer = json.loads(done.stdout)
    (forecast,) = answer["forecasts"]
    assert [stamp[:7] for stamp in forecast["timestamps"]] == ["2023-04", "2023-05", "2023-06"]
    assert [said["message"] for said in answer["notes"]] == [note]


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
