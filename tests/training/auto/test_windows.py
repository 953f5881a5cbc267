"""The windows of a search are prepared as the network is given them when it serves."""

from dataclasses import replace

import numpy as np
import pytest

from forecasting.networks.scalers import ChangeScaler
from forecasting.networks.signature import Signature
from forecasting.prediction.forecaster import Forecaster
from forecasting.prediction.pipeline import prepare, run_network
from forecasting.series.series import Series
from forecasting.types import NetworkFloats
from training.auto.windows import TuningWindows
from training.fitting.cutoffs import Cutoffs
from training.pretraining.config import CONFIGS

SIGNATURE: Signature = CONFIGS["tiny"].signature.model_copy(
    update={"horizon": 3, "season_length": 4, "default_horizon": None}
)


def seasonal(count: int) -> Series:
    steps = np.arange(count)
    noise = np.random.default_rng(0).normal(size=count)
    values = 50 + 0.3 * steps + 8 * np.sin(np.pi * steps / 2) + noise
    return replace(Series.from_values(values), id="a")


def cut(series: list[Series], places: Cutoffs) -> TuningWindows:
    known = {position: item.values.size for position, item in enumerate(series)}
    return TuningWindows.cut(
        series, places, signature=SIGNATURE, scaler=ChangeScaler(), known=known
    )


class Recorder:
    """A runtime that keeps its inputs, and forecasts nothing but the last value."""

    def __init__(self) -> None:
        self.inputs: list[NetworkFloats] = []

    def run(self, inputs: NetworkFloats) -> NetworkFloats:
        self.inputs.append(inputs)
        return np.zeros((len(inputs), SIGNATURE.horizon, SIGNATURE.outputs), np.float32)


@pytest.mark.parametrize("cutoff", [9, 30, 80])
def test_inputs_are_those_of_a_forecast(cutoff: int) -> None:
    series = seasonal(100)
    windows = cut([series], Cutoffs(np.array([0]), np.array([cutoff])))
    recorder = Recorder()
    forecaster = Forecaster(SIGNATURE, ChangeScaler(), recorder)
    plan = prepare([series.before(cutoff, 3)], SIGNATURE, horizon=3, season_lengths=[4])
    run_network(plan, forecaster)
    (served,) = recorder.inputs
    assert served.shape[1] == windows.lengths[0]
    np.testing.assert_array_equal(windows.inputs[:, -windows.lengths[0] :], served)


def test_a_forecast_of_the_scaled_target_is_the_target() -> None:
    series = seasonal(100)
    windows = cut([series], Cutoffs(np.array([0]), np.array([60])))

    class Oracle(Recorder):
        def run(self, inputs: NetworkFloats) -> NetworkFloats:
            return np.repeat(windows.targets[:, :, None], SIGNATURE.outputs, axis=2)

    forecaster = Forecaster(SIGNATURE, ChangeScaler(), Oracle())
    plan = prepare([series.before(60, 3)], SIGNATURE, horizon=3, season_lengths=[4])
    predicted = plan.restored(run_network(plan, forecaster))
    np.testing.assert_allclose(predicted[0, :3, 0], series.values[60:63], rtol=1e-4)


def test_running_totals_and_windows_that_end_in_a_gap_are_left_out() -> None:
    rising = np.cumsum(np.random.default_rng(0).integers(1, 9, 60).astype(float))
    gappy = seasonal(60).values.copy()
    gappy[29] = np.nan
    series = [Series.from_values(gappy), Series.from_values(rising)]
    places = Cutoffs(np.array([0, 0, 1]), np.array([30, 31, 40]))
    assert len(cut(series, places)) == 1
