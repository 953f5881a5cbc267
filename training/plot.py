"""A plot of the held-out tail: the truth, the forecast and its interval."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from forecasting.prediction.forecaster import Forecaster
from training.dataset import Dataset
from training.evaluation import forecast_as_served
from training.fitting.trained import TrainedNetwork


def plot_held_out(
    path: Path, forecaster: Forecaster, dataset: Dataset, trained: TrainedNetwork
) -> None:
    """Draw the held-out tail of the first series into `path`, which ends in .png, .svg or .pdf.

    The tail is forecast one horizon at a time, each time from everything before it.
    """
    from matplotlib.figure import Figure

    position, points = next(iter(trained.points.items()))
    series = dataset.series[position]
    horizon = forecaster.signature.horizon
    cutoffs = np.arange(points.validation, points.length, horizon)
    tail = slice(points.validation, points.length)
    pasts = [series.before(cutoff, horizon) for cutoff in cutoffs.tolist()]
    forecast = forecast_as_served(forecaster, pasts, horizon, forecaster.signature.season_length)
    length = points.length - points.validation
    dates = (
        np.arange(points.length)
        if series.calendar is None
        else series.calendar.range(series.dropped, points.length).tz_localize(None).to_numpy()
    )
    shown = slice(max(0, points.validation - 3 * length), None)

    figure = Figure(figsize=(10, 4.5), layout="constrained")
    axes = figure.subplots()
    axes.plot(dates[shown], series.observed()[shown], color="#333333", label="truth")
    axes.axvline(dates[points.validation], color="#999999", linestyle=":", label="held-out tail")
    axes.plot(dates[tail], forecast.point.ravel()[:length], color="#c1440e", label="forecast")
    if forecast.quantiles.size:
        lower, upper = (forecast.quantiles[:, :, at].ravel()[:length] for at in (0, -1))
        axes.fill_between(
            dates[tail],
            lower,
            upper,
            color="#c1440e",
            alpha=0.2,
            linewidth=0,
            label="80% interval",
        )
    axes.set_title(f"{series.id}: the held-out tail, {horizon} step{'s' * (horizon > 1)} at a time")
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(frameon=False, loc="outside lower center", ncols=4)
    figure.savefig(path, dpi=120)
