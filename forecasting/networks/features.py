"""What a network is given: the last values of each series, scaled, and what else it asks for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forecasting.networks.scalers import Scaler, scale, transform
from forecasting.networks.signature import Signature
from forecasting.types import Floats, NetworkFloats

LIMIT = 1e6
"""Scaled inputs are clipped to this: further out every recurrent cell is saturated anyway."""


def stack_contexts(series: Sequence[Floats], context_length: int) -> Floats:
    """The last `context_length` values of each series, shape (len(series), context_length)."""
    lengths = np.fromiter((values.size for values in series), np.int64, len(series))
    if (lengths == lengths[0]).all():
        recent = np.stack(series)[:, -context_length:]
        padding = context_length - recent.shape[1]
        return np.pad(recent, ((0, 0), (padding, 0)), constant_values=np.nan) if padding else recent
    ends = np.cumsum(lengths)[:, None]
    places = ends - context_length + np.arange(context_length)
    inside = places >= ends - lengths[:, None]
    return np.where(inside, np.concatenate(series)[np.maximum(places, 0)], np.nan)


def network_inputs(
    signature: Signature, scaler: Scaler, values: Floats, season: Floats | None = None
) -> tuple[NetworkFloats, Scaler]:
    """Contexts (n, t), NaN where nothing was observed → (n, context_length, channels), and their
    scale. `season` (n, t) is what was taken out of the contexts, for a network that takes it.

    Channel 0: the value, 0 where nothing was observed; 1, if any: whether something was; 2, if any:
    the season, on the scale of the values.
    """
    recent = _recent(values, signature.context_length)
    scaled, state = scale(scaler, recent)
    observed = ~np.isnan(scaled)
    inputs = np.empty((*scaled.shape, signature.channels), np.float32)
    inputs[:, :, 0] = np.where(observed, np.clip(scaled, -LIMIT, LIMIT), 0.0)
    if signature.channels > 1:
        inputs[:, :, 1] = observed
    if season is not None:
        shift = transform(state, recent + _recent(season, signature.context_length)) - scaled
        inputs[:, :, 2] = np.where(observed, np.clip(shift, -LIMIT, LIMIT), 0.0)
    return inputs, state


def _recent(values: Floats, context_length: int) -> Floats:
    """The last `context_length` columns, padded with NaN on the left."""
    missing = context_length - values.shape[1]
    if missing <= 0:
        return values[:, -context_length:]
    return np.pad(values, ((0, 0), (missing, 0)), constant_values=np.nan)
