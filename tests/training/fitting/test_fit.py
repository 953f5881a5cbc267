from pathlib import Path

import numpy as np
import pytest

from forecasting.networks.recipe import RECIPES, Recipe, resolve
from forecasting.prediction.pipeline import finish, prepare, run_network
from forecasting.series.series import Series
from tests.support.tiny_models import PASSENGERS, TINY, write_long
from training.dataset import read_dataset
from training.evaluation import ScoredWindows
from training.fitting.fit import FittedNetwork, fit
from training.fitting.split import split


def fitted(folder: Path, recipe: Recipe, *, seed: int = 0) -> FittedNetwork:
    data = read_dataset(write_long(folder / "passengers.csv", [*PASSENGERS]))
    plan = resolve(recipe, horizon=None, season_length=12)
    return fit(data, split(data, plan), plan, seed=seed, on_epoch=lambda *_: None)


def test_the_same_seed_gives_the_same_weights(tmp_path: Path) -> None:
    recipe = TINY.model_copy(update={"dropout": 0.2})
    first, again, other = (fitted(tmp_path, recipe, seed=seed) for seed in (5, 5, 6))
    for weights, same in zip(first.network.get_weights(), again.network.get_weights(), strict=True):
        np.testing.assert_array_equal(weights, same)
    assert not np.array_equal(first.network.get_weights()[0], other.network.get_weights()[0])


@pytest.mark.parametrize(
    ("cell", "loss"),
    [("simple_rnn", "pinball"), ("simple_rnn", "huber"), ("gru", "pinball"), ("gru", "mae")],
)
def test_every_cell_trains_with_quantiles_and_without(tmp_path: Path, cell: str, loss: str) -> None:
    """An LSTM is trained with every loss where a value is missing, below."""
    recipe = Recipe.model_validate(
        TINY.model_dump() | {"cell": cell, "loss": loss, "units": (3, 3), "epochs": 1}
    )
    forecast = fitted(tmp_path, recipe).forecaster.forecast([np.array(PASSENGERS, float)], 4)
    assert np.isfinite(forecast.point).all()


def test_a_series_that_came_later_and_is_shorter_than_the_context_is_forecast(
    tmp_path: Path,
) -> None:
    forecaster = fitted(tmp_path, TINY).forecaster
    signature = forecaster.signature
    new = Series.from_values(PASSENGERS[10 : 7 + signature.context_length])
    plan = prepare([new], signature, horizon=4)
    assert len(plan.contexts) == 1, "it must not get a fallback"
    found = finish(plan, run_network(plan, forecaster)).forecast.point
    assert np.isfinite(found).all()
    assert 0.5 * min(PASSENGERS) < found.min() < found.max() < 2 * max(PASSENGERS)


def test_progress_is_reported_after_each_epoch(tmp_path: Path) -> None:
    data = read_dataset(write_long(tmp_path / "passengers.csv", [*PASSENGERS]))
    plan = resolve(RECIPES["simple-rnn"], horizon=None, season_length=12)
    reports: list[tuple[int, int]] = []
    fit(
        data,
        split(data, plan),
        plan,
        seed=0,
        on_epoch=lambda epoch, epochs, *_: reports.append((epoch, epochs)),
    )
    assert reports == [(n, 20) for n in range(1, 21)]


def test_scores_stand_beside_seasonal_naive_on_the_same_windows(tmp_path: Path) -> None:
    data = read_dataset(write_long(tmp_path / "passengers.csv", [*PASSENGERS]))
    plan = resolve(TINY, horizon=None, season_length=12)
    parts = split(data, plan)
    forecaster = fit(data, parts, plan, seed=0, on_epoch=lambda *_: None).forecaster
    evaluation = ScoredWindows.of_tail(data, parts, 4).evaluate(forecaster)
    assert evaluation.windows == len(parts.test)
    assert evaluation.model.wql is not None
    assert 0 <= (evaluation.model.coverage_80 or 0) <= 1
    test = parts.test
    naive = np.stack([context[-4:] for context in test.contexts])
    expected = 200 * np.mean(np.abs(test.targets - naive) / (np.abs(test.targets) + np.abs(naive)))
    assert evaluation.seasonal_naive.smape == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("loss", ["pinball", "mse", "mae", "huber"])
def test_a_missing_value_is_neither_learned_nor_scored(tmp_path: Path, loss: str) -> None:
    values: list[float | None] = [*PASSENGERS]
    values[20:23] = [None, None, None]
    values[-8:] = [None] * 8
    data = read_dataset(write_long(tmp_path / "passengers.csv", values))
    plan = resolve(TINY.model_copy(update={"loss": loss}), horizon=None, season_length=12)
    parts = split(data, plan)
    losses: list[float] = []
    network = fit(data, parts, plan, seed=0, on_epoch=lambda *report: losses.extend(report[2:]))
    assert np.isfinite(losses).all()
    assert all(np.isfinite(weights).all() for weights in network.network.get_weights())
    evaluation = ScoredWindows.of_tail(data, parts, 4).evaluate(network.forecaster)
    observed = data.series[0].observed()
    tail = observed[parts.points[0].validation :]
    assert np.isnan(tail).sum() == 8
    assert evaluation.windows == min(len(parts.test), int((~np.isnan(tail)).sum()))


def test_a_tail_that_is_missing_altogether_has_no_scores(tmp_path: Path) -> None:
    values: list[float | None] = [*PASSENGERS]
    values[-12:] = [None] * 12
    data = read_dataset(write_long(tmp_path / "passengers.csv", values))
    plan = resolve(TINY, horizon=None, season_length=12)
    parts = split(data, plan)
    forecaster = fit(data, parts, plan, seed=0, on_epoch=lambda *_: None).forecaster
    evaluation = ScoredWindows.of_tail(data, parts, 4).evaluate(forecaster)
    assert evaluation.windows == 0
    for scores in (evaluation.model, evaluation.seasonal_naive):
        assert (scores.mase, scores.smape, scores.wql, scores.coverage_80) == (None,) * 4
