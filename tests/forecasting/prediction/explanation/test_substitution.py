"""What covariates add to the forecasts of a network that takes them."""

from dataclasses import replace

import numpy as np
import pytest

from forecasting.covariates.inputs import covariate_inputs
from forecasting.networks.beside import number_columns
from forecasting.networks.scalers import CovariateScaler, make_scaler
from forecasting.networks.signature import Signature
from forecasting.prediction.explanation.components import explain
from forecasting.prediction.explanation.stretches import Occlusion
from forecasting.prediction.explanation.substitution import Substitution
from forecasting.prediction.forecaster import Forecaster
from forecasting.prediction.pipeline import finish, prepare, run_network
from forecasting.series.covariates import Covariates
from forecasting.series.series import Series
from forecasting.types import NetworkFloats

PRICES = [1.0, 3, 2, 2, 1, 3, 4, 6]
WEATHER = ["sun", "rain", "rain", "rain", "sun", "rain", "rain", "sun"]
VISITS = [0.0, 2, 4, 2, 3, 7]


def shop(level: float = 0.0) -> Series:
    """Return six days of a shop; the price and the weather are known for two more."""
    covariates = Covariates.from_columns(
        {"price": PRICES[:6], "visits": VISITS, "weather": WEATHER[:6]},
        {"price": PRICES[6:], "weather": WEATHER[6:]},
    )
    values = Series.from_values(level + np.array([1.0, 2, 4, 2, 1, 3]), covariates=covariates)
    return replace(values, static={"size": 5.0})


SIGNATURE = Signature(
    context_length=6,
    history_length=6,
    horizon=2,
    inputs=("value", "observed"),
    quantiles=(0.1, 0.5, 0.9),
    shortest_context=2,
    covariates=covariate_inputs([shop()]),
)
NAMES = [item.name for item in SIGNATURE.covariates]


class Follower:
    """A network that follows its covariates: the price most where the sun shines."""

    def run(self, inputs: NetworkFloats) -> NetworkFloats:
        """Return the outputs for inputs (n, t, channels)."""
        channel = {name: inputs[:, :, 2 + place] for place, name in enumerate(NAMES)}
        sun = channel["weather"][:, 6:] == 2
        price = channel["price"][:, 6:] * np.where(sun, 3, 1)
        centre = inputs[:, 5:6, 0] - price + channel["visits"][:, 5:6] + channel["size"][:, 6:]
        return np.asarray(centre[:, :, None] + np.array([-1, 0, 1]), np.float32)


def forecaster() -> Forecaster:
    values = make_scaler("min_max").fit(np.array([[0.0], [1.0]]))
    scaler = CovariateScaler(values, number_columns(SIGNATURE))
    unit = np.tile([[-1.0], [1.0]], SIGNATURE.columns_beside)
    return Forecaster(SIGNATURE, scaler.fit_beside(unit), Follower())


def test_covariates_are_put_in_one_after_the_other() -> None:
    series = [shop(), Series.from_values([4.0]), shop(10.0)]
    plan = prepare(series, SIGNATURE, horizon=2)
    finished = finish(plan, run_network(plan, forecaster()))
    substitution = Substitution.of(plan, range(2))
    by_network = substitution.added(
        run_network(substitution.plan, forecaster()), finished.unbounded[[0, 2]]
    )
    first, fallback, second = explain(plan, finished, by_network)
    found = {item.name: item.values for item in first.components}
    assert list(found) == ["level", *NAMES, "remainder"]
    assert found["level"] == pytest.approx([3, 3])
    assert found["price"] == pytest.approx([-(4 - 2), -(6 - 2)])
    assert found["visits"] == pytest.approx([7 - 3] * 2)
    assert found["weather"] == pytest.approx([0, -2 * 6])
    assert found["size"] == pytest.approx([5, 5])
    assert found["remainder"] == pytest.approx([-2 + 3] * 2)
    for explanation, point in zip((first, fallback, second), finished.forecast.point, strict=True):
        total = sum(item.values for item in explanation.components)
        assert total == pytest.approx(point, rel=1e-13)
    assert [item.name for item in fallback.components] == ["level", "remainder"]
    assert second.components[1].values == pytest.approx(found["price"])


def test_stretches_are_blanked_out_beside_their_covariates() -> None:
    plan = prepare([shop()], SIGNATURE, horizon=2)
    occlusion = Occlusion.of(plan, slice(None))
    finished = finish(occlusion.plan, run_network(occlusion.plan, forecaster()))
    (found,) = occlusion.effects(finished)
    assert [item.effect for item in found[1:]] == pytest.approx([0, 0, 0, 0, 2])
