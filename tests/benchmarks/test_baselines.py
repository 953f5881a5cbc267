"""The statistical methods are told the past and its seasons, and their forecasts are kept."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.accuracy.baselines import Baselines
from benchmarks.accuracy.sets import BenchmarkError, read_sets
from tests.support.accuracy import HORIZON, bench, made, write_rolling


def fake_python(path: Path) -> Path:
    """Write a program that forecasts ones, and copies what it was given into `given.npz`."""
    path.write_text(
        f"#!{sys.executable}\nimport shutil, sys, numpy\n"
        "given = numpy.load(sys.argv[4])\n"
        f"shutil.copy(sys.argv[4], {str(path.parent / 'given.npz')!r})\n"
        "shape = len(given['lengths']), int(given['horizon'])\n"
        "point, quantiles = numpy.ones(shape), numpy.ones((*shape, 9))\n"
        "numpy.savez(sys.argv[5], point=point, quantiles=quantiles, seconds=3.0)\n"
    )
    path.chmod(0o755)
    return path


def test_baselines_that_were_kept_are_not_run_again(data: Path, tmp_path: Path) -> None:
    (evaluation_set,) = read_sets(data)
    cache = tmp_path / "cache"
    python = tmp_path / "python"
    with pytest.raises(BenchmarkError, match="python is missing"):
        Baselines(python, cache).forecast(evaluation_set, "AutoETS")
    first = Baselines(fake_python(python), cache).forecast(evaluation_set, "AutoETS")
    python.unlink()
    again = Baselines(python, cache).forecast(evaluation_set, "AutoETS")
    assert again.seconds == first.seconds == 3.0
    assert again.point.shape == (2, HORIZON)
    with pytest.raises(BenchmarkError, match="python is missing"):
        Baselines(python, cache).forecast(evaluation_set, "AutoTheta")


@pytest.mark.parametrize(
    ("model", "days", "told", "longest"),
    [
        ("AutoETS", 2_000, [7], 1_000),
        ("MSTL", 2_000, [7, 365], 1_460),
        ("MSTL", 700, [7], 700),
    ],
)
def test_a_baseline_is_told_the_past_and_its_seasons(
    tmp_path: Path, model: str, days: int, told: list[int], longest: int
) -> None:
    values = np.arange(days, dtype=float).tolist()
    values[-2] = np.nan
    short = replace(made([values], [[-1.0, -1.0]]), season_length=7)
    Baselines(fake_python(tmp_path / "python"), None).forecast(short, model)
    with np.load(tmp_path / "given.npz") as given:
        assert given["season_lengths"].tolist() == told
        assert given["lengths"].tolist() == [longest]
        assert given["values"].tolist() == list(range(days))[-longest:]


def test_a_run_scores_the_baselines_of_the_sets_that_are_named(
    data: Path, trained_store: Path, tmp_path: Path
) -> None:
    ran = bench(
        *("--data", data, "--rolling", write_rolling(tmp_path / "rolling", rule="fev")),
        *("--store", trained_store, "--model", "tiny", "--sets", "daily"),
        *("--baselines-python", fake_python(tmp_path / "python"), "--cache", tmp_path / "cache"),
        baselines=True,
    )
    assert ran.returncode == 0, ran.stderr
    assert "\n| MSTL | " in ran.stdout
    assert "DynamicOptimizedTheta" not in ran.stdout
    assert "## Scores" not in ran.stdout
    assert len(list((tmp_path / "cache").glob("daily-*.npz"))) == 3
