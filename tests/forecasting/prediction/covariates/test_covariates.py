"""Covariates are used where they help, and nowhere else."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from forecasting.networks.scalers import make_scaler
from forecasting.prediction.forecaster import Forecast, Forecaster
from forecasting.prediction.pipeline import ForecastPlan, finish, prepare, run_network
from forecasting.series.covariates import Covariates
from forecasting.series.series import Series
from forecasting.types import Floats, NetworkFloats
from tests.support.signatures import any_series_signature

SIGNATURE = any_series_signature(context_length=64, horizon=7)
HORIZON = 14
WEEK = np.array([10.0, 11, 12, 11, 10, 4, 3])


class LatestMean:
    """A network that predicts the mean of the latest week, two steps' change either side."""

    def run(self, inputs: NetworkFloats) -> NetworkFloats:
        around = np.array([-2, 0, 2], np.float32) + inputs[:, -7:, :1].mean(axis=1, keepdims=True)
        return np.repeat(around, 7, axis=1)


def forecast(series: Sequence[Series]) -> tuple[ForecastPlan, Forecast]:
    lengths = [7] * len(series)
    plan = prepare(series, SIGNATURE, horizon=HORIZON, quantiles=(0.1, 0.9), season_lengths=lengths)
    forecaster = Forecaster(SIGNATURE, make_scaler("change"), LatestMean())
    return plan, finish(plan, run_network(plan, forecaster)).forecast


def codes(plan: ForecastPlan, row: int = 0) -> list[str]:
    return [note.code for note in plan.series[row].notes]


class Shop:
    """Daily sales over so many days: a week, promotions that lift it, and the noise of it all."""

    def __init__(self, days: int, seed: int, lift: float, *, share: bool = False) -> None:
        rng = np.random.default_rng(seed)
        total = days + HORIZON
        self.promotion = (rng.random(total) < 0.3).astype(np.float64)
        self.noise = rng.normal(size=(total, 2))
        week = np.tile(WEEK, total // 7 + 1)[:total]
        lifted = week * (1 + lift * self.promotion) if share else week + lift * self.promotion
        self.sales = lifted + rng.normal(0, 0.4, total)
        self.days = days

    def series(self, columns: dict[str, Floats], known: bool = True) -> Series:
        table = np.column_stack(list(columns.values()))
        covariates = Covariates(
            tuple(columns),
            table[: self.days],
            np.where(known, table[self.days :], np.nan),
            np.full(len(columns), known),
        )
        return replace(Series.from_values(self.sales[: self.days]), covariates=covariates)

    @property
    def future(self) -> Floats:
        return self.sales[self.days :]


@pytest.mark.parametrize("share", [False, True])
def test_what_a_promotion_did_is_forecast_where_one_is_planned(share: bool) -> None:
    shop = Shop(200, 1, 0.8 if share else 6.0, share=share)
    columns = {"promotion": shop.promotion, "noise": shop.noise[:, 0]}
    plan, found = forecast([shop.series(columns)])
    note = plan.series[0].notes[-1]
    assert note.code == "covariates_used"
    assert "promotion" in note.message
    assert "noise" not in note.message
    _, plain = forecast([replace(shop.series(columns), covariates=None)])
    error, without = (np.abs(part.point[0] - shop.future).mean() for part in (found, plain))
    assert error < 0.5 * without


@pytest.mark.parametrize(("days", "events"), [(730, 10), (730, 40), (1095, 20)])
def test_all_of_what_rare_events_do_is_forecast(days: int, events: int) -> None:
    shop = Shop(days, 2, 0.0)
    event = np.zeros(days + HORIZON)
    event[np.random.default_rng(2).choice(days, events, replace=False)] = 1.0
    event[days + 3] = 1.0
    shop.sales += 100 - 60 * event
    _, found = forecast([shop.series({"event": event})])
    dip = found.point[0, 3] - found.point[0, 10]
    assert dip == pytest.approx(-60, abs=3)


def test_an_outlier_that_no_covariate_explains_hardly_counts() -> None:
    shop = Shop(300, 1, 6.0)
    shop.sales += 100
    promoted = np.flatnonzero(shop.promotion[:250])
    shop.sales[promoted[-5]] += 500
    _, found = forecast([shop.series({"promotion": shop.promotion})])
    known = shop.promotion[300:] == 1
    lift = found.point[0, known].mean() - found.point[0, ~known].mean()
    regular = shop.future[known].mean() - shop.future[~known].mean()
    assert lift == pytest.approx(regular, abs=2)


def test_covariates_that_are_noise_leave_the_forecast_exactly_as_it_was() -> None:
    shops = [Shop(100, seed, 0.0) for seed in range(40)]
    noisy = [shop.series({"a": shop.noise[:, 0], "b": shop.noise[:, 1]}) for shop in shops]
    plan, found = forecast(noisy)
    _, plain = forecast([replace(item, covariates=None) for item in noisy])
    not_used = [row for row in range(40) if "covariates_not_used" in codes(plan, row)]
    assert len(not_used) >= 38
    assert found.point[not_used].tobytes() == plain.point[not_used].tobytes()
    assert found.quantiles[not_used].tobytes() == plain.quantiles[not_used].tobytes()


def test_a_forecast_does_not_change_with_those_beside_it() -> None:
    shops = [Shop(days, days, lift) for days, lift in ((150, 6), (150, 0), (151, 4), (180, 6))]
    series = [
        shop.series({"promotion": shop.promotion, "noise": shop.noise[:, 0]}) for shop in shops
    ]
    plan, together = forecast(series)
    for row, item in enumerate(series):
        alone_plan, alone = forecast([item])
        assert codes(alone_plan) == codes(plan, row)
        assert alone.point[0].tobytes() == together.point[row].tobytes()
        assert alone.quantiles[0].tobytes() == together.quantiles[row].tobytes()


def test_what_is_not_known_ahead_helps_through_its_past_only() -> None:
    shop = Shop(300, 3, 0.0)
    visits = shop.noise[:, 0]
    shop.sales[HORIZON:] += 4 * visits[:-HORIZON]
    series = shop.series({"visits": visits}, known=False)
    plan, found = forecast([series])
    assert codes(plan) == ["covariates_used"]
    assert np.abs(found.point[0] - shop.future).mean() < 1.5
    at_once = shop.series({"same_day": shop.sales}, known=False)
    assert codes(forecast([at_once])[0]) == ["covariates_not_used"]


def test_a_past_is_explained_by_nothing_that_came_after_it() -> None:
    shop = Shop(240, 5, 6.0)
    series = shop.series({"promotion": shop.promotion})
    cutoff = 200
    changed_values = series.values.copy()
    changed_values[cutoff:] = 99.0
    assert series.covariates is not None
    past = series.covariates.past.copy()
    past[cutoff + HORIZON :] = 7.0
    changed = replace(
        series,
        values=changed_values,
        covariates=replace(series.covariates, past=past, ahead=series.covariates.ahead + 7),
    )
    plan, found = forecast([series.before(cutoff, HORIZON)])
    assert codes(plan) == ["covariates_used"]
    _, same = forecast([changed.before(cutoff, HORIZON)])
    assert found.point.tobytes() == same.point.tobytes()
    assert found.quantiles.tobytes() == same.quantiles.tobytes()


def test_intervals_are_wider_where_the_effect_is_less_certain() -> None:
    shop = Shop(120, 8, 0.0)
    price = shop.noise[:, 0].copy()
    shop.sales += 3 * price
    price[shop.days :] = 0.0
    price[-1] = np.abs(price[: shop.days]).max()
    _, found = forecast([shop.series({"price": price})])
    widths = found.quantiles[0, :, 1] - found.quantiles[0, :, 0]
    assert widths[-1] > 1.02 * widths[-8]


def test_an_effect_far_beyond_its_past_is_named_and_widens_the_intervals() -> None:
    shop = Shop(300, 4, 0.0)
    x = np.clip(shop.noise[:, 0], -2.4, 2.4)
    x[shop.days :] = 0.0
    x[-1] = 6.0
    shop.sales += 100 + 10 * x
    columns = {"x": x, "other": shop.noise[:, 1]}
    plan, found = forecast([shop.series(columns)])
    assert codes(plan) == ["covariates_used", "covariates_beyond_past"]
    assert plan.series[0].notes[-1].count == 1
    assert "What x would" in plan.series[0].notes[-1].message
    assert found.quantiles[0, -1, 1] > shop.future[-1]
    widths = found.quantiles[0, :, 1] - found.quantiles[0, :, 0]
    assert widths[-1] > 3 * widths[-8]
    x[-1] = 2.4
    plan, _ = forecast([shop.series(columns)])
    assert codes(plan) == ["covariates_used"]


def test_gaps_and_constant_or_missing_covariates_do_no_harm() -> None:
    shop = Shop(200, 1, 6.0)
    promotion = shop.promotion.copy()
    promotion[50:55] = np.nan
    shop.sales[[0, 60, 199]] = np.nan
    missing = np.full(promotion.size, np.nan)
    columns = {"promotion": promotion, "constant": np.full(promotion.size, 3.0), "none": missing}
    series = shop.series(columns)
    assert series.covariates is not None
    series = replace(
        Series.from_values(shop.sales[:200]), covariates=replace(series.covariates).after(1)
    )
    plan, found = forecast([series])
    assert "covariates_used" in codes(plan)
    assert np.abs(found.point[0] - shop.future).mean() < 1.5


def test_a_fallback_says_that_covariates_were_not_used() -> None:
    one = np.ones(HORIZON + 20)
    covariates = Covariates(("x",), one[:20, None], one[20:, None], np.ones(1, bool))
    plan, _ = forecast([replace(Series.from_values([5.0] * 20), covariates=covariates)])
    assert codes(plan) == ["covariates_not_used"]


def test_a_category_that_is_missing_is_the_one_before() -> None:
    shop = Shop(200, 1, 6.0)

    def answer(promotion: Floats) -> Floats:
        columns = {"day=promotion": promotion, "day=usual": 1 - promotion}
        plan, found = forecast([shop.series(columns)])
        assert codes(plan) == ["covariates_used"]
        return found.point

    held, missing, other = (shop.promotion.copy() for _ in range(3))
    first = int(shop.promotion.argmax())
    places = [first + 1, shop.days, shop.days + 1]
    held[places] = held[[first, shop.days - 1, shop.days - 1]]
    missing[places] = np.nan
    other[places] = 1 - held[places]
    np.testing.assert_array_equal(answer(missing), answer(held))
    assert np.abs(answer(other) - answer(held)).max() > 1
