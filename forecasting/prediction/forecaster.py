"""One network with its scaler: from the values of series to forecasts in their own units."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecasting.errors import BrokenVersionError, NetworkOutputError, RequestError, SeriesError
from forecasting.networks.beside import nothing_beside, stack_beside
from forecasting.networks.features import (
    group_by_length,
    inputs_with_covariates,
    network_inputs,
    stack_contexts,
)
from forecasting.networks.runtime import Runtime
from forecasting.networks.scalers import Scaler, unscale
from forecasting.networks.signature import Signature
from forecasting.prediction.conformal import stretch
from forecasting.prediction.quantiles import interpolation_weights
from forecasting.prediction.seasons.groups import group_series
from forecasting.prediction.seasons.seasons import Seasons
from forecasting.series.calendar import Dates
from forecasting.types import Floats, NetworkFloats


@dataclass(frozen=True, slots=True)
class Forecast:
    """Forecasts of n series for the same horizon, in the units of the series."""

    point: Floats
    """The point forecasts, (n, horizon)."""
    quantiles: Floats
    """The quantiles that were asked for, (n, horizon, number of quantiles); they rise."""


@dataclass(frozen=True, slots=True)
class Forecaster:
    """A network, and all that turns series into its inputs and its outputs into forecasts."""

    signature: Signature
    scaler: Scaler
    runtime: Runtime
    widths: Floats | None = None
    """The version's calibration, (network horizon, outputs): the factors by which the distances of
    the network's quantiles from its median are multiplied. None if it was not calibrated."""
    load_larger: Callable[[], Forecaster] | None = None
    """Returns the forecaster of the version's larger network, which the first call loads. None if
    it has no such network."""

    def check(self, values: Floats) -> None:
        """Raise SeriesError if a series (t,) is too short for this network."""
        if values.size < self.signature.shortest_context:
            raise SeriesError(
                f"the series has {values.size} values; this model needs at least "
                f"{self.signature.shortest_context}.",
                code="series_too_short",
            )

    def passes(self, horizon: int) -> int:
        """Return how often the network has to run to forecast a series for `horizon` steps."""
        return -(-horizon // self.signature.horizon)

    def forecast(
        self,
        series: Sequence[Floats],
        horizon: int,
        quantiles: Sequence[float] = (),
        season_lengths: Sequence[int] | None = None,
    ) -> Forecast:
        """Forecast n ≥ 1 series for `horizon` ≥ 1 steps.

        Each series has the shape (t,) and finite values, and passes `check`. Raises RequestError
        for quantiles of a network that predicts a single forecast.
        """
        predicted = self.predict(series, np.full(len(series), horizon), season_lengths)
        return read_forecast(self.signature, predicted, horizon, quantiles)

    def predict(
        self,
        series: Sequence[Floats],
        horizons: npt.NDArray[np.int64],
        season_lengths: Sequence[int] | None = None,
        dates: Sequence[Dates | None] | None = None,
        beside: Sequence[Floats] | None = None,
    ) -> Floats:
        """Run the network for n series (t,), each for its own horizon.

        Returns the shape (n, at least the longest horizon, outputs), in the units of the series.
        The rows past a series' own horizon hold nothing of use.

        `season_lengths` and `dates` matter to a network that sees values without their season: one
        a series. 0 means the season length that the network was trained on or, if it was trained on
        many, the one detected in the series. Such a network takes series with NaN for values that
        are missing, except at the start: the season is measured on the observed values, and gaps
        are filled once it is out. Other networks take finite values only.

        `beside` is what a network with covariates is given beside each series, (history_length + at
        least its horizon, columns); see `Beside.window`.

        Raises NetworkOutputError if the network answers with anything but finite numbers.
        """
        signature = self.signature
        if not series:
            return np.empty((0, 0, signature.outputs))
        if signature.covariates:
            assert beside is not None
            steps = self.passes(int(horizons.max())) * signature.horizon
            known = stack_beside(beside, signature.history_length + steps)
            contexts = stack_contexts(series, signature.history_length)
            return self._roll(contexts, None, None, horizons, beside=known)
        if not signature.takes_season_out:
            contexts = stack_contexts(series, signature.context_length)
            return self._roll(contexts, None, None, horizons)
        predicted = np.empty((len(series), int(horizons.max()), signature.outputs))
        lengths = season_lengths or [0] * len(series)
        dates = dates or [None] * len(series)
        for group in group_series(series, horizons, lengths, dates, signature):
            wanted = horizons[group.rows] + group.gaps
            part = self._roll(*group.prepare(), wanted, told=group.told)
            if group.gaps.any():
                part = _skip(part, group.gaps)
            predicted[group.rows, : part.shape[1]] = part[:, : predicted.shape[1]]
        return predicted

    def _roll(
        self,
        values: Floats,
        season: Floats | None,
        seasons: Seasons | None,
        horizons: npt.NDArray[np.int64],
        *,
        told: Floats | None = None,
        beside: Floats | None = None,
    ) -> Floats:
        """Run the network as often as the horizons (n,) need: (n, at least the longest, outputs).

        Beyond the network's own horizon, its point forecasts are fed back as if they had been
        observed. The errors of what is fed back and those of the next block are taken to be
        independent, so the distances of the quantiles from the point forecast add in quadrature
        from block to block.

        `values` (n, t), `season` and `seasons` are those of `Prepared`; the latter two are None for
        a network that takes no seasons out. `told` (n,) is what a network that takes a season
        length is told; see `told_season_length`.
        """
        point, step = self.signature.point_index, self.signature.horizon
        passes = -(-horizons // step)
        steps = min(step, int(horizons.max()))
        predicted = np.empty((len(values), int(passes.max()), steps, self.signature.outputs))
        carried: Floats | None = None
        active = np.arange(len(values))
        for number in range(int(passes.max())):
            known = beside
            if beside is not None:
                rows = slice(number * step, (number + 1) * step + self.signature.history_length)
                known = beside[active, rows]
            block = self._run(values, season, told, steps, known)
            centre = block[:, :, point : point + 1]
            if carried is not None:
                distance = block - centre
                block = centre + np.sign(distance) * np.hypot(distance, carried)
            predicted[active, number] = block
            unfinished = passes[active] > number + 1
            if not unfinished.any():
                break
            active, block, centre = active[unfinished], block[unfinished], centre[unfinished]
            carried = block[:, -1:] - centre[:, -1:]
            ahead = centre[:, :, 0]
            values = np.concatenate([values[unfinished], ahead], axis=1)
            told = None if told is None else told[unfinished]
            if seasons is not None and season is not None:
                added = seasons[active].restore(ahead, skip=number * step) - ahead
                season = np.concatenate([season[unfinished], added], axis=1)
        flat = predicted.reshape(len(predicted), -1, self.signature.outputs)
        return flat if seasons is None else seasons.restore(flat)

    def warm_up(self) -> None:
        """Run the network once. Raises BrokenVersionError if it does not fit its signature."""
        signature = self.signature
        rise = np.linspace(0.0, 1.0, signature.context_length)[None, :]
        beside = nothing_beside(signature, 1, signature.horizon) if signature.covariates else None
        try:
            self._run(rise, None, None, signature.horizon, beside)
        except Exception as error:  # each runtime has its own errors for shapes that do not fit
            raise BrokenVersionError(
                f"the network does not do what the manifest says: {str(error).splitlines()[0]}"
            ) from error

    def _run(
        self,
        values: Floats,
        season: Floats | None,
        told: Floats | None,
        steps: int,
        beside: Floats | None,
    ) -> Floats:
        """Run the network once on contexts (n, t), and return (n, steps, outputs), unscaled.

        Each context is given the shortest input that holds it, whatever the others are.
        """
        if beside is not None:
            inputs, state = inputs_with_covariates(self.signature, self.scaler, values, beside)
            return _finite(unscale(state, self._answer(inputs, steps)))
        forecasts = np.empty((len(values), steps, self.signature.outputs))
        for length, rows in group_by_length(self.signature, values):
            inputs, state = network_inputs(
                self.signature,
                self.scaler,
                values[rows],
                None if season is None else season[rows],
                season_lengths=1.0 if told is None else told[rows],
                length=length,
            )
            forecasts[rows] = unscale(state, self._answer(inputs, steps))
        return _finite(forecasts)

    def _answer(self, inputs: NetworkFloats, steps: int) -> Floats | NetworkFloats:
        """Return what the network answers to inputs, (n, steps, outputs), scaled and in order."""
        raw = self.runtime.run(inputs)
        if raw[0].size != self.signature.horizon * self.signature.outputs:
            raise NetworkOutputError(f"the network answers {raw.shape[1:]} values a series.")
        raw = raw.reshape(len(raw), self.signature.horizon, -1)[:, :steps]
        predicted = np.sort(raw, axis=-1)
        if self.widths is None:
            return predicted
        return stretch(predicted, self.widths[:steps], self.signature.point_index)


def _finite(forecasts: Floats) -> Floats:
    if not np.isfinite(forecasts).all():
        raise NetworkOutputError("the network answered with something that is not a finite number.")
    return forecasts


def _skip(predicted: Floats, gaps: npt.NDArray[np.int64]) -> Floats:
    """Leave out the first steps of what was predicted (n, h, outputs), `gaps` (n,) of each row."""
    steps = np.arange(predicted.shape[1]) + gaps[:, None]
    rows = np.arange(len(predicted))[:, None]
    return np.asarray(predicted[rows, np.minimum(steps, predicted.shape[1] - 1)])


def read_forecast(
    signature: Signature, predicted: Floats, horizon: int, quantiles: Sequence[float]
) -> Forecast:
    """Read point forecasts and quantiles from what a network predicted, (n, ≥ horizon, outputs).

    Quantiles that the network was not trained for are interpolated between those that it was.
    Raises RequestError for quantiles of a network that predicts a single forecast.
    """
    predicted = predicted[:, :horizon]
    point = predicted[:, :, signature.point_index]
    if not quantiles:
        return Forecast(point, predicted[:, :, :0])
    known = signature.quantiles
    if known is None:
        raise quantiles_not_available()
    found = predicted @ interpolation_weights(known, tuple(quantiles)).T
    return Forecast(point, np.maximum.accumulate(found, axis=-1))


def quantiles_not_available() -> RequestError:
    """Return the error for quantiles or intervals of a network that predicts a single forecast."""
    return RequestError(
        "this model predicts a single forecast, without quantiles or intervals. Leave out levels "
        "and quantiles, or train a model with the loss 'pinball'.",
        code="quantiles_not_available",
    )
