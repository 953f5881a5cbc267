"""Networks simple enough to follow by hand."""

import numpy as np

from forecasting.networks.scalers import make_scaler
from forecasting.networks.signature import Signature
from forecasting.prediction.forecaster import Forecaster
from forecasting.types import NetworkFloats


class OneEitherSide:
    """Predicts its last input for two steps, with quantiles that lie 1 below and 1 above it."""

    def run(self, inputs: NetworkFloats) -> NetworkFloats:
        """Return the outputs for inputs (n, t, channels)."""
        last = np.repeat(inputs[:, -1:, :1], 2, axis=1)
        return np.concatenate([last - 1, last, last + 1], axis=2)


def last_value_forecaster() -> Forecaster:
    """Return a forecaster whose 80% interval is the last value ± 1, in the units of the series."""
    signature = Signature(
        context_length=4,
        horizon=2,
        inputs=("value", "observed"),
        quantiles=(0.1, 0.5, 0.9),
        shortest_context=2,
    )
    scaler = make_scaler("min_max").fit(np.array([[0.0], [1.0]]))
    return Forecaster(signature, scaler, OneEitherSide())
