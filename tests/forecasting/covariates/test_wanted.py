"""What a version that was trained with covariates says of series that do not bring them."""

from dataclasses import replace
from typing import Literal

import numpy as np
import pytest

from forecasting.covariates.wanted import check_wanted
from forecasting.errors import SeriesError
from forecasting.networks.signature import CovariateInput
from forecasting.series.covariates import Column, Covariates, StaticValue
from forecasting.series.series import Series

WANTED = (
    CovariateInput(name="visits", role="past", type="number"),
    CovariateInput(name="promo", role="future", type="boolean"),
    CovariateInput(name="weather", role="future", type="category", categories=("rain", "sun")),
    CovariateInput(name="region", role="static", type="category", categories=("north", "south")),
    CovariateInput(name="size", role="static", type="number"),
)
PAST: dict[str, Column] = {
    "visits": [1.0, 2.0, 3.0],
    "promo": [1, 0, None],
    "weather": ["sun", None, "sun"],
}
AHEAD: dict[str, Column] = {"promo": [0, 1], "weather": ["rain", None]}
STATIC: dict[str, StaticValue] = {"region": "north", "size": 3}


def series(
    past: dict[str, Column] | None = None,
    ahead: dict[str, Column] | None = None,
    static: dict[str, StaticValue] | None = None,
) -> Series:
    past, ahead = PAST | (past or {}), AHEAD | (ahead or {})
    whole = {name: [*column, *ahead.get(name, [None] * 2)] for name, column in past.items()}
    covariates = Covariates.from_columns(whole, {name: [] for name in ahead}).split(3)
    values = Series.from_values([3.0, 1.0, 2.0])
    return replace(values, covariates=covariates, static=STATIC if static is None else static)


def without(name: str) -> Series:
    past = {other: column for other, column in PAST.items() if other != name}
    whole = {key: [*column, *AHEAD.get(key, [None] * 2)] for key, column in past.items()}
    covariates = Covariates.from_columns(whole, {key: [] for key in AHEAD if key != name}).split(3)
    return replace(series(), covariates=covariates)


def test_a_series_with_what_is_wanted_stays_as_it_is() -> None:
    given = series()
    found = check_wanted(given, WANTED, ends_now=False)
    assert given.covariates is not None
    assert found.covariates is not None
    assert found.covariates.names == given.covariates.names
    assert found.covariates.ahead == pytest.approx(given.covariates.ahead, nan_ok=True)
    assert found.notes == ()


@pytest.mark.parametrize(
    ("given", "code", "path", "said"),
    [
        (without("visits"), "covariate_missing", ("past_covariates",), "'visits' (numbers)"),
        (without("promo"), "covariate_missing", ("future_covariates",), "false or true"),
        (without("weather"), "covariate_missing", ("future_covariates",), "'rain', 'sun'"),
        (series(static={"size": 3}), "covariate_missing", ("static",), "'north', 'south'"),
        (replace(series(), covariates=None), "covariate_missing", ("past_covariates",), "visits"),
        (
            series({"price": [1, 2, 3]}),
            "covariate_unknown",
            ("past_covariates", "price"),
            "without 'price'",
        ),
        (
            series(static={**STATIC, "age": 2}),
            "covariate_unknown",
            ("static", "age"),
            "without 'age'",
        ),
        (
            series({"visits": ["a", "b", "a"]}),
            "covariate_type",
            ("past_covariates", "visits"),
            "'visits' is texts here, but was numbers",
        ),
        (
            series({"weather": [1, 2, 3]}, {"weather": [1, 2]}),
            "covariate_type",
            ("future_covariates", "weather"),
            "is numbers here, but was texts",
        ),
        (
            series({}, {"promo": [0, 2]}),
            "covariate_type",
            ("future_covariates", "promo", 4),
            "is 2 here",
        ),
        (
            series(static={**STATIC, "region": 4}),
            "covariate_type",
            ("static", "region"),
            "is a number here",
        ),
        (
            series(static={**STATIC, "size": "L"}),
            "covariate_type",
            ("static", "size"),
            "is a text here",
        ),
        (
            series({"weather": ["sun", "snow", "sun"]}),
            "covariate_category_new",
            ("future_covariates", "weather", 1),
            "'snow' here, which it never was",
        ),
        (
            series({}, {"weather": ["sun", "snow"]}),
            "covariate_category_new",
            ("future_covariates", "weather", 4),
            "Write the nearest of 'rain', 'sun', or null, which stands for the one before it",
        ),
        (
            series(static={**STATIC, "region": "east"}),
            "covariate_category_new",
            ("static", "region"),
            "Write the nearest of 'north', 'south', or train",
        ),
    ],
)
def test_what_is_not_as_the_version_knows_it_is_refused_where_it_is(
    given: Series, code: str, path: tuple[str | int, ...], said: str
) -> None:
    with pytest.raises(SeriesError) as error:
        check_wanted(given, WANTED, ends_now=False)
    assert (error.value.code, error.value.path) == (code, path)
    assert said in error.value.message


def test_a_covariate_that_should_be_known_ahead_is_refused_without_its_steps_ahead() -> None:
    past: dict[str, Column] = {name: [*column, None, None] for name, column in PAST.items()}
    covariates = Covariates.from_columns(past, {"weather": []}).split(3)
    given = replace(series(), covariates=covariates)
    with pytest.raises(SeriesError, match="future covariate 'promo'") as error:
        check_wanted(given, WANTED, ends_now=False)
    assert error.value.path == ("future_covariates",)
    found = check_wanted(given, WANTED, ends_now=True).covariates
    assert found is not None
    assert found.known_ahead.tolist() == [False, True, True]


def test_what_is_known_ahead_of_a_past_covariate_is_left_out_with_a_note() -> None:
    found = check_wanted(series({}, {"visits": [4, 5]}), WANTED, ends_now=False)
    assert found.covariates is not None
    assert not found.covariates.known_ahead[0]
    assert np.isnan(found.covariates.ahead[:, 0]).all()
    (note,) = found.notes
    assert (note.code, note.count) == ("covariates_ahead_not_used", 1)


@pytest.mark.parametrize(
    ("kind", "calendar", "path", "said"),
    [
        ("calendar", [], ("future_covariates", "weekend"), "which it finds by itself. Leave it"),
        ("boolean", ["weekend"], ("calendar",), "Give its values"),
    ],
)
def test_a_column_is_not_taken_for_days_of_the_calendar_of_the_same_name(
    kind: Literal["calendar", "boolean"], calendar: list[str], path: tuple[str, ...], said: str
) -> None:
    wanted = CovariateInput(name="weekend", role="future", type=kind)
    own = Covariates.from_columns({"weekend": [0, 1, 250, 0]}, {"weekend": []}).split(3)
    own = replace(own, calendar=frozenset(calendar))
    given = replace(series(static={}), covariates=own)
    with pytest.raises(SeriesError) as error:
        check_wanted(given, [wanted], ends_now=False)
    assert (error.value.code, error.value.path) == ("covariate_type", path)
    assert said in error.value.message
