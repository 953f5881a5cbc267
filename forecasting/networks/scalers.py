"""Scaling: series of any size in, numbers that a network can learn from out, and back.

A scikit-learn scaler has one scale for every window: that of the data it was fitted on, which a
`FixedScaler` keeps. A `RowScaler` measures each window's own. `measure`, `transform` and `unscale`
hide the difference.
"""

from __future__ import annotations

from typing import Any, Literal, Protocol, Self

import numpy as np

from forecasting.types import Floats, NetworkFloats, Positions

ScalerName = Literal["window", "change", "min_max", "standard", "robust"]

DEVIATION_SHARE = 0.05
"""The least spread that a ChangeScaler gives a row, as a share of its mean absolute deviation."""
LARGEST_DISTANCE = 10.0
"""A covariate further from its mean than so many deviations counts as being that far from it."""


class Scaler(Protocol):
    """What the pickle of a version holds: an object with scikit-learn's transformer interface."""

    def fit(self, X: Floats, y: None = None) -> Self:
        """Measure the scale of X."""
        ...

    def transform(self, X: Floats) -> Floats:
        """Return X on the scale that was measured."""
        ...

    def inverse_transform(self, X: Floats) -> Floats:
        """Return scaled X in the units that it had before."""
        ...


class RowScaler:
    """A scaler with a level and a spread for each row, so that a network fits series of any size.

    It follows scikit-learn's transformer interface without importing scikit-learn, which serving
    does not need. X has shape (n, t) and holds NaN if nothing was observed.
    """

    level_: Floats
    """Shape (n, 1), in the units of X."""
    spread_: Floats
    """Shape (n, 1), in the units of X; above 0."""

    def fit(self, X: Floats, y: None = None) -> Self:
        """Measure the level and the spread of each row of X (n, t)."""
        raise NotImplementedError

    def transform(self, X: Floats) -> Floats:
        """Return X (n, t) as distances from the level, in spreads."""
        return (X - self.level_) / self.spread_

    def fit_transform(self, X: Floats, y: None = None) -> Floats:
        """Measure X (n, t) and return it scaled."""
        return self.fit(X).transform(X)

    def inverse_transform(self, X: Floats) -> Floats:
        """Return scaled X (n, any) in the units of the rows that were measured."""
        unscaled: Floats = X * self.spread_
        unscaled += self.level_
        return unscaled

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters, of which there are none. scikit-learn's `clone` needs this."""
        return {}

    def set_params(self, **params: Any) -> Self:
        """Set no parameters.

        Raises:
            ValueError: A parameter is given, but there are none.
        """
        if params:
            raise ValueError(f"{type(self).__name__} has no parameters, got {sorted(params)}")
        return self


class WindowScaler(RowScaler):
    """The level is the row's mean; the spread is its mean absolute deviation from the mean."""

    def fit(self, X: Floats, y: None = None) -> Self:
        """Measure each row of X (n, t). A constant row is spread by its size, or by 1 if smaller.

        Every row must hold an observed value.
        """
        self.level_ = np.nanmean(X, axis=1, keepdims=True)
        spread = np.nanmean(np.abs(X - self.level_), axis=1, keepdims=True)
        flat = spread <= np.abs(self.level_) * np.finfo(np.float64).eps
        self.spread_ = np.where(flat, np.maximum(np.abs(self.level_), 1.0), spread)
        return self


class ChangeScaler(RowScaler):
    """The level is the row's last value; the spread is its mean absolute change from step to step.

    If a row changes hardly more than rounding does, or in rare jumps only, its spread is a part of
    its size or of its mean absolute deviation instead.
    """

    def fit(self, X: Floats, y: None = None) -> Self:
        """Measure each row of X (n, t), whose last value must be observed."""
        observed = ~np.isnan(X)
        counts = observed.sum(axis=1, keepdims=True)
        values = np.where(observed, X, 0.0)
        self.level_ = X[:, -1:]
        changes = np.where(observed[:, 1:] & observed[:, :-1], np.diff(values, axis=1), 0.0)
        mean = values.sum(axis=1, keepdims=True) / counts
        deviations = np.where(observed, np.abs(values - mean), 0.0)
        size = np.abs(values).sum(axis=1, keepdims=True) / counts
        self.spread_ = np.maximum.reduce(
            [
                np.abs(changes).sum(axis=1, keepdims=True) / np.maximum(counts - 1, 1),
                DEVIATION_SHARE * deviations.sum(axis=1, keepdims=True) / counts,
                1e-6 * np.where(size > 0, size, 1e6),
            ]
        )
        return self


class FixedScaler:
    """A scaler of scikit-learn as it was fitted, without scikit-learn, which serving does not need.

    X holds values of any shape, all on one scale.
    """

    def __init__(
        self, level: float, spread: float, clip: tuple[float, float] | None = None
    ) -> None:
        """Scaled values are distances from the level in spreads, within `clip` if it is given.

        `level` and `spread`, which is not 0, are in the units of X; `clip` is in spreads.
        """
        self.level = level
        self.spread = spread
        self.clip = clip

    def fit(self, X: Floats, y: None = None) -> Self:
        """Keep the scale, which was measured when the version was trained."""
        return self

    def transform(self, X: Floats) -> Floats:
        """Return X as distances from the level, in spreads."""
        scaled = (X - self.level) / self.spread
        return scaled if self.clip is None else scaled.clip(*self.clip)

    def inverse_transform(self, X: Floats) -> Floats:
        """Return scaled X in the units that it had before."""
        return X * self.spread + self.level


class CovariateScaler:
    """The scaler of the values of series, and the scales of the covariates beside them."""

    values: Scaler
    """The scaler of the values."""
    numbers: Positions
    """Which columns beside the values are numbers; the others are waves and categories."""
    means: Floats
    """The means of the numbers, one for each of them, in their own units."""
    deviations: Floats
    """The standard deviations of the numbers, above 0."""

    def __init__(self, values: Scaler, numbers: Positions) -> None:
        """Take a scaler for the values, fitted or not, and the columns that are numbers."""
        self.values = values
        self.numbers = numbers

    def fit(self, X: Floats, y: None = None) -> Self:
        """Fit the scaler of the values, and leave the covariates as they are."""
        self.values.fit(X)
        return self

    def fit_beside(self, beside: Floats) -> Self:
        """Measure the numbers among the columns (t, columns), NaN where nothing is known.

        A number that is the same everywhere, or known nowhere, has the deviation 1.
        """
        numbers = beside[:, self.numbers]
        known = ~np.isnan(numbers)
        counts = np.maximum(known.sum(axis=0), 1)
        self.means = np.where(known, numbers, 0.0).sum(axis=0) / counts
        squares = np.where(known, (numbers - self.means) ** 2, 0.0).sum(axis=0) / counts
        flat = squares <= (np.abs(self.means) * np.finfo(np.float64).eps) ** 2
        self.deviations = np.where(flat, 1.0, np.sqrt(squares))
        return self

    def transform(self, X: Floats) -> Floats:
        """Return values X on the scale of the scaler of the values."""
        return self.values.transform(X)

    def inverse_transform(self, X: Floats) -> Floats:
        """Return scaled X in the units of the values."""
        return self.values.inverse_transform(X)

    def transform_beside(self, beside: Floats) -> Floats:
        """Return columns (…, columns) with the numbers as distances from their means.

        They are in deviations, and at most LARGEST_DISTANCE. What is not known is 0.
        """
        scaled = np.nan_to_num(beside)
        distances = (beside[..., self.numbers] - self.means) / self.deviations
        limited = distances.clip(-LARGEST_DISTANCE, LARGEST_DISTANCE)
        scaled[..., self.numbers] = np.nan_to_num(limited)
        return scaled


def measure(scaler: Scaler, contexts: Floats) -> Scaler:
    """Return the scale of contexts (n, t), which `transform` and `unscale` take.

    Contexts are in the units of the series, NaN if nothing was observed. The scale is a new
    RowScaler that has measured the contexts, or the scaler itself if its scale is fixed; `scaler`
    is never changed.
    """
    if isinstance(scaler, CovariateScaler):
        scaler = scaler.values
    return type(scaler)().fit(contexts) if isinstance(scaler, RowScaler) else scaler


def transform(state: Scaler, values: Floats) -> Floats:
    """Return values (n, …) of the windows that `state` belongs to, put on its scale."""
    return state.transform(_columns(state, values)).reshape(values.shape)


def unscale(state: Scaler, values: Floats | NetworkFloats) -> Floats:
    """Return scaled values (n, …) in the units of the series; `measure` returned `state`."""
    columns = _columns(state, values).astype(np.float64, copy=False)
    return state.inverse_transform(columns).reshape(values.shape)


def _columns(state: Scaler, values: Any) -> Any:
    """Return values (n, …) in the shape that the scaler takes.

    A RowScaler takes a row for each window; scikit-learn's scalers take a single feature, a column.
    """
    return values.reshape((len(values), -1) if isinstance(state, RowScaler) else (-1, 1))


def make_scaler(name: ScalerName) -> Scaler:
    """Return an unfitted scaler. scikit-learn is imported only if the scaler is one of its own."""
    if name == "window":
        return WindowScaler()
    if name == "change":
        return ChangeScaler()
    from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

    scaler: Scaler = {
        "min_max": MinMaxScaler,
        "standard": StandardScaler,
        "robust": RobustScaler,
    }[name]()
    return scaler
