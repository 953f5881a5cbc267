"""The benchmark gives scores that were worked out by hand, and none if its proof does not hold."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from benchmarks.accuracy.plots import choose_windows
from benchmarks.accuracy.proof import prove, require_proofs
from benchmarks.accuracy.results import Method
from benchmarks.accuracy.scores import QUANTILES, Scores, score
from benchmarks.accuracy.sets import (
    BenchmarkError,
    as_printed,
    read_sets,
)
from benchmarks.accuracy.shipped import (
    BEST,
    CALIBRATED,
    FAST,
    NOT_SAID,
    STANDARD,
    Way,
    forecast_set,
)
from forecasting.store.loader import load_version
from forecasting.store.store import ModelStore
from tests.support.accuracy import (
    SEASONAL_NAIVE_MASE,
    bench,
    forecasts,
    made,
    write_data,
    write_rolling,
)
from tests.support.service import ROOT


def test_scores_are_those_worked_out_by_hand() -> None:
    # Scales 1 and 10; absolute errors 2, 0 and 0, 10: MASE (1 + 0.5) / 2.
    given = made([[1, 2, 3], [0, 10, 20]], [[5, 3], [20, 30]])
    found = score(given, forecasts([[3, 3], [20, 20]], spread=1))
    assert found.mase_by_series == pytest.approx([1.0, 0.5])
    assert found.mase == pytest.approx(0.75)
    assert found.coverage_80 == pytest.approx(3 / 4)
    assert found.milliseconds == pytest.approx(250)
    pinball = sum(
        max(q * error, (q - 1) * error)
        for y, point in ((5, 3), (3, 3), (20, 20), (30, 20))
        for position, q in enumerate(QUANTILES)
        for error in [y - (point + position - 4)]
    )
    assert found.wql == pytest.approx(2 * pinball / 9 / (5 + 3 + 20 + 30))


def test_a_series_that_never_changed_is_left_out_of_mase_but_not_of_wql() -> None:
    given = made([[1, 2, 3], [7, 7, 7]], [[5, 3], [8, 8]])
    found = score(given, forecasts([[3, 3], [7, 7]], spread=0))
    assert found.mase == pytest.approx(1.0)
    assert found.wql == pytest.approx((2 + 0 + 1 + 1) / (5 + 3 + 8 + 8))


def test_the_proof_holds_if_seasonal_naive_scores_as_published(data: Path) -> None:
    (proof,) = prove(read_sets(data))
    assert proof.measured == pytest.approx(SEASONAL_NAIVE_MASE)
    require_proofs([proof])


@pytest.mark.parametrize("rule", ["gift", "fev"])
def test_a_rolling_task_is_scored_by_its_rule(tmp_path: Path, rule: str) -> None:
    (task,) = read_sets(write_rolling(tmp_path / "rolling", rule=rule))
    assert [past.values.size for past in task.pasts] == [22, 26]
    assert task.pasts[0].future_timestamps(1) == ["2024-01-23T00:00:00"]
    (proof,) = prove([task])
    assert proof.measured == pytest.approx((2 * 10 + 9) / 8)
    exact = score(task, forecasts(task.future.tolist(), spread=0))
    assert (exact.mase, exact.wql, exact.coverage_80) == (0, 0, 1)
    off = score(task, forecasts((task.future - 2).tolist(), spread=0))
    assert off.mase == pytest.approx(2)
    assert off.coverage_80 == 0
    loss = 2 * 2 * 0.5  # twice the pinball loss of 2 too low, averaged over the nine levels
    scale = 1 if rule == "fev" else task.future.mean()
    assert off.wql == pytest.approx(loss / scale)


def test_gift_eval_averages_over_steps_and_fev_bench_over_windows() -> None:
    # The windows are off by 1 in all three steps, and by 5 in the one that was observed.
    future = [[4.0, 4.0, 4.0], [8.0, np.nan, np.nan]]
    point = forecasts([[3.0, 3.0, 3.0], [3.0, 3.0, 3.0]], spread=0)
    by_rule = {
        rule: score(made([[1, 2, 3], [1, 2, 3]], future, rule), point)
        for rule in ("gift", "fev", "chronos")
    }
    assert by_rule["gift"].mase == pytest.approx((3 * 1 + 5) / 4)
    assert by_rule["fev"].mase == by_rule["chronos"].mase == pytest.approx((1 + 5) / 2)
    assert by_rule["fev"].wql == pytest.approx((1 + 5) / 2)
    assert by_rule["gift"].wql == by_rule["chronos"].wql == pytest.approx(8 / 20)


def test_missing_values_of_a_rolling_task_do_not_count(tmp_path: Path) -> None:
    (task,) = read_sets(write_rolling(tmp_path / "rolling", rule="fev", missing=3))
    gone = np.full(task.future.shape, np.nan)
    gone[0] = task.future[0]
    found = score(replace(task, future=gone), forecasts((task.future + 1).tolist(), spread=0))
    assert found.mase == pytest.approx(1)
    assert np.isnan(found.mase_by_series).tolist() == [False, True]


@pytest.mark.parametrize(
    ("way", "options"),
    [
        (STANDARD, {"season_length": 5}),
        (NOT_SAID, {}),
        (CALIBRATED, {"season_length": 5, "calibrate": True}),
        (FAST, {"season_length": 5, "effort": "fast"}),
        (BEST, {"season_length": 5, "effort": "best"}),
    ],
    ids=lambda value: value.name if isinstance(value, Way) else "",
)
def test_forecasts_are_those_that_the_service_answers(
    tmp_path: Path,
    trained_store: Path,
    client: httpx.Client,
    way: Way,
    options: dict[str, Any],
) -> None:
    (task,) = read_sets(write_rolling(tmp_path / "rolling", rule="fev", missing=3))
    task = replace(task, season_length=5)
    version = load_version(ModelStore(trained_store), "zero-shot", 1)
    scored = forecast_set(version.forecaster, task, way)
    days = pd.date_range("2024-01-01", periods=30).strftime("%Y-%m-%d").tolist()
    values = [None, None, None, *np.arange(3.0, 30.0).tolist()]
    body = {
        "model": "zero-shot",
        "horizon": 4,
        "quantiles": list(QUANTILES),
        "series": [{"values": values[:n], "timestamps": days[:n]} for n in (22, 26)],
    }
    answer = client.post("/predict", json=body | options)
    assert answer.status_code == 200, answer.text
    for row, found in enumerate(answer.json()["forecasts"]):
        assert found["point"] == pytest.approx(scored.point[row])
        quantiles = np.array(list(found["quantiles"].values())).T
        assert_allclose(quantiles, scored.quantiles[row])


def test_a_run_scores_the_rolling_tasks_too(
    data: Path, trained_store: Path, tmp_path: Path
) -> None:
    rolling = write_rolling(tmp_path / "rolling", rule="gift")
    ran = bench("--data", data, "--store", trained_store, "--model", "tiny", "--rolling", rolling)
    assert ran.returncode == 0, ran.stderr
    assert "## Rolling tasks" in ran.stdout
    assert "| daily | 3.6250 | 3.6250 | to three decimals |" in ran.stdout
    assert "\n| 1 rolling tasks, relative MASE / score | " in ran.stdout
    assert re.search(
        r"^\| coverage of .*\| made [\d.]+%, daily [\d.]+% \|", ran.stdout, re.MULTILINE
    )
    assert "daily: seasonal naive 3.6250" in ran.stderr


def test_nothing_is_scored_if_the_proof_fails(tmp_path: Path, trained_store: Path) -> None:
    wrong = write_data(tmp_path / "data", mase=SEASONAL_NAIVE_MASE + 0.001)
    ran = bench("--data", wrong, "--store", trained_store, "--model", "tiny")
    assert ran.returncode == 1
    assert "does not give seasonal naive its published MASE (made: 1.0000" in ran.stderr
    assert not ran.stdout


def test_a_run_writes_the_page_and_draws_the_forecasts(
    data: Path, trained_store: Path, tmp_path: Path
) -> None:
    output, plots = tmp_path / "results.md", tmp_path / "images"
    ran = bench(
        *("--data", data, "--store", trained_store, "--model", "tiny", "--version", "1"),
        *("--output", output, "--plots", plots),
    )
    assert ran.returncode == 0, ran.stderr
    page = output.read_text()
    assert ran.stdout == page
    assert "| **tiny 1**, season length given | " in page
    assert "| theta, published | 0.800 / 0.0800 | 0.800 | 0.800 |" in page
    assert "own_theta" not in page
    assert "](images/made.png)" in page
    assert 0 < (plots / "made.png").stat().st_size < 60_000


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--model", "nobody"], "nobody"),
        (["--model", "plain"], "single forecast"),
        (["--model", "tiny", "--sets", "other"], "no set named other"),
    ],
)
def test_what_cannot_be_run_is_reported_in_one_line(
    data: Path, trained_store: Path, options: list[str], message: str
) -> None:
    ran = bench("--data", data, "--store", trained_store, *options)
    assert ran.returncode == 1
    assert ran.stderr.splitlines()[-1].startswith("error: ")
    assert message in ran.stderr


def test_a_file_that_is_too_short_for_its_windows_is_named(tmp_path: Path) -> None:
    folder = write_rolling(tmp_path / "rolling", rule="gift")
    listing = folder / "datasets.json"
    listing.write_text(listing.read_text().replace('"windows": 2', '"windows": 8'))
    with pytest.raises(BenchmarkError, match=r"daily\.parquet, series a: it needs more than 32"):
        read_sets(folder)


def test_a_folder_without_sets_is_named(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match=r"datasets\.json cannot be read"):
        read_sets(tmp_path)


def test_m1_is_read_as_the_public_benchmark_holds_it() -> None:
    # In double precision 0.045 would be printed as 0.04 and 0.995 as 0.99.
    values = np.array([0.045, 0.995, 1.0, 142.239])
    assert as_printed(values, 2).tolist() == [0.05, 1.0, 1.0, 142.24]


def test_relative_scores_are_geometric_means_over_published_seasonal_naive(data: Path) -> None:
    (evaluation_set,) = read_sets(data)
    scores = Scores(
        mase=0.5, wql=0.2, coverage_80=0.8, milliseconds=1, mase_by_series=np.array([0.5])
    )
    assert Method("ours", {"made": scores}).relative(
        [evaluation_set, evaluation_set], "mase"
    ) == pytest.approx(0.5)
    assert Method("ours", {"made": scores}).relative([evaluation_set], "wql") == pytest.approx(2.0)
    assert np.isnan(Method[Scores]("ours", {}).relative([evaluation_set], "mase"))


def test_forecasts_to_draw_are_chosen_by_their_rank_by_mase() -> None:
    mase = np.array([np.nan, *range(20, -1, -1)], dtype=float)
    assert [mase[position] for position in choose_windows(mase)] == [10, 19]


def test_make_scores_the_rolling_tasks_that_lie_beside_the_sets(data: Path, tmp_path: Path) -> None:
    def command() -> str:
        shown = ["make", "--dry-run", "bench-accuracy", f"DATA={data}"]
        return subprocess.run(shown, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert "--rolling" not in command()
    rolling = write_rolling(data.with_name("data_rolling"), rule="gift")
    assert f"--rolling {rolling}" in command()
