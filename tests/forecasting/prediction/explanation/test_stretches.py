"""The stretches of the past that move a forecast are found."""

from itertools import pairwise

import numpy as np
import pytest

from forecasting.networks.scalers import make_scaler
from forecasting.prediction.explanation.stretches import MOST_STRETCHES, Occlusion, Stretch
from forecasting.prediction.forecaster import Forecaster
from forecasting.prediction.pipeline import finish, prepare, run_network
from forecasting.series.covariates import Covariates
from forecasting.series.series import Series
from forecasting.types import NetworkFloats
from tests.support.signatures import any_series_signature

SIGNATURE = any_series_signature(context_length=60, horizon=4)
SEEN = slice(20, 25)


class OneStretch:
    """A network that looks at five of its 60 values only, and predicts their mean."""

    def run(self, inputs: NetworkFloats) -> NetworkFloats:
        """Return the outputs for inputs (n, t, channels)."""
        mean = inputs[:, SEEN, :1].mean(axis=1, keepdims=True)
        return np.repeat(np.array([-1, 0, 1], np.float32) + mean, 4, axis=1)


def stretches(*series: Series, season_length: int = 1) -> list[tuple[Stretch, ...]]:
    plan = prepare(series, SIGNATURE, horizon=4, season_lengths=[season_length] * len(series))
    occlusion = Occlusion.of(plan, slice(None))
    forecaster = Forecaster(SIGNATURE, make_scaler("change"), OneStretch())
    return occlusion.effects(finish(occlusion.plan, run_network(occlusion.plan, forecaster)))


def test_the_stretch_that_the_network_looks_at_moves_the_forecast() -> None:
    values = np.random.default_rng(0).normal(0, 1, 100).cumsum()
    (found,) = stretches(Series.from_values(values))
    assert len(found) == MOST_STRETCHES
    assert (found[0].start, found[-1].stop) == (40, 100)
    assert all(a.stop == b.start for a, b in pairwise(found))
    inner = {item.start: item.effect for item in found[1:-1]}
    seen = values[60:65]
    filled = np.interp(np.arange(5), [-1, 5], [values[59], values[65]])
    assert inner[60] == pytest.approx(abs(seen.mean() - filled.mean()), rel=1e-4)
    others = [effect for start, effect in inner.items() if start != 60]
    assert max(effect for effect in others if effect is not None) < 1e-4


def test_stretches_hold_whole_seasons_if_they_are_long() -> None:
    steps = np.arange(59)
    (found,) = stretches(Series.from_values(steps % 4 + 0.1 * steps), season_length=4)
    assert {item.stop - item.start for item in found[1:]} == {8}
    assert (found[0].start, found[0].stop) == (0, 11)


def test_series_of_any_kind_have_stretches() -> None:
    rises = np.random.default_rng(0).random(40)
    gaps = [1.0, None, None, None, None, None, 4.0, 2.0, 5.0, 3.0, None, None]
    found = stretches(
        Series.from_values([5.0]),
        Series.from_values([5.0] * 30),
        Series.from_values([1.0, 2.0, 4.0]),
        Series.from_values(gaps),
        Series.from_values(np.cumsum(rises)),
        Series.from_values([None, None, 3.0, 1.0, 2.0, 7.0]),
    )
    assert [len(own) for own in found] == [0, 10, 3, 12, 10, 4]
    assert all(item.effect == 0 for item in found[1])
    assert [item.effect is None for item in found[2]] == [True, False, False]
    assert found[4][-1].effect


def test_a_series_is_explained_alike_alone_and_beside_others() -> None:
    many = [Series.from_values(np.random.default_rng(seed).random(30 + seed)) for seed in range(3)]
    assert stretches(*many) == [own for series in many for own in stretches(series)]


@pytest.mark.parametrize("share", [False, True])
def test_what_covariates_do_is_kept(share: bool) -> None:
    rng = np.random.default_rng(5)
    on = (rng.random(204) < 0.3).astype(float)
    rest = 20 * np.exp(1.2 * np.sin(np.arange(204) / 20)) + rng.normal(0, 0.3, 204)
    values = rest * (1 + 0.8 * on) if share else rest + 30 * on
    covariates = Covariates.from_columns({"on": on[:200].tolist()}, {"on": on[200:].tolist()})
    series = Series.from_values(values[:200], covariates=covariates)
    plan = prepare([series], SIGNATURE, horizon=4, season_lengths=[1])
    effects = plan.origins.effects
    assert effects is not None
    assert effects.factors.tolist() == [share]
    (found,) = stretches(series)
    (alone,) = stretches(Series.from_values(plan.contexts[0]))
    growth = 1 + effects.added[0] if share else np.ones(4)
    expected = [item.effect * growth.mean() for item in alone if item.effect is not None]
    assert [item.effect for item in found] == pytest.approx(expected)
    assert [item.start for item in found] == [item.start for item in alone]
