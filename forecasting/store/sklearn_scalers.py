"""Scalers of scikit-learn, read without it from what their pickles say of them.

What they measured is in attributes that scikit-learn documents, so that any of its releases may
have written the pickle. Their formulas: https://scikit-learn.org/stable/modules/preprocessing.html
"""

from __future__ import annotations

from typing import Any

import numpy as np

from forecasting.errors import BrokenVersionError
from forecasting.networks.scalers import FixedScaler


class SklearnScaler:
    """Takes the place of a scaler of scikit-learn when it is unpickled."""

    def fixed(self) -> FixedScaler:
        """Return the scaler that scales in the same way.

        Raises BrokenVersionError if it was not fitted on exactly one feature, or makes no sense.
        """
        features = getattr(self, "n_features_in_", None)
        if features != 1:
            raise BrokenVersionError(
                f"the scaler must be fitted on one feature, the value; it has {features or 'none'}."
            )
        try:
            scaler = self._fixed()
        except (AttributeError, TypeError, ValueError) as error:
            raise BrokenVersionError(f"the scaler was not fitted whole: {error}.") from error
        if not (np.isfinite([scaler.level, scaler.spread]).all() and scaler.spread):
            raise BrokenVersionError("the scaler's level or spread is no number, or its spread 0.")
        return scaler

    def _fixed(self) -> FixedScaler:
        raise NotImplementedError

    def _number(self, name: str) -> float:
        """Return the only number of an attribute that is an array of one for each feature."""
        return float(np.asarray(getattr(self, name), dtype=np.float64).reshape(()))


class _MinMaxScaler(SklearnScaler):
    """x · scale_ + min_, within feature_range if `clip` is set."""

    feature_range: tuple[float, float]
    clip: Any = False

    def _fixed(self) -> FixedScaler:
        spread = 1 / self._number("scale_")
        low, high = map(float, self.feature_range)
        return FixedScaler(
            -self._number("min_") * spread, spread, clip=(low, high) if self.clip else None
        )


class _StandardScaler(SklearnScaler):
    """(x − mean_) / scale_; either may be left out."""

    with_mean: Any
    with_std: Any

    def _fixed(self) -> FixedScaler:
        level = self._number("mean_") if self.with_mean else 0.0
        return FixedScaler(level, self._number("scale_") if self.with_std else 1.0)


class _RobustScaler(SklearnScaler):
    """(x − center_) / scale_; either may be left out."""

    with_centering: Any
    with_scaling: Any

    def _fixed(self) -> FixedScaler:
        level = self._number("center_") if self.with_centering else 0.0
        return FixedScaler(level, self._number("scale_") if self.with_scaling else 1.0)


_MODULE = "sklearn.preprocessing._data"
SKLEARN_SCALERS: dict[tuple[str, str], type[SklearnScaler]] = {
    (_MODULE, "MinMaxScaler"): _MinMaxScaler,
    (_MODULE, "StandardScaler"): _StandardScaler,
    (_MODULE, "RobustScaler"): _RobustScaler,
}
"""The scalers that are read, by the names that pickles have for them."""
