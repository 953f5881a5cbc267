"""Windows on which a pretrained network is trained further, prepared as they are when it serves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from forecasting.evaluation.metrics import seasonal_naive_scale
from forecasting.networks.features import group_by_length, network_inputs
from forecasting.networks.scalers import RowScaler, Scaler, transform
from forecasting.networks.signature import Signature
from forecasting.prediction.origins import Contexts
from forecasting.prediction.seasons.groups import group_series
from forecasting.series.series import Series
from forecasting.types import Floats, NetworkFloats, Positions
from training.fitting.cutoffs import Cutoffs

_LARGEST_WEIGHT = 10.0


@dataclass(frozen=True, slots=True)
class TuningWindows:
    """What a network that takes seasons out is trained on, or validated on: n windows."""

    inputs: NetworkFloats
    """(n, context_length, channels)."""
    lengths: Positions
    """How many of the last time steps each window needs, (n,): one of the input lengths."""
    targets: NetworkFloats
    """The scaled targets without their seasons, (n, horizon); NaN where a value is missing."""
    weights: NetworkFloats
    """The weight of each window in the loss, (n,), so that errors count as they do in MASE."""

    def __len__(self) -> int:
        """Return n."""
        return len(self.targets)

    @classmethod
    def cut(
        cls,
        series: Sequence[Series],
        places: Cutoffs,
        *,
        signature: Signature,
        scaler: Scaler,
        known: Mapping[int, int],
    ) -> TuningWindows:
        """Cut windows for a network of `signature` and prepare them as `Forecaster.predict` does.

        MASE is scaled on the first `known` values of each series, by its position. Left out are
        windows that a network would not be given as they are: those that end in a gap, and running
        totals.
        """
        observed = {position: series[position].observed() for position in set(places.series)}
        scales = {
            position: seasonal_naive_scale(
                series[position].values[: known[position]], signature.season_length
            )
            for position in observed
        }
        parts = [
            _prepare(series, observed, scales, places[rows], signature, scaler)
            for rows in places.parts()
        ]
        return cls(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def _prepare(
    series: Sequence[Series],
    observed: Mapping[int, Floats],
    scales: Mapping[int, float],
    places: Cutoffs,
    signature: Signature,
    scaler: Scaler,
) -> tuple[NetworkFloats, Positions, NetworkFloats, NetworkFloats]:
    """Return the fields of TuningWindows for some of the places."""
    horizon, pairs = signature.horizon, places.pairs()
    pasts = places.pasts(series, horizon)
    contexts = Contexts.apart_from_covariates(pasts, signature)
    bases = np.array([contexts.origins.bases.get(row, 0.0) for row in range(len(pasts))])
    targets = np.stack(
        [observed[position][cutoff : cutoff + horizon] for position, cutoff in pairs]
    )
    targets = targets - bases[:, None]
    count = len(pasts)
    inputs = np.zeros((count, signature.context_length, signature.channels), np.float32)
    lengths = np.full(count, signature.context_length)
    scaled = np.full((count, horizon), np.nan, np.float32)
    weights = np.zeros(count, np.float32)
    season_lengths = [signature.season_length if signature.season_length > 1 else 0] * count
    for group in group_series(
        contexts.values, np.full(count, horizon), season_lengths, contexts.dates, signature
    ):
        values, season, seasons = group.prepare()
        ahead = targets[group.rows]
        if seasons is not None:
            ahead = seasons.remove_ahead(ahead)
        inputs[group.rows], state = network_inputs(
            signature, scaler, values, season, season_lengths=group.told
        )
        scaled[group.rows] = transform(state, ahead)
        for length, members in group_by_length(signature, values):
            lengths[group.rows[members]] = length
        if isinstance(state, RowScaler):
            units = np.array([scales[pairs[row][0]] for row in group.rows.tolist()])
            weights[group.rows] = np.clip(state.spread_[:, 0] / units, 0, _LARGEST_WEIGHT)
        weights[group.rows[group.gaps > 0]] = 0
    weights[list(contexts.origins.totals)] = 0
    kept = np.isfinite(weights) & (weights > 0) & ~np.isnan(scaled).all(axis=1)
    return inputs[kept], lengths[kept], scaled[kept], weights[kept]
