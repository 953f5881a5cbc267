"""From series to forecasts in their own units: scale, run the network, unscale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

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

    def passes(self, horizon: int) -> int:
        """How often the network runs to forecast one series for `horizon` steps."""
        return -(-horizon // self.signature.horizon)

    def forecast(
        self, series: Sequence[Floats], horizon: int, quantiles: Sequence[float] = ()
    ) -> Forecast:
        """Forecast n series (each (t,), finite, `check`ed) for `horizon` ≥ 1 steps."""
        predicted = self.predict(series, np.full(len(series), horizon))
        return self.read(predicted, horizon, quantiles)

    def predict(self, series: Sequence[Floats], horizons: npt.NDArray[np.int64]) -> Floats:
        """What the network says of n series, each for its own horizon, (n, max horizon, outputs).

        Past a series' own horizon the rows hold nothing of use. Past the network's, its point
        forecasts are fed back. The errors of what is fed back and of the next block are taken as
        independent, so the distances of the quantiles from the point forecast add in quadrature
        from block to block.

        Raises NetworkOutputError where the network does not answer with finite numbers.
        """
        point = self.signature.point_index
        contexts = stack_contexts(series, self.signature.context_length)
        passes = -(-horizons // self.signature.horizon)
        predicted = np.empty(
            (len(series), int(passes.max()), self.signature.horizon, self.signature.outputs)
        )
        carried: Floats | None = None
        active = np.arange(len(series))
        for number in range(int(passes.max())):
            block = self._run(contexts)
            centre = block[:, :, point : point + 1]
            if carried is not None:
                distance = block - centre
                block = centre + np.sign(distance) * np.hypot(distance, carried)
            predicted[active, number] = block
            going = passes[active] > number + 1
            if not going.any():
                break
            active, block, centre = active[going], block[going], centre[going]
            carried = block[:, -1:] - centre[:, -1:]
            contexts = np.concatenate([contexts[going], centre[:, :, 0]], axis=1)
            contexts = contexts[:, -self.signature.context_length :]
        return predicted.reshape(len(series), -1, self.signature.outputs)

    def read(self, predicted: Floats, horizon: int, quantiles: Sequence[float]) -> Forecast:
        """The point forecast and quantiles, which rise, from what `predict` gave (n, …, outputs).

        Raises RequestError for quantiles of a network that predicts a single forecast.
        """
        predicted = predicted[:, :horizon]
        point = predicted[:, :, self.signature.point_index]
        if not quantiles:
            return Forecast(point, predicted[:, :, :0])
        known = self.signature.quantiles
        if known is None:
            raise no_quantiles()
        found = predicted @ interpolation_weights(known, tuple(quantiles)).T
        return Forecast(point, np.maximum.accumulate(found, axis=-1))

    def warm_up(self) -> None:
        """Run the network once. Raises BrokenVersionError where it does not fit the signature."""
        try:
            self._run(np.linspace(0.0, 1.0, self.signature.context_length)[None, :])
        except Exception as error:  # each runtime has errors of its own for shapes that do not fit
            raise BrokenVersionError(
                f"the network does not do what the manifest says: {str(error).splitlines()[0]}"
            ) from error

    def _run(self, contexts: Floats) -> Floats:
        """One pass of the network: contexts (n, t) → (n, its horizon, its outputs), unscaled."""
        scaled, state = scale(self.scaler, contexts)
        raw = self.runtime.run(network_inputs(scaled, self.signature.channels))
        if raw[0].size != self.signature.horizon * self.signature.outputs:
            raise NetworkOutputError(f"the network answers {raw.shape[1:]} values a series.")
        predicted = np.sort(raw.reshape(len(contexts), self.signature.horizon, -1), axis=-1)
        forecasts = unscale(state, predicted)
        if not np.isfinite(forecasts).all():
            raise NetworkOutputError(
                "the network answered with something that is not a finite number."
            )
        return forecasts


def no_quantiles() -> RequestError:
    return RequestError(
        "this model predicts a single forecast, without quantiles or intervals. Leave out levels "
        "and quantiles, or train a model with the loss 'pinball'.",
        code="quantiles_not_available",
    )


def network_inputs(scaled: Floats, channels: int) -> NetworkFloats:
    """Scaled contexts (n, t), NaN where nothing was observed → a network's inputs (n, t, channels).

    Channel 0: the value, 0 where nothing was observed; channel 1, if any: whether something was.
    """
    inputs = np.empty((*scaled.shape, channels), np.float32)
    missing = np.isnan(scaled)
    inputs[:, :, 0] = np.where(missing, 0.0, np.clip(scaled, -_INPUT_LIMIT, _INPUT_LIMIT))
    if channels > 1:
        inputs[:, :, 1] = ~missing
    return inputs
