"""Windows as a network learns from them."""

from __future__ import annotations

import numpy as np

from forecasting.networks.features import network_inputs
from forecasting.networks.scalers import Scaler, transform
from forecasting.networks.signature import Signature
from forecasting.prediction.seasonality import measure_seasons
from forecasting.types import Floats, NetworkFloats


def window_arrays(
    contexts: Floats, targets: Floats, scaler: Scaler, signature: Signature, season_length: int
) -> tuple[NetworkFloats, NetworkFloats, Scaler]:
    """Contexts (n, t) and targets (n, horizon) → a network's inputs (n, context_length, channels),
    scaled targets (n, horizon), and their scale.

    For a network that takes seasons out, the season is measured on the context alone.
    """
    if signature.takes_season_out:
        seasons = measure_seasons(contexts, season_length)
        values = seasons.remove(contexts)
        inputs, state = network_inputs(signature, scaler, values, contexts - values)
        targets = seasons.remove_ahead(targets)
    else:
        inputs, state = network_inputs(signature, scaler, contexts)
    return inputs, transform(state, targets).astype(np.float32), state
