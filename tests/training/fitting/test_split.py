"""Nothing that a network learns from, or is scaled by, lies in its future."""

import numpy as np
import pytest

from forecasting.errors import RecipeError
from forecasting.evaluation.data_split import SplitPoints
from forecasting.networks.recipe import ResolvedRecipe, resolve
from forecasting.networks.scalers import measure, transform
from forecasting.series.series import Series
from tests.support.tiny_models import TINY
from training.dataset import Dataset
from training.fitting.fit import fit_scaler
from training.fitting.split import split


def recipe(**fields: object) -> ResolvedRecipe:
    return resolve(TINY.model_copy(update=fields), horizon=None, season_length=4)


def dataset(*lengths: int) -> Dataset:
    """Make series whose values are their positions in time."""
    return Dataset(
        tuple(Series.from_values(np.arange(n, dtype=np.float64), id=str(n)) for n in lengths)
    )


def test_parts_follow_one_another_in_time() -> None:
    data, plan = dataset(50, 80), recipe()
    parts = split(data, plan)
    for position, points in parts.points.items():
        assert points == SplitPoints.for_length(data.series[position].values.size, plan)
        every = parts.train.spread(len(parts.train))
        train = every.targets[every.series == position]
        validation = parts.validation.targets[parts.validation.series == position]
        test = parts.test.targets[parts.test.series == position]
        assert train.max() < points.train == validation.min()
        assert validation.max() < points.validation == test.min()
        assert test.max() == points.length - 1


def test_a_context_ends_before_its_target() -> None:
    parts = split(dataset(60), recipe())
    for windows in (parts.train.spread(len(parts.train)), parts.validation, parts.test):
        assert (np.nanmax(windows.contexts, axis=1) < windows.targets[:, 0]).all()


@pytest.mark.parametrize("scaler", ["window", "min_max", "standard", "robust"])
def test_the_future_changes_nothing_that_is_learned_from(scaler: str) -> None:
    """If the future is unlike anything before, nothing that is learned from may change."""
    plan = recipe(scaler=scaler)
    past = np.sin(np.arange(60.0))
    points = SplitPoints.for_length(60, plan)
    with_wild_future = past.copy()
    with_wild_future[points.train :] = 1e6

    def learned_from(values: np.ndarray) -> list[np.ndarray]:
        data = Dataset((Series.from_values(values, id="a"),))
        parts = split(data, plan)
        windows = parts.train.draw(100, np.random.default_rng(0))
        contexts, targets = windows.contexts, windows.targets
        state = measure(fit_scaler(data, parts, plan), contexts)
        return [transform(state, contexts), transform(state, targets)]

    for clean, changed in zip(learned_from(past), learned_from(with_wild_future), strict=True):
        np.testing.assert_array_equal(clean, changed)


def test_the_check_catches_a_planted_leak() -> None:
    plan = recipe(scaler="min_max")
    data = Dataset((Series.from_values(np.r_[np.sin(np.arange(50.0)), [1e6] * 10]),))
    leaking = fit_scaler(data, split(data, plan), plan).fit(data.series[0].values.reshape(-1, 1))
    honest = fit_scaler(data, split(data, plan), plan)
    value = np.array([[1.0]])
    assert leaking.transform(value) != honest.transform(value)


def test_without_early_stopping_all_but_the_tail_is_trained_on() -> None:
    parts = split(dataset(100), recipe(patience=None))
    assert parts.train.spread(len(parts.train)).targets.max() == 79
    assert parts.validation is parts.test


def test_a_series_too_short_is_left_out_and_all_too_short_is_an_error() -> None:
    assert list(split(dataset(9, 60), recipe()).points) == [1]
    with pytest.raises(RecipeError, match="needs 16") as refused:
        split(dataset(9, 15), recipe())
    assert refused.value.code == "series_too_short_to_train"
    assert list(split(dataset(16), recipe()).points) == [0]


def test_a_constant_series_is_left_out_and_all_constant_is_an_error() -> None:
    constant = Series.from_values([5.0] * 60, id="c")
    varied = dataset(60).series[0]
    assert list(split(Dataset((constant, varied)), recipe()).points) == [1]
    with pytest.raises(RecipeError, match="constant"):
        split(Dataset((constant,)), recipe())


def test_no_more_windows_are_held_out_than_a_quarter_of_those_that_may_be_trained_on() -> None:
    parts = split(dataset(500, 500), recipe(max_windows=40))
    assert len(parts.validation) == len(parts.test) == 10
    assert set(parts.test.series.tolist()) == {0, 1}
