import numpy as np
import pytest

from forecasting.evaluation.anomalies import AnomalyScores
from forecasting.evaluation.joint_anomalies import chi_square_quantile, score_jointly
from forecasting.types import Floats


def scores_of(score: Floats) -> AnomalyScores:
    flat = score.ravel()
    zeros = np.zeros_like(flat)
    return AnomalyScores(flat, zeros, zeros, zeros, np.zeros(flat.size, dtype=bool), flat)


def test_quantiles_are_close_to_those_of_tables() -> None:
    degrees = np.array([1, 2, 3, 10])
    table = {0.95: [3.841, 5.991, 7.815, 18.307], 0.99: [6.635, 9.210, 11.345, 23.209]}
    for probability, quantiles in table.items():
        found = chi_square_quantile(probability, degrees)
        assert found[0] == pytest.approx(quantiles[0], rel=0.025)
        assert found[1:] == pytest.approx(quantiles[1:], rel=0.01)


def test_about_as_many_steps_are_outside_as_the_level_says() -> None:
    edge = 2.5758  # the standard normal quantile 0.995
    score = np.random.default_rng(0).normal(size=(3, 100_000)) / edge
    joint = score_jointly(scores_of(score), 3, 99)
    assert joint.outside.mean() == pytest.approx(0.01, abs=0.001)
    assert joint.accumulated.mean() == pytest.approx(3, rel=0.01)


def test_several_that_are_unusual_together_are_found_and_missing_values_do_not_count() -> None:
    joint = score_jointly(scores_of(np.array([[0.9, 0.9], [-0.9, np.nan], [0.9, np.nan]])), 3, 99)
    assert joint.outside.tolist() == [True, False]


def test_a_value_outside_a_band_without_width_is_outside() -> None:
    scores = scores_of(np.array([[np.nan], [0.1]]))
    scores.outside[0] = True
    assert score_jointly(scores, 2, 99).outside.tolist() == [True]
