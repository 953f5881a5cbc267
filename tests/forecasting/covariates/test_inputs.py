from dataclasses import replace

import numpy as np
import pytest

from forecasting.covariates.inputs import covariate_inputs
from forecasting.errors import SeriesError
from forecasting.networks.signature import CovariateInput
from forecasting.series.covariates import Column, Covariates, StaticValue
from forecasting.series.series import Series


def series(
    past: dict[str, Column], future: set[str], static: dict[str, StaticValue] | None = None
) -> Series:
    count = len(next(iter(past.values())))
    covariates = Covariates.from_columns(past, {name: [] for name in future})
    values = Series.from_values(np.arange(float(count)), id="own")
    return replace(values, covariates=covariates, static=static or {})


def test_inputs_have_the_roles_types_and_categories_of_all_series() -> None:
    north = series(
        {"price": [1.5, None], "open": [1, 0], "weather": ["sun", "rain"]},
        {"price", "open"},
        {"region": "north", "size": 2},
    )
    south = series(
        {"price": [0, 1], "open": [1, None], "weather": ["snow", None]},
        {"price", "open"},
        {"region": "south", "size": 1},
    )
    assert covariate_inputs([north, south]) == (
        CovariateInput(name="price", role="future", type="number"),
        CovariateInput(name="open", role="future", type="boolean"),
        CovariateInput(
            name="weather", role="past", type="category", categories=("rain", "snow", "sun")
        ),
        CovariateInput(
            name="region", role="static", type="category", categories=("north", "south")
        ),
        CovariateInput(name="size", role="static", type="number"),
    )


def test_series_without_covariates_need_none() -> None:
    assert covariate_inputs([Series.from_values([1.0, 2.0])] * 2) == ()


def with_targets(*names: str) -> Series:
    both = series({name: [1, 2] for name in names}, set())
    assert both.covariates is not None
    return replace(both, covariates=replace(both.covariates, targets=frozenset(names)))


PRICE = replace(series({"price": [1, 2]}, {"price"}), id=None)


@pytest.mark.parametrize(
    ("first", "other", "said", "within"),
    [
        (
            PRICE,
            series({"price": [1, 2]}, set()),
            "'own' has the past covariate 'price' of numbers.",
            ("past_covariates", "price"),
        ),
        (
            PRICE,
            series({"price": ["a", "b"]}, {"price"}),
            "has the future covariate 'price' of texts.",
            ("future_covariates", "price"),
        ),
        (
            PRICE,
            series({"prices": [1, 2]}, {"prices"}),
            "has no covariate 'price'.",
            ("future_covariates",),
        ),
        (
            PRICE,
            series({"price": [1, 2]}, {"price"}, {"size": 1}),
            "has the static covariate 'size' as a number.",
            ("static", "size"),
        ),
        (
            series({"price": [1, 2]}, {"price"}, {"size": "n"}),
            series({"price": [1, 2]}, {"price"}, {"size": 1}),
            "has the static covariate 'size' as a text, .* 'size' as a number.",
            ("static", "size"),
        ),
        (
            PRICE,
            Series.from_values([1.0, 2.0]),
            "but series 1 has no covariate 'price'.",
            ("future_covariates",),
        ),
        (
            with_targets("a", "b"),
            with_targets("a"),
            "has the target 'b', .* has no target 'b'. Give all series the same targets.",
            ("targets",),
        ),
        (
            with_targets("a"),
            with_targets("a", "b"),
            "has no target 'b', .* has the target 'b'.",
            ("targets", "b"),
        ),
    ],
)
def test_series_whose_covariates_differ_are_refused(
    first: Series, other: Series, said: str, within: tuple[str, ...]
) -> None:
    with pytest.raises(SeriesError, match=said) as error:
        covariate_inputs([first, other])
    assert (error.value.code, error.value.path) == ("covariates_differ", ("series", 1, *within))
