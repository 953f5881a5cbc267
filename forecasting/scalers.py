"""Scaling: series of any size in, numbers that a network can learn from out, and back.

A fitted scikit-learn scaler carries one scale for every window; a `WindowScaler` measures each
window's own. `scale` and `unscale` hide the difference.
"""

from __future__ import annotations

from typing import Any, Literal, Protocol, Self

import numpy as np

from forecasting.arrays import Floats, NetworkFloats

ScalerName = Literal["window", "min_max", "standard", "robust"]


class Scaler(Protocol):
    """What a version's pickle holds: scikit-learn's transformer interface."""

    def fit(self, X: Floats, y: None = None) -> Self: ...
    def transform(self, X: Floats) -> Floats: ...
    def inverse_transform(self, X: Floats) -> Floats: ...


class WindowScaler:
    """Each row by its own level and spread, which lets one network serve series of any size.

    The level is the row's mean, the spread its mean absolute deviation from that, both over the
    values that are not NaN. With X of shape (n, t): `level_` and `spread_` have shape (n, 1), and
    `inverse_transform` takes any (n, h). Follows scikit-learn's transformer interface without
    importing it, so that serving need not.
    """

    level_: Floats
    spread_: Floats

    def fit(self, X: Floats, y: None = None) -> Self:
        self.level_ = np.nanmean(X, axis=1, keepdims=True)
        spread = np.nanmean(np.abs(X - self.level_), axis=1, keepdims=True)
        flat = spread <= np.abs(self.level_) * np.finfo(np.float64).eps
        self.spread_ = np.where(flat, np.maximum(np.abs(self.level_), 1.0), spread)
        return self

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
            raise ValueError(f"WindowScaler has no parameters, got {sorted(params)}")
        return self


def scale(scaler: Scaler, contexts: Floats) -> tuple[Floats, Scaler]:
    """Contexts (n, t), NaN where nothing was observed → the same scaled, and their scale.

    The scale is a value: the fitted scikit-learn scaler itself, or a WindowScaler that holds a
    level and a spread a row.
    """
    state = WindowScaler().fit(contexts) if isinstance(scaler, WindowScaler) else scaler
    return transform(state, contexts), state


def transform(state: Scaler, values: Floats) -> Floats:
    """Values (n, …) of the windows that `state` measured, put on its scale."""
    return state.transform(_columns(state, values)).reshape(values.shape)


def unscale(state: Scaler, values: Floats | NetworkFloats) -> Floats:
    """Scaled values (n, …) → the series' own units, by the state that `scale` returned."""
    columns = _columns(state, values).astype(np.float64, copy=False)
    return state.inverse_transform(columns).reshape(values.shape)


def _columns(state: Scaler, values: Any) -> Any:
    """A WindowScaler takes a row a window, scikit-learn's scalers one feature: a column."""
    return values.reshape((len(values), -1) if isinstance(state, WindowScaler) else (-1, 1))


def make_scaler(name: ScalerName) -> Scaler:
    """An unfitted scaler. scikit-learn is imported for its own scalers only."""
    if name == "window":
        return WindowScaler()
    from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

    scaler: Scaler = {
        "min_max": MinMaxScaler,
        "standard": StandardScaler,
        "robust": RobustScaler,
    }[name]()
    return scaler
