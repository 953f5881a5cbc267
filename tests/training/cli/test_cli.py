"""The command line as a user meets it, with real files, and with real processes where something
is trained or they are killed."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from forecasting.store.store import ModelStore
from tests.support.service import ROOT, wait_until
from tests.support.tiny_models import PASSENGERS, TINY, write_long
from training.cli.main import cli

pytestmark = pytest.mark.slow


def run(*arguments: object, store: Path | str) -> Result:
    """Run a command in this process, as a process of its own would."""
    return CliRunner().invoke(cli, [*map(str, arguments), "--store", str(store)])


def run_process(*arguments: object, store: Path | str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "training", *map(str, arguments), "--store", str(store)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_long(tmp_path / "passengers.csv", [*PASSENGERS])


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "recipe.json"
    path.write_text(TINY.model_dump_json())
    return path


@pytest.mark.parametrize(
    ("written", "place"), [('{"units": [0]}', "units/0"), ('{"unit": 8}', "unit")]
)
def test_the_field_of_a_recipe_that_is_wrong_is_named(
    tmp_path: Path, data: Path, recipe: Path, written: str, place: str
) -> None:
    recipe.write_text(written)
    refused = run("fit", data, "--model", "m", "--recipe", recipe, store=tmp_path / "store")
    assert refused.exit_code == 2
    assert f"{recipe}: {place}: " in refused.output


def test_fit_publishes_a_version_with_its_scores_and_plot(
    tmp_path: Path, data: Path, recipe: Path
) -> None:
    store, plot = tmp_path / "store", tmp_path / "plot.png"
    options = ("--model", "m", "--recipe", recipe, "--plot", plot)
    done = run_process("fit", data, *options, store=store)
    assert done.returncode == 0, done.stderr
    assert "seasonal naive" in done.stdout
    assert plot.read_bytes().startswith(b"\x89PNG")
    manifest = ModelStore(store).manifest("m", 1)
    assert manifest.evaluation is not None
    assert manifest.data is not None
    assert (manifest.data.frequency, manifest.data.observations) == ("MS", len(PASSENGERS))
    assert "m " in run("list", store=store).stdout
    assert json.loads(run("show", "m", "--json", store=store).stdout)["version"] == 1
    assert "MASE" in run("show", "m", store=store).stdout


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ("place,y\nhere,1\nthere,2\n", "no column 'ds'"),
        ("ds,y\n2024-01-01,1\n2024-01-01,2\n", "more than once"),
        ("ds,y\n2024-01-01,one\n", "is not a number"),
        ("ds,y\n0,1\n1,2\n2,4\n", "needs"),
    ],
)
def test_a_bad_file_is_one_clear_line_and_publishes_nothing(
    tmp_path: Path, rows: str, reason: str
) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(rows)
    done = run("fit", file, "--model", "m", store=tmp_path / "store")
    assert done.exit_code == 2
    assert reason in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert ModelStore(tmp_path / "store").models() == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("--recipe", "prophet"),
        ("--model", "Bad Name"),
        ("--plot", "plot.gif"),
        ("--horizon", "0"),
        ("--repair", '{"repeated": "median"}'),
        ("--open", '{"days": "Mon-Fun"}'),
        ("--open", '{"day": "Mon"}'),
    ],
)
def test_a_bad_option_publishes_nothing(
    tmp_path: Path, data: Path, arguments: tuple[str, str]
) -> None:
    done = run("fit", data, "--model", "m", *arguments, store=tmp_path / "store")
    assert done.exit_code == 2
    assert "Traceback" not in done.stderr
    assert ModelStore(tmp_path / "store").models() == []


def test_a_killed_run_publishes_nothing(tmp_path: Path, data: Path) -> None:
    store = tmp_path / "store"
    endless = tmp_path / "endless.json"
    long = TINY.model_copy(update={"epochs": 10**5, "patience": None})
    endless.write_text(long.model_dump_json())
    options = ("--model", "m", "--recipe", endless, "--store", store, "--progress", "json")
    child = subprocess.Popen(
        [sys.executable, "-m", "training", "fit", data, *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None
    first = json.loads(child.stdout.readline())
    assert (first["event"], first["epoch"]) == ("epoch", 1)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    wait_until(lambda: child.poll() is not None, what="the end of the killed run")
    assert ModelStore(store).models() == []


def test_help_is_quick_to_come_because_tensorflow_is_not_imported() -> None:
    script = (
        "import sys, runpy; sys.argv = ['training', 'fit', '--help']\n"
        "try: runpy.run_module('training', run_name='__main__')\n"
        "except SystemExit: pass\n"
        "assert not {'tensorflow', 'keras', 'sklearn', 'pandas'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True)


def test_published_versions_are_managed(trained_store: Path, tmp_path: Path) -> None:
    store = shutil.copytree(trained_store, tmp_path / "store")

    def output_lines(*arguments: object) -> list[str]:
        done = run(*arguments, store=store)
        assert done.exit_code == 0, done.stderr
        return done.stdout.splitlines()

    output_lines("alias", "set", "tiny", "production", 1, "--reason", "it was better")
    output_lines("alias", "set", "tiny", "staging", 2)
    assert [line.split() for line in output_lines("alias", "list", "tiny")] == [
        ["tiny", "production", "1"],
        ["tiny", "staging", "2"],
    ]
    assert "production" in next(line for line in output_lines("list") if "tiny" in line)
    assert output_lines("rollback", "tiny") == ["production          2"]
    history = output_lines("alias", "history", "tiny", "production")
    assert [line.split()[2:7] for line in history[-2:]] == [
        ["production", "2", "→", "1", "set"],
        ["production", "1", "→", "2", "rollback"],
    ]
    assert history[-2].endswith("it was better")
    output_lines("alias", "remove", "tiny", "staging")
    deleted = output_lines("delete", "tiny", 1, "--reason", "no use")
    assert [line.split() for line in deleted] == [["tiny", "1", "deleted"]]
    assert ModelStore(store).versions("tiny") == [2]
    assert output_lines("prune", "--keep", 1) == []
    output_lines("alias", "remove", "tiny", "production")
    asked = run("delete", "tiny", 2, store=store)
    assert asked.exit_code == 2
    assert "the model would be gone. Set even_if_served (--even-if-served)" in asked.output
    output_lines("delete", "tiny", 2, "--even-if-served")
    assert "tiny" not in ModelStore(store).models()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("delete", "tiny", 2), "named by: production"),
        (("delete", "tiny", 9), "no version 9"),
        (("alias", "set", "none", "production", 1), "no model 'none'"),
        (("alias", "set", "tiny", "latest", 1), "cannot be an alias"),
        (("rollback", "plain"), "no other production version"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(
    trained_store: Path, arguments: tuple[object, ...], reason: str
) -> None:
    done = run(*arguments, store=trained_store)
    assert done.exit_code == 2
    assert reason in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_store_that_cannot_be_opened_is_one_clear_line() -> None:
    done = run_process("list", store="ftp://x")
    assert done.returncode == 2
    assert done.stderr.startswith("error: ftp://x begins with none of s3://")
    assert len(done.stderr.splitlines()) == 1
