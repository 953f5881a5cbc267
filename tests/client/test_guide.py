"""What the pages and the notebook show of the client can be run as it stands."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup
from typer.main import get_command

from forecast_client.cli.main import cli
from tests.support.service import ROOT, Service

SOURCES = str(ROOT / "client" / "src")


@pytest.fixture
def environment(shipped_service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder with the examples, where commands run; the service is where the environment says."""
    monkeypatch.setenv("FORECAST_URL", shipped_service.url)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    return tmp_path


@pytest.mark.parametrize(
    "page", ["client/README.md", "docs/client.md", "docs/guides/coming-from.md"]
)
def test_the_programs_of_the_page_run(environment: Path, page: str) -> None:
    text = (ROOT / page).read_text()
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert blocks
    names: dict[str, Any] = {"__name__": "__main__"}
    for block in blocks:
        queued, wait, _ = block.partition("job = client.wait(job)")
        run = f"{queued}client.cancel(job)" if wait else block  # No test waits for a training.
        run = run.replace('promote("passengers"', 'promote("airline-passengers"')
        exec(compile(run, page, "exec"), names)
    names["client"].close()
    assert (environment / "forecast.png").exists()


def test_the_commands_of_the_page_run(environment: Path) -> None:
    text = (ROOT / "docs" / "command-line.md").read_text()
    forecasts, *others = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    command = f'forecast() {{ "{sys.executable}" -m forecast_client "$@"; }}\n'
    done = subprocess.run(
        ["bash", "-ec", command + forecasts],
        env=os.environ | {"PYTHONPATH": SOURCES},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shown = re.search(r"shows:\n\n```\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert shown is not None
    assert done.stdout.startswith(shown[1])
    assert (environment / "shops.png").exists()
    assert (environment / "bikes-ahead.csv").read_text().count("\n") == 25
    for line in "".join(others).splitlines():
        assert_is_command(shlex.split(line)[1:])


def assert_is_command(words: list[str]) -> None:
    """Assert that words are a command with options that it has. It is not run."""
    command: Any = get_command(cli)
    while isinstance(command, TyperGroup) and words:
        name, *words = words
        command = command.get_command(typer.Context(command), name)
        assert command is not None, name
    command.make_context(None, words)


def test_the_notebook_runs_from_top_to_bottom(
    environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT / "examples")
    notebook = json.loads((ROOT / "examples" / "client.ipynb").read_text())
    names: dict[str, Any] = {}
    for cell in notebook["cells"]:
        assert cell.get("outputs", []) == []
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), cell["id"], "exec"), names)
    names["client"].close()
    assert names["backtest"].overall["model"]["mase"] < 1
    assert len(names["forecast"]) == 3
