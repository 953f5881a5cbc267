"""What the network is shown, and how its answer is read."""

import numpy as np
import pytest

from forecasting.prediction.effort.effort import NETWORK_LOOKS
from forecasting.prediction.effort.looks import LOOKS, Looks, Pasts
from forecasting.series.calendar import Dates
from forecasting.series.series import Series
from forecasting.series.timestamps import Times
from forecasting.types import Floats
from tests.support.signatures import any_series_signature

SIGNATURE = any_series_signature(context_length=64, horizon=8, history_length=64)
SPREAD = np.array([-1.0, 0.0, 2.0])
UPSIDE_DOWN, QUARTER, FEW_STEPS, SEASONS, THETA = 1, 2, 3, 4, 5


def look(values: Floats, season_length: int, horizon: int, dates: Dates | None = None) -> Looks:
    return Looks.at(Pasts([values], [season_length], [dates]), horizon, SIGNATURE)


def say_the_mean(looks: Looks) -> Floats:
    """Forecast everything that the network is shown by its mean."""
    means = np.array([np.nanmean(values) for values in looks.network_pasts().values])
    return np.asarray(means[:, None, None] + np.zeros((1, looks.horizon, 1)) + SPREAD)


def test_every_look_has_its_forecast_and_its_spread() -> None:
    values = np.concatenate([np.full(72, 10.0), np.full(24, 50.0)])
    looks = look(values, 12, 24)
    of_larger = np.full((1, 30, 1), 7.0) + SPREAD
    forecasts = looks.read(say_the_mean(looks), of_larger)
    assert forecasts.shape == (len(LOOKS), 1, 24, 3)
    assert (forecasts[-1, ..., 1] == 7).all()
    assert len(looks.read(say_the_mean(looks))) == len(LOOKS) - 1
    assert looks.taken().all()
    assert len(looks.network_pasts().values) == NETWORK_LOOKS - 1 == len(LOOKS) - 2
    assert forecasts[0, 0, :, 1] == pytest.approx(20.0)
    assert forecasts[QUARTER, 0, :, 1] == pytest.approx(50.0 - 40.0 / 25)
    assert forecasts[FEW_STEPS, 0, :, 1] == pytest.approx(20.0)
    assert forecasts[THETA, 0, 0, 1] > 40.0
    mirrored = -np.diff(SPREAD[::-1])
    for number, spread in enumerate(np.diff(forecasts, axis=-1)):
        assert (spread == (mirrored if number == UPSIDE_DOWN else np.diff(SPREAD))).all()


def test_upside_down_the_forecast_and_its_quantiles_are_turned_back() -> None:
    looks = look(np.arange(20.0), 1, 4)
    shown = looks.network_pasts().values
    assert shown[1].tolist() == (-np.arange(20.0)).tolist()
    forecasts = looks.read(say_the_mean(looks))[UPSIDE_DOWN, 0, 0]
    assert forecasts.tolist() == [9.5 - 2.0, 9.5, 9.5 + 1.0]


def test_means_move_the_level_of_each_block_and_leave_its_shape() -> None:
    looks = look(np.arange(96.0), 12, 26)
    assert [values.size for values in looks.network_pasts().values] == [96, 96, 25, 32, 8]
    predicted = np.zeros((5, 26, 3)) + SPREAD
    shape = np.tile(np.arange(12.0), 3)[:26]
    predicted[0] += shape[:, None]
    predicted[4, :2] += np.array([[10.0], [34.0]])
    forecasts = looks.read(predicted)[SEASONS, 0]
    added = forecasts[:, 1] - shape
    blocks = [forecasts[:12, 1].mean(), forecasts[12:24, 1].mean()]
    assert blocks == pytest.approx([10.0, 34.0], abs=4.0)
    assert added[:6] == pytest.approx(10.0 - 5.5)
    assert added[18:] == pytest.approx(34.0 - 5.5)
    assert (np.diff(added[5:18]) > 0).all()
    assert forecasts[:, 0] == pytest.approx(forecasts[:, 1] - 1)


def test_means_are_of_what_was_observed() -> None:
    values = np.arange(96.0)
    values[-1] = np.nan
    values[60:72] = np.nan
    means = look(values, 12, 12).network_pasts().values[-1]
    assert means[-1] == pytest.approx(np.arange(84.0, 95.0).mean())
    assert np.isnan(means[5])
    assert np.isfinite(np.delete(means, 5)).all()


@pytest.mark.parametrize(
    ("season_length", "horizon", "taken"),
    [(1, 8, []), (7, 8, [SEASONS]), (12, 2, []), (12, 3, [FEW_STEPS]), (52, 8, [FEW_STEPS])],
)
def test_means_are_looked_at_if_one_fits_into_the_horizon(
    season_length: int, horizon: int, taken: list[int]
) -> None:
    looks = look(np.arange(400.0) % 13, season_length, horizon)
    found = np.flatnonzero(looks.taken()[0])
    assert [number for number in found if number in (FEW_STEPS, SEASONS)] == taken


def test_a_short_series_is_looked_at_as_it_is() -> None:
    looks = look(np.array([1.0, 2.0, 4.0, 3.0]), 4, 4)
    assert len(looks.network_pasts().values) == 2
    forecasts = looks.read(say_the_mean(looks))
    assert (forecasts[QUARTER:THETA] == forecasts[0]).all()


def test_the_latest_quarter_keeps_its_dates_and_does_not_begin_with_a_gap() -> None:
    stamps = np.datetime64("2020-01-01", "us") + np.arange(100) * np.timedelta64(1, "D")
    values = np.arange(100.0)
    values[75:77] = np.nan
    series = Series.from_dates(values, Times(stamps))
    pasts = look(series.observed(), 7, 3, series.dates).network_pasts()
    latest, dates = pasts.values[2], pasts.dates[2]
    assert latest.tolist() == values[77:].tolist()
    assert dates is not None
    assert series.dates is not None
    assert dates.days(1)[0] == series.dates.days(78)[77]


def test_the_theta_method_forecasts_a_gap_at_the_end_with_what_follows_it() -> None:
    wave = 100 + 10 * np.sin(2 * np.pi * np.arange(80) / 12)
    looks = look(np.r_[wave[:60], np.full(8, np.nan)], 12, 12)
    found = looks.read(say_the_mean(looks))[THETA, 0, :, 1]
    assert found == pytest.approx(wave[68:], abs=0.5)
