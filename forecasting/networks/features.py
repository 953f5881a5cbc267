"""The inputs of a network: the last values of each series, scaled, and the channels beside them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forecasting.networks.scalers import Scaler, scale, transform
from forecasting.networks.signature import Signature
from forecasting.types import Floats, NetworkFloats

LARGEST_INPUT = 1e6
"""Scaled inputs are clipped to ± this; further out every recurrent cell is saturated anyway."""


def stack_contexts(series: Sequence[Floats], context_length: int) -> Floats:
    """Return the last `context_length` values of each of n ≥ 1 series, (n, context_length).

    Shorter series are padded with NaN on the left.
    """
    lengths = np.fromiter((values.size for values in series), np.int64, len(series))
    if (lengths == lengths[0]).all():
        rows = np.concatenate(series).reshape(len(series), -1)
        return _last_columns(rows, context_length)
    ends = np.cumsum(lengths)[:, None]
    positions = ends - context_length + np.arange(context_length)
    inside = positions >= ends - lengths[:, None]
    return np.where(inside, np.concatenate(series)[np.maximum(positions, 0)], np.nan)


def network_inputs(
    signature: Signature, scaler: Scaler, values: Floats, season: Floats | None = None
) -> tuple[NetworkFloats, Scaler]:
    """Turn contexts (n, t) into network inputs (n, context_length, channels), and return the scale.

    `values` are in the units of the series, NaN if nothing was observed. `season` (n, t) is what
    was taken out of them, in the same units, for a network that has a channel for it; None stands
    for nothing.

    Channel 0 is the scaled value, 0 if nothing was observed. Channel 1, if there is one, says
    whether something was observed. Channel 2, if there is one, is the season on the scale of the
    values. The scale is what `unscale` takes.
    """
    recent = _last_columns(values, signature.context_length)
    scaled, state = scale(scaler, recent)
    observed = ~np.isnan(scaled)
    inputs = np.empty((*scaled.shape, signature.channels), np.float32)
    inputs[:, :, 0] = np.where(observed, np.clip(scaled, -LARGEST_INPUT, LARGEST_INPUT), 0.0)
    if signature.channels > 1:
        inputs[:, :, 1] = observed
    if season is None:
        inputs[:, :, 2:] = 0.0
    else:
        with_season = recent + _last_columns(season, signature.context_length)
        shift = transform(state, with_season) - scaled
        inputs[:, :, 2] = np.where(observed, np.clip(shift, -LARGEST_INPUT, LARGEST_INPUT), 0.0)
    return inputs, state


def _last_columns(values: Floats, count: int) -> Floats:
    """Return the last `count` columns of values (n, t), padded with NaN on the left."""
    padding = count - values.shape[1]
    if padding <= 0:
        return values[:, -count:]
    padded = np.full((len(values), count), np.nan)
    padded[:, padding:] = values
    return padded
