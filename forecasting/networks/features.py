"""The inputs of a network: the last values of each series, scaled, and the channels beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from forecasting.networks.scalers import CovariateScaler, Scaler, measure, transform
from forecasting.networks.signature import Signature
from forecasting.types import Floats, NetworkFloats, Positions

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
    signature: Signature,
    scaler: Scaler,
    values: Floats,
    season: Floats | None = None,
    *,
    season_lengths: Floats | float = 1.0,
    length: int | None = None,
) -> tuple[NetworkFloats, Scaler]:
    """Turn contexts (n, t) into network inputs (n, length, channels), and return the scale.

    `values` are in the units of the series, NaN if nothing was observed. `season` (n, t) is what
    was taken out of them, in the same units, for a network that has a channel for it; None stands
    for nothing. `season_lengths` are those of the series, one for all or (n,), 1 for those that
    have none. `length` is one of the lengths that the network takes; without it, the longest.

    Channel 0 is the scaled value, 0 if nothing was observed. Channel 1, if there is one, is the
    share that was observed. Channel 2, if there is one, is the season on the scale of the values.
    Channel 3, if there is one, is a quarter of the binary logarithm of the coarseness, and channel
    4, if there is one, an eighth of that of the season length. The scale, which is what `unscale`
    takes, is measured on the last `context_length` values.
    """
    length = length or signature.context_length
    recent = _last_columns(values, signature.spans[length])
    state = measure(scaler, recent[:, -signature.context_length :])
    scaled = transform(state, recent)
    observed = ~np.isnan(scaled)
    channels = [np.where(observed, np.clip(scaled, -LARGEST_INPUT, LARGEST_INPUT), 0.0), observed]
    if season is not None:
        with_season = recent + _last_columns(season, signature.spans[length])
        shift = transform(state, with_season) - scaled
        channels.append(np.where(observed, np.clip(shift, -LARGEST_INPUT, LARGEST_INPUT), 0.0))
    inputs = _in_parts(channels, signature, length)
    if signature.channels > 4:
        inputs[:, :, 4] = np.log2(np.reshape(season_lengths, (-1, 1))) / 8
    return inputs, state


def inputs_with_covariates(
    signature: Signature, scaler: Scaler, values: Floats, beside: Floats
) -> tuple[NetworkFloats, Scaler]:
    """Turn values (n, t) and what is beside them into network inputs, and return the scale.

    `values` are in the units of the series, NaN if nothing was observed. `beside` is what was known
    with the last of them, (n, history_length + horizon, columns): see `Beside.window`.

    The inputs have the shape (n, context_length + horizon, channels), see `Signature.channels`. The
    last `horizon` steps lie ahead of the values: the value and whether it was observed are 0
    there. The scale is measured on the last `history_length` values.
    """
    assert isinstance(scaler, CovariateScaler)
    history, horizon = signature.history_length, signature.horizon
    recent = _last_columns(values, history)
    state = measure(scaler, recent)
    scaled = transform(state, recent).clip(-LARGEST_INPUT, LARGEST_INPUT)
    places = np.arange(history - signature.context_length, history + horizon)
    ahead = np.maximum(places - history + 1, 0)
    lagged = [places - lag * np.maximum(1, -(-ahead // lag)) for lag in signature.lags]
    columns = scaler.transform_beside(beside)
    changing = columns[:, :, signature.columns_beside - len(signature.covariates) :]
    changing = changing[:, :, : len(signature.changing)]
    inputs = np.zeros((len(values), places.size, signature.channels), np.float32)
    now = slice(0, signature.context_length)
    inputs[:, now, 0] = np.nan_to_num(scaled[:, places[now]])
    inputs[:, now, 1] = ~np.isnan(scaled[:, places[now]])
    channel = 2
    for at in lagged:
        inputs[:, :, channel] = np.nan_to_num(scaled[:, at])
        channel += 1
    for part in (columns[:, places], *(changing[:, at] for at in lagged)):
        inputs[:, :, channel : channel + part.shape[2]] = part
        channel += part.shape[2]
    return inputs, state


def _in_parts(
    channels: Sequence[npt.NDArray[Any]], signature: Signature, length: int
) -> NetworkFloats:
    """Return inputs (n, length, signature.channels) with channels (n, t) of values in their places.

    The earlier parts hold means over the values that were observed. The second channel says which
    were.
    """
    inputs = np.zeros((len(channels[0]), length, signature.channels), np.float32)
    end_of_values, end = channels[0].shape[1], length
    for factor, steps in signature.parts(length):
        part = slice(end - steps, end)
        of_values = slice(end_of_values - factor * steps, end_of_values)
        end_of_values, end = of_values.start, part.start
        for number, channel in enumerate(channels[: signature.channels]):
            inputs[:, part, number] = _means(channel[:, of_values], factor)
        if factor > 1:
            share = np.maximum(inputs[:, part, 1:2], 1 / factor)
            inputs[:, part, 0:3:2] /= share
        inputs[:, part, 3:4] = np.log2(factor) / 4
    return inputs


def group_by_length(signature: Signature, values: Floats) -> list[tuple[int, Positions | slice]]:
    """Group contexts (n, t), padded with NaN on the left, by the input length that holds each.

    Returns the lengths and the positions of the rows that have each; all rows as a slice.
    """
    spans = signature.spans
    if len(spans) == 1:
        return [(signature.context_length, slice(None))]
    counts = values.shape[1] - np.isnan(values).argmin(axis=1)
    lengths = list(spans)
    chosen = np.searchsorted(list(spans.values()), counts).clip(max=len(lengths) - 1)
    if (chosen == chosen[0]).all():
        return [(lengths[chosen[0]], slice(None))]
    return [(lengths[place], np.flatnonzero(chosen == place)) for place in np.unique(chosen)]


def _means(columns: npt.NDArray[Any], factor: int) -> npt.NDArray[Any]:
    """Return the means of every `factor` columns of (n, t)."""
    if factor == 1:
        return columns
    return np.asarray(columns.reshape(len(columns), -1, factor).mean(axis=2))


def _last_columns(values: Floats, count: int) -> Floats:
    """Return the last `count` columns of values (n, t), padded with NaN on the left."""
    padding = count - values.shape[1]
    if padding <= 0:
        return values[:, -count:]
    padded = np.full((len(values), count), np.nan)
    padded[:, padding:] = values
    return padded
