"""The commands that the pages show can be typed as they stand, and get the answers shown."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer
from typer.core import TyperGroup
from typer.main import get_command

from tests.support.service import ROOT, Service, wait_until
from training.cli.main import cli

QUICK_START = (ROOT / "docs" / "quick-start.md").read_text()
TRAINING = ".venv/bin/python -m training "
MADE_BY_READERS = {"passengers", "shop", "shops", "sales"}
"""Models that the pages train. No test waits for that: they may be absent."""
WITH_PYTHON = ("guides/batches.md", "reference/python.md")
CURL = """
curl() { command curl -sS -w '%{stderr}\\nSTATUS %{http_code} %{url_effective}\\n' "$@"; }
make() { :; }
docker() { :; }
"""


def blocks(page: Path) -> list[str]:
    """Return the commands of a page, as a shell reads them."""
    found = re.findall(r"^```sh\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
    return [block for block in found if "curl" in block]


PAGES = [
    page for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))] if blocks(page)
]


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("shipped")
    store = shutil.copytree(ROOT / "model_store", folder / "store")
    with Service(store, folder) as service, service.client() as client:
        yield client


@pytest.fixture(scope="module")
def ended_jobs(shipped: httpx.Client) -> dict[str, str]:
    """Jobs in the places of those that the pages name: a training, and a backtest."""
    raw = {"series": list(range(48)), "horizon": 2}
    training = shipped.post("/train", json=raw | {"model": "sales"}).json()["id"]
    shipped.delete(f"/jobs/{training}")
    backtest = shipped.post("/backtest", json=raw | {"job": True}).json()["id"]
    for job in (training, backtest):
        wait_until(
            lambda job=job: shipped.get(f"/jobs/{job}").json()["ended_at"] is not None,
            what="the job",
        )
    return {"4f5856490b868e86": training, "71ca29fbc13911d0": backtest}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder in which commands run as in the repository, but those of the training do nothing."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to("/bin/true")
    return tmp_path


def run(script: str, folder: Path, client: httpx.Client) -> tuple[str, list[tuple[int, str]]]:
    """Run a script; return what it printed, and the status and the address of each request."""
    script = script.replace("localhost:8000", str(client.base_url.netloc.decode()))
    done = subprocess.run(
        ["bash", "-ec", CURL + script], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    answers = re.findall(r"^STATUS (\d+) (\S+)$", done.stderr, re.MULTILINE)
    return done.stdout, [(int(status), address) for status, address in answers]


def with_jobs(block: str, jobs: dict[str, str]) -> str:
    """Return commands with the ids of jobs that there are."""
    for shown, job in jobs.items():
        block = block.replace(shown, job)
    return block


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_commands_of_a_page_can_be_typed(
    page: Path, shipped: httpx.Client, ended_jobs: dict[str, str], folder: Path
) -> None:
    text = page.read_text()
    for name, table in re.findall(r"`([\w.]+)`[^`]*?\n\n```csv\n(.*?)```", text, re.DOTALL):
        (folder / name).write_text(table)
    for block in blocks(page):
        printed, answers = run(with_jobs(block, ended_jobs), folder, shipped)
        for status, address in answers:
            absent = status == 404 and any(f"'{name}'" in printed for name in MADE_BY_READERS)
            assert absent or 200 <= status < 300, (status, address, printed)
    for job in shipped.get("/jobs").json()["jobs"]:
        if job["ended_at"] is None:
            shipped.delete(f"/jobs/{job['id']}")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_trainings_of_a_page_are_commands(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    group = get_command(cli)
    text = page.read_text().replace("\\\n", " ")
    for command in re.findall(rf"^{re.escape(TRAINING)}(.*)$", text, re.MULTILINE):
        name, *words = shlex.split(command)
        assert isinstance(group, TyperGroup)
        found = group.get_command(typer.Context(group), name)
        if isinstance(found, TyperGroup):
            name, *words = words
            found = found.get_command(typer.Context(found), name)
        assert found is not None, command
        found.make_context(name, words)


def assert_shown(shown: Any, got: Any) -> None:
    """Numbers are rounded in what is shown."""
    if isinstance(shown, dict):
        assert list(shown) == list(got)
        for name, value in shown.items():
            assert_shown(value, got[name])
    elif isinstance(shown, list):
        assert len(shown) == len(got)
        for value, other in zip(shown, got, strict=True):
            assert_shown(value, other)
    else:
        assert got == (pytest.approx(shown, rel=1e-3) if isinstance(shown, float) else shown)


def test_the_quick_starts_request_gets_the_answer_shown(
    shipped: httpx.Client, folder: Path
) -> None:
    command, shown = re.search(  # type: ignore[union-attr]  # absent: the test fails all the same
        r"```sh\n(curl [^`]*?/predict[^`]*?)```.*?```json\n(.*?)```", QUICK_START, re.DOTALL
    ).groups()
    printed, _ = run(command, folder, shipped)
    assert_shown(json.loads(shown), json.loads(printed))


def test_the_quick_starts_file_is_read_with_the_note_shown(
    shipped: httpx.Client, folder: Path
) -> None:
    commands, note = re.search(  # type: ignore[union-attr]  # absent: the test fails all the same
        r"```sh\n(printf .*?)```.*?^> (.*?)$", QUICK_START, re.DOTALL | re.MULTILINE
    ).groups()
    answer = json.loads(run(commands, folder, shipped)[0])
    (forecast,) = answer["forecasts"]
    assert [stamp[:7] for stamp in forecast["timestamps"]] == ["2023-04", "2023-05", "2023-06"]
    assert [said["message"] for said in answer["notes"]] == [note]


@pytest.mark.parametrize(
    "page",
    [ROOT / "README.md", *(ROOT / "docs" / name for name in WITH_PYTHON)],
    ids=lambda page: page.stem,
)
def test_python_prints_what_the_page_says(page: Path, shipped: httpx.Client) -> None:
    text = page.read_text()
    (program,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    address = str(shipped.base_url).rstrip("/")
    program = program.replace("http://localhost:8000", address)
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() in text
