"""Networks simple enough to follow by hand."""

import numpy as np

from forecasting.networks.scalers import make_scaler
from forecasting.networks.signature import Signature
from forecasting.prediction.forecaster import Forecaster
from forecasting.types import NetworkFloats


class OneEitherSide:
    """Predicts its last input for two steps, one spread either side."""

    def run(self, inputs: NetworkFloats) -> NetworkFloats:
        last = np.repeat(inputs[:, -1:, :1], 2, axis=1)
        return np.concatenate([last - 1, last, last + 1], axis=2)


def last_value_forecaster() -> Forecaster:
    """Its 80% interval is the last value ± 1, in the series' own units."""
    signature = Signature(
        context_length=4,
        horizon=2,
        inputs=("value", "observed"),
        quantiles=(0.1, 0.5, 0.9),
        shortest_context=2,
    )
    scaler = make_scaler("min_max").fit(np.array([[0.0], [1.0]]))
    return Forecaster(signature, scaler, OneEitherSide())
