import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from forecasting.networks.features import group_by_length, network_inputs, stack_contexts
from forecasting.networks.scalers import ChangeScaler, WindowScaler
from forecasting.networks.signature import Signature


def test_short_contexts_are_padded_and_marked() -> None:
    signature = Signature(
        context_length=5,
        horizon=1,
        inputs=("value", "observed"),
        quantiles=None,
        shortest_context=2,
    )
    inputs, _ = network_inputs(signature, WindowScaler(), np.array([[1.0, 3.0]]))
    assert inputs[0].tolist() == [[0, 0], [0, 0], [0, 0], [-1, 1], [1, 1]]


def test_the_season_is_given_on_the_scale_of_the_values() -> None:
    signature = Signature(
        context_length=3,
        horizon=1,
        inputs=("value", "observed", "season"),
        quantiles=None,
        shortest_context=2,
    )
    values = np.array([[9.0, 1.0, 3.0, 5.0]])
    season = np.array([[9.0, -4.0, 4.0, -4.0]])
    inputs, state = network_inputs(signature, ChangeScaler(), values, season)
    assert inputs[0].tolist() == [[-2, 1, -2], [-1, 1, 2], [0, 1, -2]]
    assert state.inverse_transform(np.array([[1.0]])).tolist() == [[7.0]]


COARSE = Signature(
    context_length=4,
    input_lengths=(1, 2, 4),
    coarseness=(1, 4),
    horizon=1,
    inputs=("value", "observed", "season", "coarseness", "season_length"),
    quantiles=None,
    shortest_context=2,
)


def test_what_lies_further_back_is_given_as_means() -> None:
    values = np.array([[np.nan, np.nan, np.nan, 1.0, 2.0, 3.0, 4.0, 7.0, 6.0, 8.0]])
    season = np.where(np.isnan(values), np.nan, np.arange(10.0))
    inputs, state = network_inputs(COARSE, ChangeScaler(), values, season, season_lengths=4)
    level, spread = 8.0, (3 + 1 + 2) / 3
    expected = [
        [(1 - level) / spread, 0.25, 3 / spread, 0.5, 0.25],
        [(4 - level) / spread, 1, 5.5 / spread, 0.5, 0.25],
        [(6 - level) / spread, 1, 8 / spread, 0, 0.25],
        [0, 1, 9 / spread, 0, 0.25],
    ]
    np.testing.assert_allclose(inputs[0], expected, rtol=1e-6)
    assert state.inverse_transform(np.array([[1.0]])).tolist() == [[level + spread]]


def test_each_context_gets_the_shortest_input_that_holds_it() -> None:
    lengths = [1, 2, 3, 5, 6, 7, 10, 11, 50]
    contexts = stack_contexts([np.ones(length) for length in lengths], 50)
    groups = group_by_length(COARSE, contexts)
    assert {length: np.arange(9)[rows].tolist() for length, rows in groups} == {
        1: [0],
        2: [1],
        4: [2, 3, 4, 5, 6, 7, 8],
    }


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.integers(1, 7))
def test_stacks_series_of_any_lengths(lengths: list[int], context_length: int) -> None:
    series = [np.arange(n, dtype=np.float64) + 100 * place for place, n in enumerate(lengths)]
    stacked = stack_contexts(series, context_length)
    assert stacked.shape == (len(series), context_length)
    for row, values in zip(stacked, series, strict=True):
        kept = values[-context_length:]
        assert row[context_length - kept.size :].tolist() == kept.tolist()
        assert np.isnan(row[: context_length - kept.size]).all()
