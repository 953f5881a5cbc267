from statistics import NormalDist

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from forecasting.prediction.quantiles import interpolation_weights, interval_quantiles

KNOWN = (0.1, 0.25, 0.5, 0.75, 0.9)
PROBABILITIES = st.floats(1e-6, 1 - 1e-6)


@given(st.lists(PROBABILITIES, min_size=1, max_size=9))
def test_is_exact_for_a_normal_distribution(wanted: list[float]) -> None:
    normal = NormalDist(10, 3)
    known = np.array([normal.inv_cdf(q) for q in KNOWN])
    found = interpolation_weights(KNOWN, tuple(wanted)) @ known
    np.testing.assert_allclose(found, [normal.inv_cdf(q) for q in wanted], rtol=1e-6)


@given(
    steps=st.lists(st.floats(0, 1e6), min_size=5, max_size=5),
    wanted=st.lists(PROBABILITIES, min_size=2, max_size=9),
)
def test_quantiles_never_cross(steps: list[float], wanted: list[float]) -> None:
    rising = tuple(sorted(wanted))
    found = interpolation_weights(KNOWN, rising) @ np.cumsum(steps)
    assert (np.diff(found) >= -1e-6 * max(1.0, sum(steps))).all()


def test_leaves_known_quantiles_as_they_are() -> None:
    np.testing.assert_allclose(interpolation_weights(KNOWN, KNOWN), np.eye(5), atol=1e-12)


def test_a_level_names_its_two_quantiles() -> None:
    assert interval_quantiles(80) == (0.1, 0.9)
    assert interval_quantiles(95) == (0.025, 0.975)
