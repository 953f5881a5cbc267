"""The small backtest that weighs the looks."""

import numpy as np
import pytest

from forecasting.prediction.effort.effort import MOST_WINDOWS
from forecasting.prediction.effort.hindcasts import Hindcasts
from forecasting.prediction.effort.looks import LOOKS, Pasts
from tests.support.signatures import any_series_signature

SIGNATURE = any_series_signature(context_length=64, horizon=8, history_length=64)


def hindcasts(*series: np.ndarray, horizon: int = 4) -> Hindcasts:
    pasts = Pasts(list(series), [4] * len(series), [None] * len(series))
    return Hindcasts.of(pasts, horizon, SIGNATURE)


def test_a_window_holds_what_came_after_what_was_known() -> None:
    cut = hindcasts(np.arange(100.0), np.arange(5.0), np.arange(200.0, 240.0))
    assert cut.counts.tolist() == [MOST_WINDOWS, 0, MOST_WINDOWS]
    assert cut.series.tolist() == [0, 0, 0, 2, 2, 2]
    for row, known in enumerate(cut.pasts.values):
        assert cut.targets[row].tolist() == [known[-1] + step for step in (1, 2, 3, 4)]
    assert [known.size for known in cut.pasts.values[:3]] == [96, 92, 88]


def test_what_is_known_before_a_window_does_not_change_with_what_came() -> None:
    values = np.sin(np.arange(60.0))
    other = np.concatenate([values[:-4], np.full(4, 1e6)])
    assert hindcasts(values).pasts.values[0].tolist() == hindcasts(other).pasts.values[0].tolist()


def test_a_window_in_which_nothing_was_observed_is_left_out() -> None:
    values = np.arange(60.0)
    values[-4:] = np.nan
    cut = hindcasts(values)
    assert cut.counts.tolist() == [MOST_WINDOWS - 1]
    assert np.isfinite(cut.targets).any(axis=1).all()


def test_weights_follow_errors_and_start_from_trust_in_the_plain_look() -> None:
    cut = hindcasts(np.arange(100.0), np.arange(5.0))
    errors = np.full(len(LOOKS), 2.0)
    errors[1], errors[2] = 1.0, 4.0
    forecasts = cut.targets[None] + errors[:, None, None]
    weights = cut.weights(forecasts)
    assert weights.sum(axis=1) == pytest.approx(1.0)
    assert weights[0, 0] == pytest.approx(4 * weights[0, 3])
    assert weights[0, 1] > weights[0, 0] > weights[0, 3] > weights[0, 2] > 0
    assert weights[1].tolist() == [1.0, *[0.0] * (len(LOOKS) - 1)]


def test_fewer_windows_move_weights_less() -> None:
    short, long = np.arange(15.0), np.arange(100.0)
    one, three = hindcasts(short), hindcasts(long)
    assert (one.counts[0], three.counts[0]) == (2, MOST_WINDOWS)

    def weight(cut: Hindcasts) -> float:
        errors = np.array([2.0, 1.0, *[2.0] * (len(LOOKS) - 2)])
        return float(cut.weights(cut.targets[None] + errors[:, None, None])[0, 1])

    assert weight(one) < weight(three)


def test_errors_of_zero_and_beyond_measure_leave_weights_finite() -> None:
    cut = hindcasts(np.arange(100.0))
    for errors in (np.zeros(len(LOOKS)), np.array([0.0, 1e300, 0.0, 1e-300, 1.0, 2.0])):
        weights = cut.weights(cut.targets[None] + errors[:, None, None])
        assert np.isfinite(weights).all()
        assert weights.sum() == pytest.approx(1.0)
