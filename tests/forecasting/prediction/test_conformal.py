import numpy as np
import pytest

from forecasting.evaluation.metrics import coverage
from forecasting.prediction.conformal import NARROWEST, WIDEST, fit_widths, stretch
from forecasting.types import Floats

NINE = (0.025, 0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 0.975)
SCORES = np.array([-1.96, -1.2816, -0.6745, -0.2533, 0, 0.2533, 0.6745, 1.2816, 1.96])
STEPS = 3


def normal_forecasts(windows: int, too_wide: float, seed: int = 0) -> tuple[Floats, Floats]:
    """Forecasts of normal values whose spread differs from window to window, and the values."""
    random = np.random.default_rng(seed)
    spread = random.uniform(1, 1e4, (windows, 1)) * np.sqrt(np.arange(1, STEPS + 1))
    targets = spread * random.normal(size=(windows, STEPS))
    return too_wide * spread[..., None] * SCORES, targets


@pytest.mark.parametrize("too_wide", [0.5, 1.0, 2.0])
def test_intervals_hold_what_they_promise(too_wide: float) -> None:
    widths = fit_widths(*normal_forecasts(3_000, too_wide), NINE)
    predicted, targets = normal_forecasts(3_000, too_wide, seed=1)
    found = stretch(predicted, widths, 4)
    for outer, level in ((0, 0.95), (1, 0.8), (2, 0.5), (3, 0.2)):
        inside = coverage(targets, found[..., outer], found[..., -1 - outer])
        assert inside == pytest.approx(level, abs=0.025)
    np.testing.assert_array_equal(found[..., 4], predicted[..., 4])


def test_steps_are_corrected_each_by_its_own_residuals() -> None:
    predicted, targets = normal_forecasts(3_000, 1.0)
    predicted[:, 2] /= 2
    widths = fit_widths(predicted, targets, NINE)
    np.testing.assert_allclose(widths[:, 1], [1, 1, 2], rtol=0.1)


def test_the_quantile_is_that_of_a_finite_sample() -> None:
    """Of 399 residuals the 80% interval must hold ⌈400 × 0.8⌉ = 320."""
    targets = np.arange(1.0, 400.0)[:, None] / 200
    predicted = np.tile([-1.0, 0.0, 1.0], (399, 1, 1))
    (width,) = fit_widths(predicted, targets, (0.1, 0.5, 0.9))[:, 2]
    assert np.log(width) == pytest.approx(np.log(320 / 200) * 399 / 419)


def test_few_windows_say_little() -> None:
    spread = [
        fit_widths(*normal_forecasts(windows, 0.5), NINE)[0, 1] for windows in (5, 20, 100, 2_000)
    ]
    assert spread == sorted(spread)
    assert spread[0] < 1.5


def test_the_fewer_windows_the_more_the_prior_says() -> None:
    prior = np.full((STEPS, 9), 3.0)
    factors = [
        fit_widths(*normal_forecasts(windows, 1.0), NINE, prior=prior)[0, 1]
        for windows in (2_000, 100, 20, 5)
    ]
    assert factors == sorted(factors)
    assert factors[0] == pytest.approx(1, abs=0.1)
    assert factors[-1] > 2
    predicted, targets = normal_forecasts(0, 1.0)
    assert (fit_widths(predicted, targets, NINE, prior=prior) == 3).all()


def test_without_windows_nothing_is_corrected() -> None:
    predicted, targets = normal_forecasts(6, 0.5)
    nothing = np.full_like(targets, np.nan)
    np.testing.assert_array_equal(fit_widths(predicted, nothing, NINE), np.ones((STEPS, 9)))
    np.testing.assert_array_equal(fit_widths(predicted[:0], targets[:0], NINE), np.ones((STEPS, 9)))


def test_series_are_corrected_each_on_its_own() -> None:
    parts = [normal_forecasts(20, too_wide) for too_wide in (0.3, 1.0, 3.0)]
    together = fit_widths(
        np.stack([part[0] for part in parts]), np.stack([part[1] for part in parts]), NINE
    )
    for place, part in enumerate(parts):
        np.testing.assert_array_equal(together[place], fit_widths(*part, NINE))
    assert together[0, 0, 1] > 1 > together[2, 0, 1]


def test_a_quantile_without_a_partner_is_corrected_alone() -> None:
    predicted, targets = normal_forecasts(3_000, 0.5)
    lopsided = fit_widths(predicted[..., [1, 4, 6]], targets, (0.1, 0.5, 0.75))
    np.testing.assert_allclose(lopsided, np.tile([2, 1, 2], (STEPS, 1)), rtol=0.2)


@pytest.mark.parametrize("width", [0.0, 1e-300])
def test_bounds_without_width_do_no_harm(width: float) -> None:
    predicted, targets = normal_forecasts(300, width)
    widths = fit_widths(predicted, targets, NINE)
    assert np.isfinite(widths).all()
    assert (widths >= NARROWEST).all()
    assert (widths <= WIDEST).all()
    assert (fit_widths(np.zeros((300, STEPS, 9)), np.zeros((300, STEPS)), NINE) == 1).all()
