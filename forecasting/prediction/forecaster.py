"""From series to forecasts in their own units: scale, run the network, unscale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecasting.errors import BrokenVersionError, NetworkOutputError, RequestError, SeriesError
from forecasting.networks.features import network_inputs, stack_contexts
from forecasting.networks.runtime import Runtime
from forecasting.networks.scalers import Scaler, unscale
from forecasting.networks.signature import Signature
from forecasting.prediction.conformal import stretch
from forecasting.prediction.quantiles import interpolation_weights
from forecasting.prediction.seasonality import Seasons, detect_season_length, measure_seasons
from forecasting.types import Floats, NetworkFloats


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
    widths: Floats | None = None
    """What the distances of the network's quantiles from its median are multiplied by, (horizon,
    outputs): its calibration, where it has one."""

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
        self,
        series: Sequence[Floats],
        horizon: int,
        quantiles: Sequence[float] = (),
        season_lengths: Sequence[int] | None = None,
    ) -> Forecast:
        """Forecast n series (each (t,), finite, `check`ed) for `horizon` ≥ 1 steps."""
        predicted = self.predict(series, np.full(len(series), horizon), season_lengths)
        return self.read(predicted, horizon, quantiles)

    def predict(
        self,
        series: Sequence[Floats],
        horizons: npt.NDArray[np.int64],
        season_lengths: Sequence[int] | None = None,
    ) -> Floats:
        """What the network says of n series, each for its own horizon, (n, max horizon, outputs).

        `season_lengths` are for a network that is given values without their season; 0, and None
        for all, stands for the one that it was trained on, or has it detected. Past a series' own
        horizon the rows hold nothing of use.

        Raises NetworkOutputError where the network does not answer with finite numbers.
        """
        signature = self.signature
        if not signature.takes_season_out:
            return self._roll(stack_contexts(series, signature.context_length), horizons, None)
        recent = [values[-signature.history_length :] for values in series]
        lengths = np.array(season_lengths or [0] * len(series))
        if signature.season_length > 1:
            lengths[lengths == 0] = signature.season_length
        for row in np.flatnonzero(lengths == 0):
            lengths[row] = detect_season_length(recent[row])
        steps = self.passes(int(horizons.max())) * signature.horizon
        predicted = np.empty((len(series), steps, signature.outputs))
        for length in np.unique(lengths):
            rows = np.flatnonzero(lengths == length)
            alike = [recent[row] for row in rows]
            contexts = stack_contexts(alike, max(values.size for values in alike))
            part = self._roll(contexts, horizons[rows], measure_seasons(contexts, int(length)))
            predicted[rows, : part.shape[1]] = part
        return predicted

    def _roll(
        self, contexts: Floats, horizons: npt.NDArray[np.int64], seasons: Seasons | None
    ) -> Floats:
        """Run the network as often as the horizons (n,) ask for, (n, max horizon, outputs).

        Past the network's own horizon its point forecasts are fed back. The errors of what is fed
        back and of the next block are taken as independent, so the distances of the quantiles from
        the point forecast add in quadrature from block to block.
        """
        point, step = self.signature.point_index, self.signature.horizon
        values = contexts if seasons is None else seasons.remove(contexts)
        season = None if seasons is None else contexts - values
        passes = -(-horizons // step)
        predicted = np.empty((len(contexts), int(passes.max()), step, self.signature.outputs))
        carried: Floats | None = None
        active = np.arange(len(contexts))
        for number in range(int(passes.max())):
            block = self._run(values, season)
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
            ahead = centre[:, :, 0]
            values = np.concatenate([values[going], ahead], axis=1)
            if seasons is not None and season is not None:
                added = seasons[active].restore(ahead, skip=number * step) - ahead
                season = np.concatenate([season[going], added], axis=1)
        flat = predicted.reshape(len(contexts), -1, self.signature.outputs)
        return flat if seasons is None else seasons.restore(flat)

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
        rise = np.linspace(0.0, 1.0, self.signature.context_length)[None, :]
        try:
            self._run(rise, np.zeros_like(rise) if self.signature.takes_season_out else None)
        except Exception as error:  # each runtime has errors of its own for shapes that do not fit
            raise BrokenVersionError(
                f"the network does not do what the manifest says: {str(error).splitlines()[0]}"
            ) from error

    def _run(self, values: Floats, season: Floats | None) -> Floats:
        """One pass of the network: contexts (n, t) → (n, its horizon, its outputs), unscaled."""
        inputs, state = network_inputs(self.signature, self.scaler, values, season)
        raw = self.runtime.run(inputs)
        if raw[0].size != self.signature.horizon * self.signature.outputs:
            raise NetworkOutputError(f"the network answers {raw.shape[1:]} values a series.")
        predicted: Floats | NetworkFloats
        predicted = np.sort(raw.reshape(len(values), self.signature.horizon, -1), axis=-1)
        if self.widths is not None:
            predicted = stretch(predicted, self.widths, self.signature.point_index)
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
