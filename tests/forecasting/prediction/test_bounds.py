import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.errors import SeriesError
from forecasting.prediction.bounds import ANY, Bounds, keep_within
from forecasting.prediction.forecaster import Forecast
from forecasting.series.series import Series

COUNTS = np.arange(12.0)
DEGREES = COUNTS - 5


def forecast(*rows: list[list[float]]) -> Forecast:
    """Of each series, steps of a low quantile, the point and a high quantile."""
    values = np.array(rows, dtype=np.float64)
    return Forecast(values[..., 1], values[..., [0, 2]])


def kept(values: np.ndarray, bounds: Bounds, steps: list[list[float]]) -> tuple[Forecast, list]:  # type: ignore[type-arg]
    found, notes = keep_within(forecast(steps), [bounds], [Series(values)])
    return found, [(note.code, note.count) for note in notes.get(0, ())]


def test_what_was_never_negative_stays_so_with_a_note() -> None:
    found, notes = kept(COUNTS, ANY, [[-3, -1, 2], [-1, 1, 3], [1, 2, 3]])
    assert found.point.tolist() == [[0, 1, 2]]
    assert found.quantiles.tolist() == [[[0, 2], [0, 3], [1, 3]]]
    assert notes == [("kept_non_negative", 2)]


@pytest.mark.parametrize(
    ("values", "bounds"),
    [
        (DEGREES, ANY),
        (COUNTS[:9], ANY),
        (COUNTS, Bounds(non_negative=False)),
        (COUNTS, Bounds(lower=-10)),
    ],
)
def test_zero_bounds_nothing_else(values: np.ndarray, bounds: Bounds) -> None:
    found, notes = kept(values, bounds, [[-3, -1, 2]])
    assert (found.point.tolist(), notes) == ([[-1]], [])


def test_nothing_is_noted_where_nothing_was_moved() -> None:
    assert kept(COUNTS, ANY, [[0, 1, 2]])[1] == []
    assert kept(COUNTS, Bounds(lower=0, upper=9), [[0, 1, 2]])[1] == []


def test_bounds_that_were_given_are_kept() -> None:
    found, notes = kept(COUNTS, Bounds(lower=0, upper=11), [[-1, 5, 12], [1, 2, 3], [12, 13, 14]])
    assert found.point.tolist() == [[5, 2, 11]]
    assert found.quantiles.tolist() == [[[0, 11], [1, 3], [11, 11]]]
    assert notes == [("kept_within_bounds", 2)]


def test_integers_are_whole_within_the_bounds() -> None:
    found, _ = kept(DEGREES, Bounds(lower=-4.5, upper=5.5, integer=True), [[-9, -0.4, 9]])
    assert found.quantiles.tolist() == [[[-4, 5]]]
    assert str(found.point[0, 0]) == "0.0"


def test_each_series_has_bounds_of_its_own() -> None:
    both = forecast([[-3, -1, 2]], [[-3, -1, 2]])
    found, notes = keep_within(both, [ANY, ANY], [Series(DEGREES), Series(COUNTS)])
    assert found.point.tolist() == [[-1], [0]]
    assert list(notes) == [1]


@pytest.mark.parametrize(
    ("bounds", "path"),
    [
        (Bounds(lower=2, upper=1), ("upper",)),
        (Bounds(lower=0.2, upper=0.8, integer=True), ("upper",)),
        (Bounds(upper=-1, non_negative=True), ("upper",)),
    ],
)
def test_refuses_bounds_that_nothing_is_within(bounds: Bounds, path: tuple[str, ...]) -> None:
    with pytest.raises(SeriesError) as refused:
        bounds.check()
    assert (refused.value.code, refused.value.path) == ("bounds_crossed", path)


@pytest.mark.parametrize(
    "bounds", [Bounds(upper=10), Bounds(lower=0, upper=10.5), Bounds(non_negative=True, upper=10)]
)
def test_names_the_observed_value_out_of_bounds(bounds: Bounds) -> None:
    with pytest.raises(SeriesError) as refused:
        bounds.check_observed([None, *COUNTS])
    assert (refused.value.code, refused.value.path) == ("value_out_of_bounds", ("values", 12))


@given(
    st.lists(st.lists(st.floats(-1e9, 1e9), min_size=3, max_size=3), min_size=1, max_size=5),
    st.floats(-1e6, 1e6) | st.none(),
    st.floats(-1e6, 1e6) | st.none(),
    st.booleans(),
)
def test_quantiles_still_rise_and_everything_is_within(
    steps: list[list[float]], lower: float | None, upper: float | None, integer: bool
) -> None:
    bounds = Bounds(lower, upper, integer)
    try:
        bounds.check()
    except SeriesError:
        return
    found, _ = keep_within(forecast([sorted(step) for step in steps]), [bounds], [Series(DEGREES)])
    everything = np.stack([found.quantiles[..., 0], found.point, found.quantiles[..., 1]])
    assert (np.diff(everything, axis=0) >= 0).all()
    assert (everything >= (-np.inf if lower is None else lower)).all()
    assert (everything <= (np.inf if upper is None else upper)).all()
    if integer:
        assert (everything == np.rint(everything)).all()
