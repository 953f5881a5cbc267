"""The command line `forecast`: what it writes, and how it ends."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import get_type_hints

import pandas as pd
import pytest

from forecast_client import options
from forecast_client.cli.main import main
from forecast_client.cli.service_options import HELP
from forecast_client.cli.tables.sparkline import sparkline
from tests.support.service import ROOT, Service

ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT / "client" / "src")}
PASSENGERS = str(ROOT / "examples" / "airline_passengers.csv")
SHOPS = str(ROOT / "examples" / "shops.csv")


@dataclass(frozen=True)
class Ended:
    code: int
    output: str
    errors: str


Run = Callable[..., Ended]


@pytest.fixture
def run(
    shipped_service: Service, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Run:
    """Runs a command in this process, with the service that runs at the address of the
    environment."""
    monkeypatch.setenv("FORECAST_URL", shipped_service.url)

    def run(*words: str, given: bytes = b"") -> Ended:
        monkeypatch.setattr(sys, "argv", ["forecast", *words])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
        with pytest.raises(SystemExit) as end:
            main()
        captured = capfd.readouterr()
        return Ended(int(end.value.code or 0), captured.out, captured.err)

    return run


def test_a_forecast_as_a_table_with_a_picture(run: Run, tmp_path: Path) -> None:
    picture = tmp_path / "out.png"
    ended = run("predict", PASSENGERS, "--horizon", "3", "-f", "table", "--plot", str(picture))
    assert ended.code == 0
    assert "1961-01-01  443.7     426.5     460.5" in ended.output
    assert "▆▄|" in ended.output
    assert picture.read_bytes()[:4] == b"\x89PNG"


def test_standard_input_and_output(run: Run) -> None:
    ended = run("predict", "--horizon", "2", given=Path(SHOPS).read_bytes())
    table = pd.read_csv(io.StringIO(ended.output))
    assert list(table.columns) == ["unique_id", "ds", "point", "lower-80", "upper-80"]
    assert len(table) == 48


@pytest.mark.parametrize("suffix", ["csv", "json", "parquet"])
def test_files_are_written_as_their_names_say(run: Run, tmp_path: Path, suffix: str) -> None:
    output = tmp_path / f"out.{suffix}"
    assert run("predict", PASSENGERS, "--horizon", "2", "-o", str(output)).code == 0
    if suffix == "json":
        assert len(json.loads(output.read_text())["forecasts"][0]["point"]) == 2
    else:
        read = pd.read_csv if suffix == "csv" else pd.read_parquet
        assert read(output)["point"].round(1).tolist() == [443.7, 418.5]


def test_many_series_backtests_anomalies_and_inspections_as_tables(run: Run) -> None:
    many = run("predict", SHOPS, "--horizon", "2", "-f", "table")
    assert "… and 4 more series" in many.output
    assert "Read 'Filiale' as the ids" in many.errors
    scores = run("backtest", PASSENGERS, "--windows", "2", "-f", "table").output
    assert [line.split("  ")[0] for line in scores.splitlines()[2:]] == [
        "the model",
        "seasonal naive",
        "Theta",
    ]
    flags = ["--last", "24", "--level", "80", "-f", "table"]
    found = run("anomalies", PASSENGERS, *flags).output
    assert "of 24 values lie outside the band of 80 %" in found
    assert "expected" in found
    understood = run("inspect", SHOPS, "--max-series", "2")
    assert "2024-06-30" in understood.output
    assert "… and 22 more series" in understood.output
    assert json.loads(run("inspect", SHOPS, "--json").output)["count"] == 24


def test_options_reach_the_service(run: Run) -> None:
    given = b"day;shop;sold\n" + b"".join(b"%02d.01.2024;a;%d,5\n" % (d, d) for d in range(1, 29))
    flags = ["--id-col", "shop", "--time-col", "day", "--target-col", "sold", "--decimal", ","]
    ended = run("predict", "-", *flags, "--horizon", "1", "--levels", "50,90", given=given)
    assert ended.output.splitlines()[0].endswith('"lower-50","upper-50","lower-90","upper-90"')
    assert '"a","2024-01-29",29' in ended.output
    refused = run("predict", PASSENGERS, "--version", "production", "--model", "sine")
    assert (refused.code, "production" in refused.errors) == (1, True)


def test_every_option_of_the_service_is_a_flag() -> None:
    kinds = (
        options.PredictOptions,
        options.BacktestOptions,
        options.AnomaliesOptions,
        options.InspectOptions,
        options.TrainOptions,
        options.ActualsOptions,
        options.BulkOptions,
    )
    assert set(HELP) == {name for kind in kinds for name in get_type_hints(kind)}


def test_jobs_and_models(run: Run) -> None:
    queued = run("train", PASSENGERS, "--model", "of-the-commands", "--no-wait")
    job = queued.output.strip()
    assert job in run("jobs").output
    assert run("jobs", "cancel", job).code == 0
    assert run("jobs", "follow", job).code == 5
    assert json.loads(run("jobs", "show", job).output)["state"] == "cancelled"
    assert run("jobs", "logs", job).code == 0
    assert re.search(r"zero-shot .*production = \d+ +default", run("models").output)
    assert json.loads(run("models", "show", "sine", "--json").output)["version"] == 1
    shown = run("models", "show", "airline-passengers").output
    assert "trained on 1 series with 144 values, MS" in shown
    assert "0.639" in shown
    assert run("models", "show", "unknown").code == 1
    assert run("models", "promote", "sine", "1", "--reason", "tried").code == 0
    assert run("models", "rollback", "sine").code == 1
    refused = run("models", "delete", "sine", "1")
    assert (refused.code, "production" in refused.errors) == (1, True)
    ended = run("jobs", "follow", "0000000000000000")
    assert (ended.code, "error: " in ended.errors) == (1, True)


def test_what_happened_and_how_the_model_does(run: Run) -> None:
    lines = Path(PASSENGERS).read_bytes().splitlines(keepends=True)
    head, past, happened = lines[0], b"".join(lines[:-6]), b"".join(lines[-6:])
    send = ["actuals", "--frequency", "MS"]
    model = "airline-passengers"
    flags = ["--horizon", "6", "--track", "--model", model]
    assert run("predict", *flags, given=past).code == 0
    assert "Matched 6 of 6 values" in run(*send, given=head + happened).output
    again = run(*send, "--json", given=head + happened)
    assert json.loads(again.output)["matched"] == 6
    shown = run("performance", model).output
    assert "airline-passengers, version 1" in shown
    assert "It is not drifting: " in shown
    assert json.loads(run("performance", model, "1", "--json").output)["evaluated"] == 1


def test_its_version(run: Run) -> None:
    assert run("--version").output.strip() == version("forecasting-service-client")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["predict", "missing.csv"], 1, "missing.csv cannot be read"),
        (["predict", PASSENGERS, "--horizon", "x"], 2, "--horizon"),
        (["predict", PASSENGERS, "--levels", "80,abc"], 2, "'abc' is no number"),
        (["predict", PASSENGERS, "-o", "out.xyz"], 2, ".parquet"),
        (["train", PASSENGERS, "--model", "x", "--tune", "0"], 1, "#/tune/trials"),
        (["train", PASSENGERS, "--model", "x", "--tune", '{"trials": 0}'], 1, "#/tune/trials"),
        (
            ["predict", PASSENGERS, "-o", "/nowhere/out.csv"],
            1,
            "/nowhere/out.csv cannot be written",
        ),
        (["predict", PASSENGERS, "--plot", "out.xyz"], 1, "out.xyz cannot be drawn"),
        (["inspect", str(ROOT / "LICENSE")], 1, ""),
        (["models", "--url", "http://127.0.0.1:9"], 3, "No service answers"),
    ],
)
def test_how_commands_end(run: Run, words: list[str], code: int, said: str) -> None:
    ended = run(*words)
    assert ended.code == code
    assert said in ended.errors


def test_without_a_service_it_says_how_to_start_one(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FORECAST_URL")
    monkeypatch.setattr("forecast_client.http.address.DEFAULT_URL", "http://127.0.0.1:9")
    ended = run("models")
    assert (ended.code, "`make serve`" in ended.errors) == (3, True)


def test_it_completes_commands_and_starts_light() -> None:
    completed = subprocess.run(
        [sys.executable, "-m", "forecast_client"],
        env=ENVIRONMENT
        | {"_FORECAST_COMPLETE": "complete_bash", "COMP_WORDS": "forecast an", "COMP_CWORD": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert completed.stdout.split() == ["anomalies"]
    script = (
        "import sys, forecast_client.cli.main\n"
        "heavy = {'pandas', 'polars', 'pyarrow', 'matplotlib', 'numpy', 'tensorflow'}\n"
        "sys.exit(f'loaded: {heavy & set(sys.modules)}' if heavy & set(sys.modules) else 0)"
    )
    subprocess.run([sys.executable, "-c", script], env=ENVIRONMENT, check=True)


def test_control_c_ends_it_while_it_starts() -> None:
    script = (
        "import sys\n"
        "class Interrupted:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'httpx':\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupted())\n"
        "from forecast_command import main\n"
        "main()"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], env=ENVIRONMENT, capture_output=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (130, b"")


@pytest.mark.parametrize(
    ("values", "width", "line"),
    [
        ([0, 1, 2, 3], 4, "▁▃▆█"),
        ([0, None, 3], 3, "▁ █"),
        ([5, 5], 4, "▁▁"),
        (list(range(8)), 2, "▂▇"),
        ([], 4, ""),
    ],
)
def test_sparklines(values: list[float | None], width: int, line: str) -> None:
    known = [value for value in values if value is not None]
    assert sparkline(values, width, (min(known, default=0), max(known, default=0))) == line
