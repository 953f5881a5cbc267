"""From contexts to forecasts in the series' own units: scale, run the network, unscale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecasting.arrays import Floats, NetworkFloats
from forecasting.errors import BrokenVersionError, NetworkOutputError, RequestError, SeriesError
from forecasting.quantiles import interpolation_weights
from forecasting.runtime import Runtime
from forecasting.scalers import Scaler, scale, unscale
from forecasting.signature import Signature
from forecasting.windows import stack_contexts

_INPUT_LIMIT = 1e6
"""Scaled inputs are clipped to this: further out every recurrent cell is saturated anyway."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """`point` (n, horizon); `quantiles` (n, horizon, number asked), rising with what was asked."""

    point: Floats
    quantiles: Floats


@dataclass(frozen=True, slots=True)
class Forecaster:
    signature: Signature
    scaler: Scaler
    runtime: Runtime

    def check(self, values: Floats) -> None:
        """Raises SeriesError for a series (n,) that is too short for this network."""
        if values.size < self.signature.shortest_context:
            raise SeriesError(
                f"the series has {values.size} values; this model needs at least "
                f"{self.signature.shortest_context}.",
                code="series_too_short",
            )

    def forecast(
        self, series: Sequence[Floats], horizon: int, quantiles: Sequence[float] = ()
    ) -> Forecast:
        """Forecast n series (each (t,), finite, `check`ed) for `horizon` ≥ 1 steps.

        Raises RequestError for quantiles of a network that predicts a single forecast, and
        NetworkOutputError where the network does not answer with finite numbers.
        """
        known = self.signature.quantiles
        if known is None and quantiles:
            raise RequestError(
                "this model predicts a single forecast without quantiles. Leave out levels and "
                "quantiles, or train one with the loss 'pinball'.",
                code="quantiles_not_available",
            )
        contexts = stack_contexts(series, self.signature.context_length)
        predicted = self._roll(contexts, horizon)
        point = predicted[:, :, self.signature.point_index]
        if known is None:
            return Forecast(point, predicted[:, :, :0])
        return Forecast(point, predicted @ interpolation_weights(known, tuple(quantiles)).T)

    def warm_up(self) -> None:
        """Run the network once. Raises BrokenVersionError where it does not fit the signature."""
        signature = self.signature
        try:
            self._run(np.linspace(0.0, 1.0, signature.context_length)[None, :])
        except (ValueError, NetworkOutputError) as error:
            raise BrokenVersionError(
                f"the network does not do what the manifest says: {str(error).splitlines()[0]}"
            ) from error

    def _roll(self, contexts: Floats, horizon: int) -> Floats:
        """Predict (n, horizon, quantiles), feeding the point forecasts back past one horizon.

        The errors of what is fed back and of the next block are taken as independent, so the
        distances of the quantiles from the point forecast add in quadrature from block to block.
        """
        point = self.signature.point_index
        carried = np.zeros((len(contexts), 1, self.signature.outputs))
        blocks: list[Floats] = []
        for _ in range(-(-horizon // self.signature.horizon)):
            block = self._run(contexts)
            centre = block[:, :, point : point + 1]
            if blocks:
                distance = block - centre
                block = centre + np.sign(distance) * np.hypot(distance, carried)
            carried = block[:, -1:] - centre[:, -1:]
            blocks.append(block)
            contexts = np.concatenate([contexts, centre[:, :, 0]], axis=1)
            contexts = contexts[:, -self.signature.context_length :]
        return np.concatenate(blocks, axis=1)[:, :horizon]

    def _run(self, contexts: Floats) -> Floats:
        """One pass of the network: contexts (n, t) → (n, its horizon, its outputs), unscaled."""
        scaled, state = scale(self.scaler, contexts)
        raw = self.runtime.run(network_inputs(scaled, self.signature.channels))
        predicted = raw.astype(np.float64).reshape(len(contexts), self.signature.horizon, -1)
        forecasts = np.sort(unscale(state, predicted), axis=-1)
        if not np.isfinite(forecasts).all():
            raise NetworkOutputError(
                "the network answered with something that is not a finite number."
            )
        return forecasts


def network_inputs(scaled: Floats, channels: int) -> NetworkFloats:
    """Scaled contexts (n, t), NaN where nothing was observed → a network's inputs (n, t, channels).

    Channel 0: the value, 0 where nothing was observed; channel 1, if any: whether something was.
    """
    inputs = np.empty((*scaled.shape, channels), np.float32)
    inputs[:, :, 0] = np.nan_to_num(np.clip(scaled, -_INPUT_LIMIT, _INPUT_LIMIT))
    if channels > 1:
        inputs[:, :, 1] = ~np.isnan(scaled)
    return inputs
