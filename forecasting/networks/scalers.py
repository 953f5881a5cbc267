"""Scaling: series of any size in, numbers that a network can learn from out, and back.

A fitted scikit-learn scaler carries one scale for every window; a `RowScaler` measures each
window's own. `scale` and `unscale` hide the difference.
"""

from __future__ import annotations

from typing import Any, Literal, Protocol, Self

import numpy as np

from forecasting.types import Floats, NetworkFloats

ScalerName = Literal["window", "change", "min_max", "standard", "robust"]

DEVIATION_SHARE = 0.05
"""Of its mean absolute deviation, the least spread that a ChangeScaler gives a row."""


class Scaler(Protocol):
    """What a version's pickle holds: scikit-learn's transformer interface."""

    def fit(self, X: Floats, y: None = None) -> Self: ...
    def transform(self, X: Floats) -> Floats: ...
    def inverse_transform(self, X: Floats) -> Floats: ...


class RowScaler:
    """Each row by its own level and spread, which lets one network serve series of any size.

    With X of shape (n, t), NaN where nothing was observed: `level_` and `spread_` have shape
    (n, 1), and `inverse_transform` takes any (n, h). Follows scikit-learn's transformer interface
    without importing it, so that serving need not.
    """

    level_: Floats
    spread_: Floats

    def fit(self, X: Floats, y: None = None) -> Self:
        raise NotImplementedError

    def transform(self, X: Floats) -> Floats:
        return (X - self.level_) / self.spread_

    def fit_transform(self, X: Floats, y: None = None) -> Floats:
        return self.fit(X).transform(X)

    def inverse_transform(self, X: Floats) -> Floats:
        unscaled: Floats = X * self.spread_
        unscaled += self.level_
        return unscaled

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return {}

    def set_params(self, **params: Any) -> Self:
        if params:
            raise ValueError(f"{type(self).__name__} has no parameters, got {sorted(params)}")
        return self


class WindowScaler(RowScaler):
    """The level is the row's mean, the spread its mean absolute deviation from that."""

    def fit(self, X: Floats, y: None = None) -> Self:
        self.level_ = np.nanmean(X, axis=1, keepdims=True)
        spread = np.nanmean(np.abs(X - self.level_), axis=1, keepdims=True)
        flat = spread <= np.abs(self.level_) * np.finfo(np.float64).eps
        self.spread_ = np.where(flat, np.maximum(np.abs(self.level_), 1.0), spread)
        return self


class ChangeScaler(RowScaler):
    """The level is the row's last value, the spread its mean absolute change a step.

    The last value must be observed. A row that changes hardly more than rounding does, or in rare
    jumps only, is spread by a part of its size or of its mean absolute deviation instead.
    """

    def fit(self, X: Floats, y: None = None) -> Self:
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


def scale(scaler: Scaler, contexts: Floats) -> tuple[Floats, Scaler]:
    """Contexts (n, t), NaN where nothing was observed → the same scaled, and their scale.

    The scale is a value: the fitted scikit-learn scaler itself, or a RowScaler that holds a level
    and a spread a row.
    """
    state = type(scaler)().fit(contexts) if isinstance(scaler, RowScaler) else scaler
    return transform(state, contexts), state


def transform(state: Scaler, values: Floats) -> Floats:
    """Values (n, …) of the windows that `state` measured, put on its scale."""
    return state.transform(_columns(state, values)).reshape(values.shape)


def unscale(state: Scaler, values: Floats | NetworkFloats) -> Floats:
    """Scaled values (n, …) → the series' own units, by the state that `scale` returned."""
    columns = _columns(state, values).astype(np.float64, copy=False)
    return state.inverse_transform(columns).reshape(values.shape)


def _columns(state: Scaler, values: Any) -> Any:
    """A RowScaler takes a row a window, scikit-learn's scalers one feature: a column."""
    return values.reshape((len(values), -1) if isinstance(state, RowScaler) else (-1, 1))


def make_scaler(name: ScalerName) -> Scaler:
    """An unfitted scaler. scikit-learn is imported for its own scalers only."""
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
